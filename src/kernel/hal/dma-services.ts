/** Adapters and common buffers: IoGetDmaAdapter and the first routines of DMA_OPERATIONS. */
import { bool, out, ptr, u32, u64 } from '../../layout/struct.ts';
import { NULL, vaAdd } from '../../units/address.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import { notModelledHere } from '../end.ts';
import type { Kernel } from '../kernel.ts';
import { HAL, type Service, service } from '../service.ts';
import { commonBuffers } from './common-buffers.ts';
import {
  type DmaAdapter,
  dmaAdapters,
  getDmaAdapter,
  highestPhysical,
  logicalAddress,
} from './dma-adapters.ts';
import { DMA_OPERATION_SLOTS, type DmaOperation, operationName } from './dma-layout.ts';

type Pointer = typeof NULL;

export const adapterAt = (kernel: Kernel, at: Pointer): DmaAdapter =>
  dmaAdapters(kernel).get(at) ?? notModelledHere('a DMA adapter made elsewhere', HAL);

const IoGetDmaAdapter = service({
  name: 'IoGetDmaAdapter',
  doc: 'wdm/nf-wdm-iogetdmaadapter',
  params: {
    PhysicalDeviceObject: ptr('DEVICE_OBJECT'),
    DeviceDescription: ptr('DEVICE_DESCRIPTION'),
    NumberOfMapRegisters: ptr('ULONG'),
  },
  returns: 'pointer',
  maxIrql: PASSIVE_LEVEL,
  mayFail: ['null'],
  run: (kernel, { PhysicalDeviceObject, DeviceDescription, NumberOfMapRegisters }) =>
    getDmaAdapter(kernel, PhysicalDeviceObject, DeviceDescription, NumberOfMapRegisters) ?? NULL,
});

const HalGetAdapter = service({
  name: 'HalGetAdapter',
  dll: HAL,
  doc: 'ntddk.h',
  params: { DeviceDescription: ptr('DEVICE_DESCRIPTION'), NumberOfMapRegisters: ptr('ULONG') },
  returns: 'pointer',
  maxIrql: PASSIVE_LEVEL,
  mayFail: ['null'],
  run: (kernel, { DeviceDescription, NumberOfMapRegisters }) =>
    getDmaAdapter(kernel, NULL, DeviceDescription, NumberOfMapRegisters) ?? NULL,
});

const PutDmaAdapter = service({
  name: operationName('PutDmaAdapter'),
  dll: HAL,
  doc: 'wdm/nc-wdm-pput_dma_adapter',
  params: { DmaAdapter: ptr('DMA_ADAPTER') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { DmaAdapter: at }) => dmaAdapters(kernel).put(at),
});

const COMMON_BUFFER = {
  DmaAdapter: ptr('DMA_ADAPTER'),
  Length: u32,
  LogicalAddress: ptr('PHYSICAL_ADDRESS'),
  CacheEnabled: bool,
} as const;

function allocateCommonBuffer(
  kernel: Kernel,
  at: Pointer,
  request: { readonly bytes: number; readonly highest: number; readonly cached: boolean },
  logicalAt: Pointer,
): Pointer {
  const adapter = adapterAt(kernel, at);
  const highest = Math.min(request.highest, highestPhysical(adapter));
  const buffer = commonBuffers(kernel).allocate(request.bytes, highest, request.cached);
  if (buffer === undefined) return NULL;
  kernel.mmu.write(logicalAt, 8, BigInt(logicalAddress(adapter, buffer.physical)));
  return buffer.at;
}

const AllocateCommonBuffer = service({
  name: operationName('AllocateCommonBuffer'),
  dll: HAL,
  doc: 'wdm/nc-wdm-pallocate_common_buffer',
  params: COMMON_BUFFER,
  returns: 'pointer',
  maxIrql: PASSIVE_LEVEL,
  mayFail: ['null'],
  run: (kernel, { DmaAdapter: at, Length, LogicalAddress, CacheEnabled }) =>
    allocateCommonBuffer(
      kernel,
      at,
      { bytes: Length, highest: Number.MAX_SAFE_INTEGER, cached: CacheEnabled },
      LogicalAddress,
    ),
});

const AllocateCommonBufferEx = service({
  name: operationName('AllocateCommonBufferEx'),
  dll: HAL,
  doc: 'wdm/nc-wdm-pallocate_common_buffer_ex',
  params: {
    DmaAdapter: ptr('DMA_ADAPTER'),
    MaximumAddress: out('PHYSICAL_ADDRESS'),
    Length: u32,
    LogicalAddress: ptr('PHYSICAL_ADDRESS'),
    CacheEnabled: bool,
    PreferredNode: u32,
  },
  returns: 'pointer',
  maxIrql: PASSIVE_LEVEL,
  mayFail: ['null'],
  run(kernel, args) {
    const highest =
      args.MaximumAddress === NULL
        ? Number.MAX_SAFE_INTEGER
        : Math.min(Number.MAX_SAFE_INTEGER, Number(kernel.mmu.u64(args.MaximumAddress)));
    const request = { bytes: args.Length, highest, cached: args.CacheEnabled };
    return allocateCommonBuffer(kernel, args.DmaAdapter, request, args.LogicalAddress);
  },
});

const FreeCommonBuffer = service({
  name: operationName('FreeCommonBuffer'),
  dll: HAL,
  doc: 'wdm/nc-wdm-pfree_common_buffer',
  params: {
    DmaAdapter: ptr('DMA_ADAPTER'),
    Length: u32,
    LogicalAddress: u64,
    VirtualAddress: ptr(),
    CacheEnabled: bool,
  },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { VirtualAddress }) {
    commonBuffers(kernel).free(VirtualAddress);
  },
});

/** x64 caches are coherent with devices. */
const GetDmaAlignment = service({
  name: operationName('GetDmaAlignment'),
  dll: HAL,
  doc: 'wdm/nc-wdm-pget_dma_alignment',
  params: { DmaAdapter: ptr('DMA_ADAPTER') },
  returns: 'u32',
  maxIrql: PASSIVE_LEVEL,
  run: () => 1,
});

/** For bus masters the counter is always zero. */
const ReadDmaCounter = service({
  name: operationName('ReadDmaCounter'),
  dll: HAL,
  doc: 'wdm/nc-wdm-pread_dma_counter',
  params: { DmaAdapter: ptr('DMA_ADAPTER') },
  returns: 'u32',
  maxIrql: DISPATCH_LEVEL,
  run: () => 0,
});

const DMA_ADAPTER_INFO_VERSION1 = 1;
const UNLIMITED = 0xffff_ffffn;

const GetDmaAdapterInfo = service({
  name: operationName('GetDmaAdapterInfo'),
  dll: HAL,
  doc: 'wdm/nc-wdm-pget_dma_adapter_info',
  params: { DmaAdapter: ptr('DMA_ADAPTER'), AdapterInfo: ptr('DMA_ADAPTER_INFO') },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { DmaAdapter: at, AdapterInfo }) {
    if (kernel.mmu.u32(AdapterInfo) !== DMA_ADAPTER_INFO_VERSION1) return STATUS.NOT_SUPPORTED;
    const { bits } = adapterAt(kernel, at);
    [0n, UNLIMITED, BigInt(bits), 0n, 1n].forEach((value, i) => {
      kernel.mmu.write(vaAdd(AdapterInfo, 8 + i * 4), 4, value);
    });
    return STATUS.SUCCESS;
  },
});

const modelled: readonly Service[] = [
  PutDmaAdapter,
  AllocateCommonBuffer,
  AllocateCommonBufferEx,
  FreeCommonBuffer,
  GetDmaAlignment,
  ReadDmaCounter,
  GetDmaAdapterInfo,
];

/** Routines behind slots that nothing answers yet: calling one ends the run, named. */
export const unmodelledOperations = (known: readonly Service[]): readonly Service[] =>
  DMA_OPERATION_SLOTS.filter((slot) => !known.some(({ name }) => name === operationName(slot))).map(
    unmodelled,
  );

const unmodelled = (slot: DmaOperation): Service =>
  service({
    name: operationName(slot),
    dll: HAL,
    doc: 'wdm.h',
    params: {},
    returns: 'u64',
    run: () => notModelledHere(`DMA_OPERATIONS.${slot}`, HAL),
  });

export const dmaServices: readonly Service[] = [IoGetDmaAdapter, HalGetAdapter, ...modelled];
