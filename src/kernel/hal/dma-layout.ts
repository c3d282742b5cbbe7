/** DMA adapters and what they describe (wdm.h of WDK 10.0.22621). */
import { bool, ptr, struct, u16, u32, u64 } from '../../layout/struct.ts';

export const DEVICE_DESCRIPTION = struct({
  name: 'DEVICE_DESCRIPTION',
  size: { x64: 64 },
  fields: {
    Version: u32,
    Master: bool,
    ScatterGather: bool,
    DemandMode: bool,
    AutoInitialize: bool,
    Dma32BitAddresses: bool,
    IgnoreCount: bool,
    Reserved1: bool,
    Dma64BitAddresses: bool,
    BusNumber: u32,
    DmaChannel: u32,
    InterfaceType: u32,
    DmaWidth: u32,
    DmaSpeed: u32,
    MaximumLength: u32,
    DmaPort: u32,
    DmaAddressWidth: u32,
    DmaControllerInstance: u32,
    DmaRequestLine: u32,
    DeviceAddress: u64,
  },
});

export const DMA_ADAPTER = struct({
  name: 'DMA_ADAPTER',
  size: { x64: 16, x86: 8 },
  fields: { Version: u16, Size: u16, DmaOperations: ptr('DMA_OPERATIONS') },
});

export const SCATTER_GATHER_LIST_HEADER = 16;
export const SCATTER_GATHER_ELEMENT = struct({
  name: 'SCATTER_GATHER_ELEMENT',
  size: { x64: 24 },
  fields: { Address: u64, Length: u32, Reserved: u64 },
});

/** Slots of DMA_OPERATIONS after Size, in order. Those of version 2 end with BuildMdlFromScatterGatherList. */
export const DMA_OPERATION_SLOTS = [
  'PutDmaAdapter',
  'AllocateCommonBuffer',
  'FreeCommonBuffer',
  'AllocateAdapterChannel',
  'FlushAdapterBuffers',
  'FreeAdapterChannel',
  'FreeMapRegisters',
  'MapTransfer',
  'GetDmaAlignment',
  'ReadDmaCounter',
  'GetScatterGatherList',
  'PutScatterGatherList',
  'CalculateScatterGatherList',
  'BuildScatterGatherList',
  'BuildMdlFromScatterGatherList',
  'GetDmaAdapterInfo',
  'GetDmaTransferInfo',
  'InitializeDmaTransferContext',
  'AllocateCommonBufferEx',
  'AllocateAdapterChannelEx',
  'ConfigureAdapterChannel',
  'CancelAdapterChannel',
  'MapTransferEx',
  'GetScatterGatherListEx',
  'BuildScatterGatherListEx',
  'FlushAdapterBuffersEx',
  'FreeAdapterObject',
  'CancelMappedTransfer',
  'AllocateDomainCommonBuffer',
  'FlushDmaBuffer',
  'JoinDmaDomain',
  'LeaveDmaDomain',
  'GetDmaDomain',
  'AllocateCommonBufferWithBounds',
  'AllocateCommonBufferVector',
  'GetCommonBufferFromVectorByIndex',
  'FreeCommonBufferFromVector',
  'FreeCommonBufferVector',
  'CreateCommonBufferFromMdl',
] as const;

export type DmaOperation = (typeof DMA_OPERATION_SLOTS)[number];

/** Bytes of DMA_OPERATIONS up to and including slot number `count`. */
export const operationsBytes = (count: number): number => 8 + count * 8;
export const VERSION_2_SLOTS = 15;

/** Name of the routine behind a slot. */
export const operationName = (slot: DmaOperation): string => `Halp${slot}`;
