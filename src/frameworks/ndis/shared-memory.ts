/** Memory that adapter and processor share: contiguous, within the device's reach. */
import type { Blocking } from '../../kernel/effects.ts';
import { allocateForKernel, pool } from '../../kernel/ex/pool.ts';
import { queueWork } from '../../kernel/ex/work-item.ts';
import { commonBuffers } from '../../kernel/hal/common-buffers.ts';
import { highestPhysical, logicalAddress } from '../../kernel/hal/dma-adapters.ts';
import { SCATTER_GATHER_ELEMENT } from '../../kernel/hal/dma-layout.ts';
import { listBytes } from '../../kernel/hal/scatter-gather.ts';
import { type Kernel, part } from '../../kernel/kernel.ts';
import type { Service } from '../../kernel/service.ts';
import { bool, ptr, u32, u64 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { adapters } from './adapter.ts';
import { callPlainly } from './call.ts';
import { type AdapterDma, adapterDmas, dmaOf } from './dma.ts';
import { Handles } from './handles.ts';
import { tellMisuse } from './misuse.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';
import { SHARED_MEMORY_PARAMETERS } from './net-buffer-layout.ts';

/** The buffer and the address by which the device knows it. */
interface Shared {
  readonly at: Va;
  readonly logical: number;
}

function allocate(
  kernel: Kernel,
  { dma }: AdapterDma,
  bytes: number,
  cached: boolean,
): Shared | undefined {
  if (bytes === 0) return undefined;
  const buffer = commonBuffers(kernel).allocate(bytes, highestPhysical(dma), cached);
  if (buffer === undefined) return undefined;
  return { at: buffer.at, logical: logicalAddress(dma, buffer.physical) };
}

const NdisMAllocateSharedMemory = ndisService({
  name: 'NdisMAllocateSharedMemory',
  params: {
    MiniportAdapterHandle: ndisHandle,
    Length: u32,
    Cached: bool,
    VirtualAddress: ptr('PVOID'),
    PhysicalAddress: ptr('NDIS_PHYSICAL_ADDRESS'),
  },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { MiniportAdapterHandle, Length, Cached, VirtualAddress, PhysicalAddress }) {
    const dma = dmaOf(kernel, adapters(kernel).get(MiniportAdapterHandle));
    if (dma === undefined) tellMisuse(kernel, 'NdisMAllocateSharedMemory', 'before-dma');
    const shared = dma === undefined ? undefined : allocate(kernel, dma, Length, Cached);
    kernel.mmu.write(VirtualAddress, 8, shared?.at ?? NULL);
    if (shared !== undefined) kernel.mmu.write(PhysicalAddress, 8, BigInt(shared.logical));
  },
});

const NdisMFreeSharedMemory = ndisService({
  name: 'NdisMFreeSharedMemory',
  params: {
    MiniportAdapterHandle: ndisHandle,
    Length: u32,
    Cached: bool,
    VirtualAddress: ptr(),
    PhysicalAddress: u64,
  },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { VirtualAddress }) {
    if (!commonBuffers(kernel).free(VirtualAddress)) {
      tellMisuse(kernel, 'NdisMFreeSharedMemory', 'not-allocated');
    }
  },
});

/** A worker allocates and tells the miniport: NULL when there is none. */
function allocateLater(
  kernel: Kernel,
  dma: AdapterDma,
  entry: Va,
  request: { readonly length: number; readonly cached: boolean; readonly context: Va },
): void {
  queueWork(kernel, function* (): Blocking<void> {
    const shared = allocate(kernel, dma, request.length, request.cached);
    const at = allocateForKernel(kernel, 8, 'NDsa');
    kernel.mmu.write(at, 8, BigInt(shared?.logical ?? 0));
    const { subject, context } = dma.adapter;
    const args = [context, shared?.at ?? NULL, at, BigInt(request.length), request.context];
    const routine = 'MiniportAllocateSharedMemComplete';
    yield* callPlainly(kernel, { routine, subject, entry, args });
    pool(kernel).free(at);
  });
}

const NdisMAllocateSharedMemoryAsyncEx = ndisService({
  name: 'NdisMAllocateSharedMemoryAsyncEx',
  params: { MiniportDmaHandle: ndisHandle, Length: u32, Cached: bool, Context: ptr() },
  returns: 'ndis-status',
  maxIrql: DISPATCH_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES, NDIS_STATUS.FAILURE],
  run(kernel, { MiniportDmaHandle, Length, Cached, Context }) {
    const dma = adapterDmas(kernel).get(MiniportDmaHandle);
    if (dma === undefined || dma.sharedComplete === NULL) return NDIS_STATUS.FAILURE;
    const request = { length: Length, cached: Cached, context: Context };
    allocateLater(kernel, dma, dma.sharedComplete, request);
    return NDIS_STATUS.PENDING;
  },
});

/** NDIS 5 knows the adapter and the handler of its characteristics; Windows 7 the DMA handle. */
const NdisMAllocateSharedMemoryAsync = ndisService({
  name: 'NdisMAllocateSharedMemoryAsync',
  doc: 'ndis.h',
  params: { MiniportAdapterHandle: ndisHandle, Length: u32, Cached: bool, Context: ptr() },
  returns: 'ndis-status',
  maxIrql: DISPATCH_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES, NDIS_STATUS.FAILURE],
  run(kernel, { MiniportAdapterHandle, Length, Cached, Context }) {
    const byAdapter = dmaOf(kernel, adapters(kernel).get(MiniportAdapterHandle));
    const dma = byAdapter ?? adapterDmas(kernel).get(MiniportAdapterHandle);
    if (dma === undefined || dma.sharedComplete === NULL) return NDIS_STATUS.FAILURE;
    const request = { length: Length, cached: Cached, context: Context };
    allocateLater(kernel, dma, dma.sharedComplete, request);
    return NDIS_STATUS.PENDING;
  },
});

const allocations = part((kernel) => new Handles<Shared>(kernel, 'NDsm'));

/** Shared memory for receive queues: one contiguous piece, described as a list of one element. */
const NdisAllocateSharedMemory = ndisService({
  name: 'NdisAllocateSharedMemory',
  params: {
    NdisHandle: ndisHandle,
    SharedMemoryParameters: ptr('NDIS_SHARED_MEMORY_PARAMETERS'),
    pAllocationHandle: ptr('NDIS_HANDLE'),
  },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES],
  run(kernel, { NdisHandle, SharedMemoryParameters, pAllocationHandle }) {
    const dma = dmaOf(kernel, adapters(kernel).get(NdisHandle));
    if (dma === undefined) return NDIS_STATUS.FAILURE;
    const view = SHARED_MEMORY_PARAMETERS.at(kernel.mmu, SharedMemoryParameters);
    if (view.SGListBufferLength < listBytes(1)) return NDIS_STATUS.BUFFER_OVERFLOW;
    const shared = allocate(kernel, dma, view.Length, true);
    const handle = shared === undefined ? undefined : allocations(kernel).open(shared);
    if (shared === undefined || handle === undefined) return NDIS_STATUS.RESOURCES;
    view.VirtualAddress = shared.at;
    view.SharedMemoryHandle = handle;
    kernel.mmu.write(view.SGListBuffer, 4, 1n);
    const at = vaAdd(view.SGListBuffer, listBytes(0));
    const element = SCATTER_GATHER_ELEMENT.at(kernel.mmu, at);
    element.Address = BigInt(shared.logical);
    element.Length = view.Length;
    kernel.mmu.write(pAllocationHandle, 8, handle);
    return NDIS_STATUS.SUCCESS;
  },
});

const NdisFreeSharedMemory = ndisService({
  name: 'NdisFreeSharedMemory',
  params: { NdisHandle: ndisHandle, AllocationHandle: ndisHandle },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { AllocationHandle }) {
    const shared = allocations(kernel).close(AllocationHandle);
    if (shared === undefined) tellMisuse(kernel, 'NdisFreeSharedMemory', 'wrong-handle');
    else commonBuffers(kernel).free(shared.at);
  },
});

export const sharedMemoryServices: readonly Service[] = [
  NdisMAllocateSharedMemory,
  NdisMFreeSharedMemory,
  NdisMAllocateSharedMemoryAsyncEx,
  NdisMAllocateSharedMemoryAsync,
  NdisAllocateSharedMemory,
  NdisFreeSharedMemory,
];
