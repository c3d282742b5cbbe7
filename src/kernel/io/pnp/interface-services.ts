/** Device interfaces: IoRegisterDeviceInterface, IoSetDeviceInterfaceState and their kin. */
import { readUnicodeString, UNICODE_STRING, utf16Bytes } from '../../../layout/nt.ts';
import { bool, out, ptr, u32 } from '../../../layout/struct.ts';
import { NULL, type Va } from '../../../units/address.ts';
import { PASSIVE_LEVEL } from '../../../units/irql.ts';
import { type NtStatus, STATUS } from '../../../units/status.ts';
import { pool } from '../../ex/pool.ts';
import type { Kernel } from '../../kernel.ts';
import { type Service, service } from '../../service.ts';
import { openKeyHandle } from '../../zw/key-handles.ts';
import { CONTROL_PATH, registry } from '../../zw/registry.ts';
import { GUID_TEXT, readGuid } from './guids.ts';
import { interfaces, nodeOf, placeNames } from './interfaces.ts';
import { announceInterface } from './notifications.ts';

/** Fills a string whose buffer the driver frees with RtlFreeUnicodeString. */
function giveString(kernel: Kernel, at: Va, text: string): NtStatus {
  const bytes = utf16Bytes(`${text}\0`);
  const buffer = pool(kernel).allocate(bytes.length, 'PpIf', 'paged', true);
  if (buffer === undefined) return STATUS.INSUFFICIENT_RESOURCES;
  kernel.mmu.writeBytes(buffer, bytes);
  const string = UNICODE_STRING.at(kernel.mmu, at);
  string.Length = bytes.length - 2;
  string.MaximumLength = bytes.length;
  string.Buffer = buffer;
  return STATUS.SUCCESS;
}

const IoRegisterDeviceInterface = service({
  name: 'IoRegisterDeviceInterface',
  doc: 'wdm/nf-wdm-ioregisterdeviceinterface',
  params: {
    PhysicalDeviceObject: ptr('DEVICE_OBJECT'),
    InterfaceClassGuid: ptr('GUID'),
    ReferenceString: ptr('UNICODE_STRING'),
    SymbolicLinkName: out('UNICODE_STRING'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  run(kernel, { PhysicalDeviceObject, InterfaceClassGuid, ReferenceString, SymbolicLinkName }) {
    const node = nodeOf(kernel, PhysicalDeviceObject);
    const reference = readUnicodeString(kernel.mmu, ReferenceString);
    if (node === undefined || /[\\/]/.test(reference)) return STATUS.INVALID_DEVICE_REQUEST;
    const guid = readGuid(kernel, InterfaceClassGuid);
    const { link } = interfaces(kernel).register(node, guid, reference);
    return giveString(kernel, SymbolicLinkName, link);
  },
});

const IoSetDeviceInterfaceState = service({
  name: 'IoSetDeviceInterfaceState',
  doc: 'wdm/nf-wdm-iosetdeviceinterfacestate',
  params: { SymbolicLinkName: ptr('UNICODE_STRING'), Enable: bool },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { SymbolicLinkName, Enable }) {
    const one = interfaces(kernel).byLink(readUnicodeString(kernel.mmu, SymbolicLinkName));
    if (one === undefined) return STATUS.OBJECT_NAME_NOT_FOUND;
    const status = interfaces(kernel).setState(one, Enable);
    const { DEVICE_INTERFACE_ARRIVAL, DEVICE_INTERFACE_REMOVAL } = GUID_TEXT;
    if (status === STATUS.SUCCESS) {
      announceInterface(kernel, one, Enable ? DEVICE_INTERFACE_ARRIVAL : DEVICE_INTERFACE_REMOVAL);
    }
    return status;
  },
});

const DEVICE_INTERFACE_INCLUDE_NONACTIVE = 1;

const IoGetDeviceInterfaces = service({
  name: 'IoGetDeviceInterfaces',
  doc: 'wdm/nf-wdm-iogetdeviceinterfaces',
  params: {
    InterfaceClassGuid: ptr('GUID'),
    PhysicalDeviceObject: ptr('DEVICE_OBJECT'),
    Flags: u32,
    SymbolicLinkList: ptr('PWSTR'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  run(kernel, { InterfaceClassGuid, PhysicalDeviceObject, Flags, SymbolicLinkList }) {
    if (PhysicalDeviceObject !== NULL && nodeOf(kernel, PhysicalDeviceObject) === undefined) {
      return STATUS.INVALID_DEVICE_REQUEST;
    }
    const guid = readGuid(kernel, InterfaceClassGuid);
    const inactiveToo = (Flags & DEVICE_INTERFACE_INCLUDE_NONACTIVE) !== 0;
    const found = interfaces(kernel).of(guid, PhysicalDeviceObject, inactiveToo);
    const at = placeNames(
      kernel,
      found.map(({ link }) => link),
    );
    kernel.mmu.write(SymbolicLinkList, 8, at ?? NULL);
    return at === undefined ? STATUS.INSUFFICIENT_RESOURCES : STATUS.SUCCESS;
  },
});

const IoGetDeviceInterfaceAlias = service({
  name: 'IoGetDeviceInterfaceAlias',
  doc: 'wdm/nf-wdm-iogetdeviceinterfacealias',
  params: {
    SymbolicLinkName: ptr('UNICODE_STRING'),
    AliasInterfaceClassGuid: ptr('GUID'),
    AliasSymbolicLinkName: out('UNICODE_STRING'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { SymbolicLinkName, AliasInterfaceClassGuid, AliasSymbolicLinkName }) {
    const one = interfaces(kernel).byLink(readUnicodeString(kernel.mmu, SymbolicLinkName));
    if (one === undefined) return STATUS.OBJECT_NAME_NOT_FOUND;
    const guid = readGuid(kernel, AliasInterfaceClassGuid);
    const twin = interfaces(kernel)
      .of(guid, one.node.pdo, true)
      .find(({ reference }) => reference === one.reference);
    if (twin === undefined) return STATUS.OBJECT_NAME_NOT_FOUND;
    return giveString(kernel, AliasSymbolicLinkName, twin.link);
  },
});

const IoOpenDeviceInterfaceRegistryKey = service({
  name: 'IoOpenDeviceInterfaceRegistryKey',
  doc: 'wdm/nf-wdm-ioopendeviceinterfaceregistrykey',
  params: {
    SymbolicLinkName: ptr('UNICODE_STRING'),
    DesiredAccess: u32,
    DeviceInterfaceRegKey: ptr('HANDLE'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { SymbolicLinkName, DeviceInterfaceRegKey }) {
    const one = interfaces(kernel).byLink(readUnicodeString(kernel.mmu, SymbolicLinkName));
    if (one === undefined) return STATUS.OBJECT_NAME_NOT_FOUND;
    const { guid, link, reference } = one;
    const name = link.replace('\\??\\', '##?#').replace(/\\[^\\]*$/, '');
    const tail = `${name}\\#${reference}\\Device Parameters`;
    const key = registry(kernel).createKey(`${CONTROL_PATH}\\DeviceClasses\\${guid}\\${tail}`);
    kernel.mmu.write(DeviceInterfaceRegKey, 8, openKeyHandle(kernel, key));
    return STATUS.SUCCESS;
  },
});

export const interfaceServices: readonly Service[] = [
  IoRegisterDeviceInterface,
  IoSetDeviceInterfaceState,
  IoGetDeviceInterfaces,
  IoGetDeviceInterfaceAlias,
  IoOpenDeviceInterfaceRegistryKey,
];
