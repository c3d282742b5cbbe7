/** Single root I/O virtualization, which no device model has: miniports that ask for it are told so, by the documented answers. */
import type { Kernel } from '../../kernel/kernel.ts';
import type { Service } from '../../kernel/service.ts';
import { bool, ptr, u16, u32, u64 } from '../../layout/struct.ts';
import type { Va } from '../../units/address.ts';
import { APC_LEVEL, DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { adapters } from './adapter.ts';
import { tellMisuse } from './misuse.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';

const NdisMEnableVirtualization = ndisService({
  name: 'NdisMEnableVirtualization',
  params: {
    NdisMiniportHandle: ndisHandle,
    NumVFs: u16,
    EnableVFMigration: bool,
    EnableMigrationInterrupt: bool,
    EnableVirtualization: bool,
  },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { NdisMiniportHandle, NumVFs, EnableVirtualization }) {
    const isKnown = adapters(kernel).get(NdisMiniportHandle) !== undefined;
    if (!isKnown) tellMisuse(kernel, 'NdisMEnableVirtualization', 'wrong-handle');
    return isKnown && (EnableVirtualization || NumVFs === 0)
      ? NDIS_STATUS.NOT_SUPPORTED
      : NDIS_STATUS.INVALID_PARAMETER;
  },
});

/** Bytes of a function that is not there: none. */
const virtualBusData = (name: string): Service =>
  ndisService({
    name,
    params: {
      NdisMiniportHandle: ndisHandle,
      VFId: u16,
      Buffer: ptr(),
      Offset: u32,
      Length: u32,
    },
    returns: 'u32',
    maxIrql: DISPATCH_LEVEL,
    run(kernel) {
      tellMisuse(kernel, name, 'not-virtualized');
      return 0;
    },
  });

/** The channel between the drivers of physical and virtual function has no other end. */
const configBlock = (name: string): Service =>
  ndisService({
    name,
    params: { NdisMiniportHandle: ndisHandle, BlockId: u32, Buffer: ptr(), Length: u32 },
    returns: 'ndis-status',
    maxIrql: APC_LEVEL,
    run: () => NDIS_STATUS.FAILURE,
  });

const NdisMInvalidateConfigBlock = ndisService({
  name: 'NdisMInvalidateConfigBlock',
  params: { NdisMiniportHandle: ndisHandle, VFId: u16, BlockMask: u64 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel) => tellMisuse(kernel, 'NdisMInvalidateConfigBlock', 'not-virtualized'),
});

interface Location {
  readonly SegmentNumber: Va;
  readonly BusNumber: Va;
  readonly FunctionNumber: Va;
}

function clearLocation({ mmu }: Kernel, location: Location): void {
  mmu.write(location.SegmentNumber, 2, 0n);
  mmu.write(location.BusNumber, 1, 0n);
  mmu.write(location.FunctionNumber, 1, 0n);
}

const NdisMGetVirtualFunctionLocation = ndisService({
  name: 'NdisMGetVirtualFunctionLocation',
  params: {
    NdisMiniportHandle: ndisHandle,
    VFId: u16,
    SegmentNumber: ptr('USHORT'),
    BusNumber: ptr('UCHAR'),
    FunctionNumber: ptr('UCHAR'),
  },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, location) {
    tellMisuse(kernel, 'NdisMGetVirtualFunctionLocation', 'not-virtualized');
    clearLocation(kernel, location);
  },
});

/** What became NdisMGetVirtualFunctionLocation, with one parameter more. */
const NdisMGetVirtualDeviceLocation = ndisService({
  name: 'NdisMGetVirtualDeviceLocation',
  doc: 'ndis.h',
  params: {
    NdisMiniportHandle: ndisHandle,
    VFId: u16,
    SegmentNumber: ptr('USHORT'),
    BusNumber: ptr('UCHAR'),
    Reserved: ptr(),
    FunctionNumber: ptr('UCHAR'),
  },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, location) {
    tellMisuse(kernel, 'NdisMGetVirtualDeviceLocation', 'not-virtualized');
    clearLocation(kernel, location);
  },
});

export const virtualFunctionServices: readonly Service[] = [
  NdisMEnableVirtualization,
  virtualBusData('NdisMGetVirtualFunctionBusData'),
  virtualBusData('NdisMSetVirtualFunctionBusData'),
  configBlock('NdisMReadConfigBlock'),
  configBlock('NdisMWriteConfigBlock'),
  NdisMInvalidateConfigBlock,
  NdisMGetVirtualFunctionLocation,
  NdisMGetVirtualDeviceLocation,
];
