/** BUS_INTERFACE_STANDARD of a PCI function: routines that its driver calls without an IRP. */
import { ptr, struct, u16, u32, u64 } from '../../../layout/struct.ts';
import { NULL, type Va } from '../../../units/address.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../../units/irql.ts';
import { type NtStatus, STATUS } from '../../../units/status.ts';
import { exportAddress } from '../../exports.ts';
import { getDmaAdapter } from '../../hal/dma-adapters.ts';
import { translateBusAddress } from '../../hal/translate.ts';
import type { Kernel } from '../../kernel.ts';
import { dereference, objects } from '../../ob/objects.ts';
import { type Service, service } from '../../service.ts';
import { readConfigBytes, writeConfigBytes } from './config-bytes.ts';
import { GUID_TEXT } from './guids.ts';
import { nodes } from './nodes.ts';

const BUS_INTERFACE_STANDARD = struct({
  name: 'BUS_INTERFACE_STANDARD',
  size: { x64: 64, x86: 32 },
  fields: {
    Size: u16,
    Version: u16,
    Context: ptr(),
    InterfaceReference: ptr(),
    InterfaceDereference: ptr(),
    TranslateBusAddress: ptr(),
    GetDmaAdapter: ptr(),
    SetBusData: ptr(),
    GetBusData: ptr(),
  },
});

const VERSION = 1;
/** PCI_WHICHSPACE_CONFIG. */
const CONFIG_SPACE = 0;

export interface InterfaceQuery {
  readonly guid: string;
  readonly bytes: number;
  readonly at: Va;
}

/** Undefined for an interface that this bus does not have. */
export function queryInterface(
  kernel: Kernel,
  pdo: Va,
  { guid, bytes, at }: InterfaceQuery,
): NtStatus | undefined {
  if (guid !== GUID_TEXT.BUS_INTERFACE_STANDARD) return undefined;
  if (bytes < BUS_INTERFACE_STANDARD.bytes) return STATUS.INVALID_PARAMETER;
  const view = BUS_INTERFACE_STANDARD.at(kernel.mmu, at);
  view.Size = BUS_INTERFACE_STANDARD.bytes;
  view.Version = VERSION;
  view.Context = pdo;
  view.InterfaceReference = exportAddress(kernel, reference.name);
  view.InterfaceDereference = exportAddress(kernel, dereferenceInterface.name);
  view.TranslateBusAddress = exportAddress(kernel, translate.name);
  view.GetDmaAdapter = exportAddress(kernel, dmaAdapter.name);
  view.SetBusData = exportAddress(kernel, setBusData.name);
  view.GetBusData = exportAddress(kernel, getBusData.name);
  objects(kernel).reference(pdo);
  return STATUS.SUCCESS;
}

const reference = service({
  name: 'PciInterfaceReference',
  doc: 'wdm/nc-wdm-pinterface_reference',
  params: { Context: ptr() },
  returns: 'void',
  run(kernel, { Context }) {
    objects(kernel).reference(Context);
  },
});

const dereferenceInterface = service({
  name: 'PciInterfaceDereference',
  doc: 'wdm/nc-wdm-pinterface_dereference',
  params: { Context: ptr() },
  returns: 'void',
  *run(kernel, { Context }) {
    yield* dereference(kernel, Context);
  },
});

const translate = service({
  name: 'PciInterfaceTranslateBusAddress',
  doc: 'wdm/nc-wdm-translate_bus_address',
  params: {
    Context: ptr(),
    BusAddress: u64,
    Length: u32,
    AddressSpace: ptr('ULONG'),
    TranslatedAddress: ptr('PHYSICAL_ADDRESS'),
  },
  returns: 'bool',
  run(kernel, { Context, BusAddress, AddressSpace, TranslatedAddress }) {
    const bus = nodes(kernel).byPdo(Context)?.fn?.location.bus;
    return (
      bus !== undefined &&
      translateBusAddress(kernel, bus, BusAddress, AddressSpace, TranslatedAddress)
    );
  },
});

const dmaAdapter = service({
  name: 'PciInterfaceGetDmaAdapter',
  doc: 'wdm/nc-wdm-get_dma_adapter',
  params: {
    Context: ptr(),
    DeviceDescriptor: ptr('DEVICE_DESCRIPTION'),
    NumberOfMapRegisters: ptr('ULONG'),
  },
  returns: 'pointer',
  maxIrql: PASSIVE_LEVEL,
  mayFail: ['null'],
  run: (kernel, { Context, DeviceDescriptor, NumberOfMapRegisters }) =>
    getDmaAdapter(kernel, Context, DeviceDescriptor, NumberOfMapRegisters) ?? NULL,
});

const BUS_DATA = {
  Context: ptr(),
  DataType: u32,
  Buffer: ptr(),
  Offset: u32,
  Length: u32,
} as const;

const setBusData = service({
  name: 'PciInterfaceSetBusData',
  doc: 'wdm/nc-wdm-get_set_device_data',
  params: BUS_DATA,
  returns: 'u32',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Context, DataType, Buffer, Offset, Length }) {
    const fn = nodes(kernel).byPdo(Context)?.fn;
    if (fn === undefined || DataType !== CONFIG_SPACE) return 0;
    return writeConfigBytes(kernel, fn, Buffer, Offset, Length);
  },
});

const getBusData = service({
  name: 'PciInterfaceGetBusData',
  doc: 'wdm/nc-wdm-get_set_device_data',
  params: BUS_DATA,
  returns: 'u32',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Context, DataType, Buffer, Offset, Length }) {
    const fn = nodes(kernel).byPdo(Context)?.fn;
    if (fn === undefined || DataType !== CONFIG_SPACE) return 0;
    return readConfigBytes(kernel, fn, Buffer, Offset, Length);
  },
});

export const busInterfaceServices: readonly Service[] = [
  reference,
  dereferenceInterface,
  translate,
  dmaAdapter,
  setBusData,
  getBusData,
];
