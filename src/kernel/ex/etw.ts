/** Event tracing as drivers see it when no session listens: providers register, events go nowhere. */

import { ptr, u8, u16, u32, u64 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { APC_LEVEL, HIGH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import { type Kernel, part } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import { freePool } from './pool-services.ts';

/** Registration handles: opaque, never zero. */
class Providers {
  readonly #open = new Set<bigint>();
  #next = 1n;

  register(): bigint {
    const registration = 0xffff_e000_0000_0000n + this.#next++ * 0x10n;
    this.#open.add(registration);
    return registration;
  }

  isOpen(registration: bigint): boolean {
    return this.#open.has(registration);
  }

  unregister(registration: bigint): boolean {
    return this.#open.delete(registration);
  }
}

const providers = part(() => new Providers());

function register(kernel: Kernel, out: Va): NtStatus {
  kernel.mmu.write(out, 8, providers(kernel).register());
  return STATUS.SUCCESS;
}

const EtwRegister = service({
  name: 'EtwRegister',
  doc: 'wdm/nf-wdm-etwregister',
  params: {
    ProviderId: ptr('GUID'),
    EnableCallback: ptr('ETWENABLECALLBACK'),
    CallbackContext: ptr(),
    RegHandle: ptr('REGHANDLE'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.NO_MEMORY],
  run: (kernel, { RegHandle }) => register(kernel, RegHandle),
});

const EtwRegisterClassicProvider = service({
  name: 'EtwRegisterClassicProvider',
  doc: 'ntetw.h',
  params: {
    ProviderId: ptr('GUID'),
    Type: u32,
    EnableCallback: ptr(),
    CallbackContext: ptr(),
    RegHandle: ptr('REGHANDLE'),
  },
  returns: 'status',
  mayFail: [STATUS.NO_MEMORY],
  run: (kernel, { RegHandle }) => register(kernel, RegHandle),
});

const EtwUnregister = service({
  name: 'EtwUnregister',
  doc: 'wdm/nf-wdm-etwunregister',
  params: { RegHandle: u64 },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, { RegHandle }): NtStatus =>
    providers(kernel).unregister(RegHandle) ? STATUS.SUCCESS : STATUS.INVALID_HANDLE,
});

const EtwSetInformation = service({
  name: 'EtwSetInformation',
  doc: 'wdm/nf-wdm-etwsetinformation',
  params: {
    RegHandle: u64,
    InformationClass: u32,
    EventInformation: ptr(),
    InformationLength: u32,
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, { RegHandle }): NtStatus =>
    providers(kernel).isOpen(RegHandle) ? STATUS.SUCCESS : STATUS.INVALID_HANDLE,
});

const EtwEventEnabled = service({
  name: 'EtwEventEnabled',
  doc: 'wdm/nf-wdm-etweventenabled',
  params: { RegHandle: u64, EventDescriptor: ptr('EVENT_DESCRIPTOR') },
  returns: 'bool',
  maxIrql: HIGH_LEVEL,
  run: () => false,
});

const EtwProviderEnabled = service({
  name: 'EtwProviderEnabled',
  doc: 'wdm/nf-wdm-etwproviderenabled',
  params: { RegHandle: u64, Level: u8, Keyword: u64 },
  returns: 'bool',
  maxIrql: HIGH_LEVEL,
  run: () => false,
});

/** Success once the provider is registered: an event that nobody wants is not an error. */
const write = (name: string, maxIrql: number | undefined): Service =>
  service({
    name,
    doc: `wdm/nf-wdm-${name.toLowerCase()}`,
    params: { RegHandle: u64 },
    returns: 'status',
    ...(maxIrql === undefined ? {} : { maxIrql }),
    run: (kernel, { RegHandle }): NtStatus =>
      providers(kernel).isOpen(RegHandle) ? STATUS.SUCCESS : STATUS.INVALID_HANDLE,
  });

/** EVENT_ACTIVITY_CTRL_ codes (evntprov.h). */
const GET_ID = 1;
const SET_ID = 2;
const CREATE_ID = 3;
const GET_SET_ID = 4;
const CREATE_SET_ID = 5;

const activity = part((): { id: Uint8Array } => ({ id: new Uint8Array(16) }));

function newActivity(kernel: Kernel): Uint8Array {
  const id = new Uint8Array(16);
  const view = new DataView(id.buffer);
  for (let i = 0; i < 16; i += 4) view.setUint32(i, kernel.random());
  return id;
}

const EtwActivityIdControl = service({
  name: 'EtwActivityIdControl',
  doc: 'wdm/nf-wdm-etwactivityidcontrol',
  params: { ControlCode: u32, ActivityId: ptr('GUID') },
  returns: 'status',
  run(kernel, { ControlCode, ActivityId }): NtStatus {
    const state = activity(kernel);
    const before = state.id;
    if (ControlCode < GET_ID || ControlCode > CREATE_SET_ID) return STATUS.INVALID_PARAMETER;
    const given = kernel.mmu.readBytes(ActivityId, 16);
    if (ControlCode === CREATE_ID) kernel.mmu.writeBytes(ActivityId, newActivity(kernel));
    if (ControlCode === SET_ID || ControlCode === GET_SET_ID) state.id = given;
    if (ControlCode === CREATE_SET_ID) state.id = newActivity(kernel);
    if (ControlCode !== CREATE_ID && ControlCode !== SET_ID) {
      kernel.mmu.writeBytes(ActivityId, before);
    }
    return STATUS.SUCCESS;
  },
});

/** No logger has the handle. */
const WmiTraceMessage = service({
  name: 'WmiTraceMessage',
  doc: 'wdm/nf-wdm-wmitracemessage',
  params: { LoggerHandle: u64, MessageFlags: u32, MessageGuid: ptr('GUID'), MessageNumber: u16 },
  returns: 'status',
  run: (): NtStatus => STATUS.INVALID_HANDLE,
});

const WmiTraceMessageVa = service({
  name: 'WmiTraceMessageVa',
  doc: 'wdm/nf-wdm-wmitracemessageva',
  params: {
    LoggerHandle: u64,
    MessageFlags: u32,
    MessageGuid: ptr('GUID'),
    MessageNumber: u16,
    MessageArgList: ptr('va_list'),
  },
  returns: 'status',
  run: (): NtStatus => STATUS.INVALID_HANDLE,
});

/** There is no trace session to tell of. */
const WmiQueryTraceInformation = service({
  name: 'WmiQueryTraceInformation',
  doc: 'wdm/nf-wdm-wmiquerytraceinformation',
  params: {
    TraceInformationClass: u32,
    TraceInformation: ptr(),
    TraceInformationLength: u32,
    RequiredLength: ptr('ULONG'),
    Buffer: ptr(),
  },
  returns: 'status',
  run(kernel, { RequiredLength }): NtStatus {
    if (RequiredLength !== NULL) kernel.mmu.write(RequiredLength, 4, 0n);
    return STATUS.NOT_FOUND;
  },
});

/** WMIREG_ACTION_ codes; the upper half of Action are flags (wmistr.h). */
const WMIREG_REGISTER = 1;
const WMIREG_DEREGISTER = 2;
const WMIREG_BLOCK_IRPS = 5;

const wmiProviders = part(() => new Set<Va>());

/** Nobody queries WMI data here, so registering sends no IRP_MN_REGINFO. */
const IoWMIRegistrationControl = service({
  name: 'IoWMIRegistrationControl',
  doc: 'wdm/nf-wdm-iowmiregistrationcontrol',
  params: { DeviceObject: ptr('DEVICE_OBJECT'), Action: u32 },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { DeviceObject, Action }): NtStatus {
    const known = wmiProviders(kernel);
    const action = Action & 0xffff;
    if (action < WMIREG_REGISTER || action > WMIREG_BLOCK_IRPS) return STATUS.INVALID_PARAMETER;
    if (action === WMIREG_REGISTER) {
      known.add(DeviceObject);
      return STATUS.SUCCESS;
    }
    if (!known.has(DeviceObject)) return STATUS.INVALID_PARAMETER;
    if (action === WMIREG_DEREGISTER) known.delete(DeviceObject);
    return STATUS.SUCCESS;
  },
});

/** WMI takes the event's memory over and, as nobody listens, frees it. */
const IoWMIWriteEvent = service({
  name: 'IoWMIWriteEvent',
  doc: 'wdm/nf-wdm-iowmiwriteevent',
  params: { WnodeEventItem: ptr('WNODE_EVENT_ITEM') },
  returns: 'status',
  maxIrql: APC_LEVEL,
  run(kernel, { WnodeEventItem }) {
    freePool(kernel, WnodeEventItem);
    return STATUS.SUCCESS;
  },
});

const IoWMIOpenBlock = service({
  name: 'IoWMIOpenBlock',
  doc: 'wdm/nf-wdm-iowmiopenblock',
  params: { Guid: ptr('GUID'), DesiredAccess: u32, DataBlockObject: ptr('PVOID') },
  returns: 'status',
  maxIrql: APC_LEVEL,
  run: (): NtStatus => STATUS.WMI_GUID_NOT_FOUND,
});

export const etwServices: readonly Service[] = [
  EtwRegister,
  EtwRegisterClassicProvider,
  EtwUnregister,
  EtwSetInformation,
  EtwEventEnabled,
  EtwProviderEnabled,
  write('EtwWrite', HIGH_LEVEL),
  write('EtwWriteEx', undefined),
  write('EtwWriteString', HIGH_LEVEL),
  write('EtwWriteTransfer', HIGH_LEVEL),
  EtwActivityIdControl,
  WmiTraceMessage,
  WmiTraceMessageVa,
  WmiQueryTraceInformation,
  IoWMIRegistrationControl,
  IoWMIWriteEvent,
  IoWMIOpenBlock,
];
