/** Legacy routes to buses: HalGetBusData, HalTranslateBusAddress, HalGetInterruptVector. */
import { readLatin1z } from '../../layout/nt.ts';
import { ptr, u32, u64 } from '../../layout/struct.ts';
import type { vaAdd } from '../../units/address.ts';
import { HIGH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { readConfigBytes, writeConfigBytes } from '../io/pnp/config-bytes.ts';
import type { Kernel } from '../kernel.ts';
import { HAL, type Service, service } from '../service.ts';
import { hardware } from './hardware.ts';
import { translateBusAddress, vectorFor } from './translate.ts';

/** BUS_DATA_TYPE PCIConfiguration. */
const PCI_CONFIGURATION = 4;
/** INTERFACE_TYPE PCIBus. */
const PCI_BUS = 5;
/** What a slot without a device answers: PCI_INVALID_VENDORID, two bytes of data. */
const INVALID_VENDOR = 0xffffn;
const INVALID_VENDOR_BYTES = 2;

type Pointer = ReturnType<typeof vaAdd>;

interface BusData {
  readonly BusDataType: number;
  readonly BusNumber: number;
  readonly SlotNumber: number;
  readonly Buffer: Pointer;
  readonly Offset: number;
  readonly Length: number;
}

/** PCI_SLOT_NUMBER: five bits of device, three of function. */
const functionAt = (kernel: Kernel, { BusNumber, SlotNumber }: BusData) =>
  hardware(kernel).bus.functionAt({
    bus: BusNumber,
    device: SlotNumber & 0x1f,
    function: (SlotNumber >> 5) & 0x7,
  });

const hasBus = (kernel: Kernel, { BusDataType, BusNumber }: BusData): boolean =>
  BusDataType === PCI_CONFIGURATION && hardware(kernel).bus.hasBus(BusNumber);

function getBusData(kernel: Kernel, data: BusData): number {
  if (!hasBus(kernel, data)) return 0;
  const fn = functionAt(kernel, data);
  if (fn !== undefined) {
    return readConfigBytes(kernel, fn, data.Buffer, data.Offset, data.Length);
  }
  if (data.Offset !== 0 || data.Length < INVALID_VENDOR_BYTES) return 0;
  kernel.mmu.write(data.Buffer, 2, INVALID_VENDOR);
  return INVALID_VENDOR_BYTES;
}

function setBusData(kernel: Kernel, data: BusData): number {
  const fn = hasBus(kernel, data) ? functionAt(kernel, data) : undefined;
  if (fn === undefined) return 0;
  return writeConfigBytes(kernel, fn, data.Buffer, data.Offset, data.Length);
}

const SLOT = { BusDataType: u32, BusNumber: u32, SlotNumber: u32, Buffer: ptr() } as const;

const HalGetBusData = service({
  name: 'HalGetBusData',
  dll: HAL,
  doc: 'ntddk.h',
  params: { ...SLOT, Length: u32 },
  returns: 'u32',
  run: (kernel, args) => getBusData(kernel, { ...args, Offset: 0 }),
});

const HalGetBusDataByOffset = service({
  name: 'HalGetBusDataByOffset',
  dll: HAL,
  doc: 'ntddk/nf-ntddk-halgetbusdatabyoffset',
  params: { ...SLOT, Offset: u32, Length: u32 },
  returns: 'u32',
  run: getBusData,
});

const HalSetBusData = service({
  name: 'HalSetBusData',
  dll: HAL,
  doc: 'ntddk.h',
  params: { ...SLOT, Length: u32 },
  returns: 'u32',
  run: (kernel, args) => setBusData(kernel, { ...args, Offset: 0 }),
});

const HalSetBusDataByOffset = service({
  name: 'HalSetBusDataByOffset',
  dll: HAL,
  doc: 'ntddk/nf-ntddk-halsetbusdatabyoffset',
  params: { ...SLOT, Offset: u32, Length: u32 },
  returns: 'u32',
  run: setBusData,
});

/** Buses other than PCI lie behind the first bridge, as on a PC. */
const busOf = (interfaceType: number, number: number): number =>
  interfaceType === PCI_BUS ? number : 0;

const HalTranslateBusAddress = service({
  name: 'HalTranslateBusAddress',
  dll: HAL,
  doc: 'ntddk.h',
  params: {
    InterfaceType: u32,
    BusNumber: u32,
    BusAddress: u64,
    AddressSpace: ptr('ULONG'),
    TranslatedAddress: ptr('PHYSICAL_ADDRESS'),
  },
  returns: 'bool',
  run(kernel, { InterfaceType, BusNumber, BusAddress, AddressSpace, TranslatedAddress }) {
    const bus = busOf(InterfaceType, BusNumber);
    return translateBusAddress(kernel, bus, BusAddress, AddressSpace, TranslatedAddress);
  },
});

const ONLY_PROCESSOR = 1n;

const HalGetInterruptVector = service({
  name: 'HalGetInterruptVector',
  dll: HAL,
  doc: 'ntddk.h',
  params: {
    InterfaceType: u32,
    BusNumber: u32,
    BusInterruptLevel: u32,
    BusInterruptVector: u32,
    Irql: ptr('KIRQL'),
    Affinity: ptr('KAFFINITY'),
  },
  returns: 'u32',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { BusInterruptLevel, Irql, Affinity }) {
    const found = vectorFor(kernel, BusInterruptLevel);
    kernel.mmu.write(Irql, 1, BigInt(found?.irql ?? 0));
    kernel.mmu.write(Affinity, 8, found === undefined ? 0n : ONLY_PROCESSOR);
    return found?.vector ?? 0;
  },
});

/** HalDisplayString writes to the boot screen. */
const HalDisplayString = service({
  name: 'HalDisplayString',
  dll: HAL,
  doc: 'ntddk.h',
  params: { String: ptr('CHAR') },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run(kernel, { String: text }) {
    kernel.emit({ kind: 'debug-print', text: readLatin1z(kernel.mmu, text) });
  },
});

export const busServices: readonly Service[] = [
  HalGetBusData,
  HalGetBusDataByOffset,
  HalSetBusData,
  HalSetBusDataByOffset,
  HalTranslateBusAddress,
  HalGetInterruptVector,
  HalDisplayString,
];
