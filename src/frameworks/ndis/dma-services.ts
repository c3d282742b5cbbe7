/** Scatter/gather DMA: registering for it, lists of net buffers and of MDLs. */
import type { Blocking } from '../../kernel/effects.ts';
import { pool } from '../../kernel/ex/pool.ts';
import { dmaAdapters } from '../../kernel/hal/dma-adapters.ts';
import {
  allocateList,
  listBytes,
  mustReach,
  type Run,
  runsOf,
  writeList,
} from '../../kernel/hal/scatter-gather.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { mdlAt, mdlVirtual } from '../../kernel/mm/mdl.ts';
import type { Service } from '../../kernel/service.ts';
import { bool, ptr, struct, u32 } from '../../layout/struct.ts';
import { NULL, PAGE_SIZE, type Va } from '../../units/address.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import type { NtStatus } from '../../units/status.ts';
import { adapters } from './adapter.ts';
import { callPlainly } from './call.ts';
import { type AdapterDma, adapterDmas, dmaOf, openDma } from './dma.ts';
import { ATTRIBUTE, SG_DMA_DESCRIPTION } from './layout.ts';
import { tellMisuse } from './misuse.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';
import { NET_BUFFER } from './net-buffer-layout.ts';
import { HEADER, OBJECT } from './object-header.ts';

/** NDIS_SIZEOF_SG_DMA_DESCRIPTION_REVISION_1. */
const DESCRIPTION_BYTES = 36;
const ADDRESSES_64_BIT = 0x1;

const NdisMRegisterScatterGatherDma = ndisService({
  name: 'NdisMRegisterScatterGatherDma',
  params: {
    MiniportAdapterHandle: ndisHandle,
    DmaDescription: ptr('NDIS_SG_DMA_DESCRIPTION'),
    NdisMiniportDmaHandle: ptr('NDIS_HANDLE'),
  },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES],
  run(kernel, { MiniportAdapterHandle, DmaDescription, NdisMiniportDmaHandle }) {
    const adapter = adapters(kernel).get(MiniportAdapterHandle);
    const { Type, Size } = HEADER.at(kernel.mmu, DmaDescription);
    const isKnown = Type === OBJECT.SG_DMA_DESCRIPTION && Size >= DESCRIPTION_BYTES;
    if (adapter === undefined || !isKnown) return NDIS_STATUS.INVALID_PARAMETER;
    if (!adapter.hasFlag(ATTRIBUTE.BUS_MASTER)) return NDIS_STATUS.NOT_SUPPORTED;
    const view = SG_DMA_DESCRIPTION.at(kernel.mmu, DmaDescription);
    const maximumBytes = view.MaximumPhysicalMapping;
    const is64Bit = (view.Flags & ADDRESSES_64_BIT) !== 0;
    const dma = openDma(kernel, adapter, { is64Bit, maximumBytes, scatterGather: true });
    if (dma === undefined) return NDIS_STATUS.RESOURCES;
    const handle = adapterDmas(kernel).open({
      adapter,
      dma,
      processList: view.ProcessSGListHandler,
      sharedComplete: view.SharedMemAllocateCompleteHandler,
      maximumBytes,
      lists: new Map(),
    });
    view.ScatterGatherListSize = listBytes(Math.ceil(maximumBytes / PAGE_SIZE) + 1);
    kernel.mmu.write(NdisMiniportDmaHandle, 8, handle ?? NULL);
    return handle === undefined ? NDIS_STATUS.RESOURCES : NDIS_STATUS.SUCCESS;
  },
});

const NdisMDeregisterScatterGatherDma = ndisService({
  name: 'NdisMDeregisterScatterGatherDma',
  params: { NdisMiniportDmaHandle: ndisHandle },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { NdisMiniportDmaHandle }) {
    const name = 'NdisMDeregisterScatterGatherDma';
    const closed = adapterDmas(kernel).close(NdisMiniportDmaHandle);
    if (closed === undefined) {
      tellMisuse(kernel, name, 'wrong-handle');
      return;
    }
    if (closed.lists.size > 0) tellMisuse(kernel, name, 'lists-left', `${closed.lists.size}`);
    dmaAdapters(kernel).put(closed.dma.at);
  },
});

interface ListCall {
  readonly runs: readonly Run[];
  readonly buffer: Va;
  readonly bufferBytes: number;
  readonly context: Va;
  readonly entry: Va;
}

/** Builds the list in the caller's memory, or in NDIS's own where that is too small, and hands it over. */
function* giveList(kernel: Kernel, dma: AdapterDma, call: ListCall): Blocking<NtStatus> {
  const { runs, buffer, bufferBytes, entry, context } = call;
  mustReach(dma.dma, runs);
  const fits = buffer !== NULL && bufferBytes >= listBytes(runs.length);
  if (fits) writeList(kernel, dma.dma, buffer, runs);
  const list = fits ? buffer : allocateList(kernel, dma.dma, runs);
  if (list === undefined) return NDIS_STATUS.RESOURCES;
  dma.lists.set(list, !fits);
  const { subject, fdo } = dma.adapter;
  const args = [fdo, NULL, list, context];
  yield* callPlainly(kernel, { routine: 'MiniportProcessSGList', subject, entry, args });
  return NDIS_STATUS.SUCCESS;
}

const NdisMAllocateNetBufferSGList = ndisService({
  name: 'NdisMAllocateNetBufferSGList',
  params: {
    NdisMiniportDmaHandle: ndisHandle,
    NetBuffer: ptr('NET_BUFFER'),
    Context: ptr(),
    Flags: u32,
    ScatterGatherListBuffer: ptr(),
    ScatterGatherListBufferSize: u32,
  },
  returns: 'ndis-status',
  maxIrql: DISPATCH_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES],
  *run(kernel, args) {
    const dma = adapterDmas(kernel).get(args.NdisMiniportDmaHandle);
    if (dma === undefined) {
      tellMisuse(kernel, 'NdisMAllocateNetBufferSGList', 'wrong-handle');
      return NDIS_STATUS.INVALID_PARAMETER;
    }
    const { CurrentMdl, CurrentMdlOffset, DataLength } = NET_BUFFER.at(kernel.mmu, args.NetBuffer);
    // From the start of the current MDL: the miniport itself passes over CurrentMdlOffset bytes.
    const start = mdlVirtual(mdlAt(kernel, CurrentMdl));
    return yield* giveList(kernel, dma, {
      runs: runsOf(kernel, CurrentMdl, start, CurrentMdlOffset + Number(DataLength)),
      buffer: args.ScatterGatherListBuffer,
      bufferBytes: args.ScatterGatherListBufferSize,
      context: args.Context,
      entry: dma.processList,
    });
  },
});

function freeList(kernel: Kernel, service: string, dma: AdapterDma | undefined, list: Va): void {
  const isOwn = dma?.lists.get(list);
  if (dma === undefined || isOwn === undefined) {
    tellMisuse(kernel, service, dma === undefined ? 'wrong-handle' : 'not-allocated');
    return;
  }
  dma.lists.delete(list);
  if (isOwn) pool(kernel).free(list);
}

const NdisMFreeNetBufferSGList = ndisService({
  name: 'NdisMFreeNetBufferSGList',
  params: {
    NdisMiniportDmaHandle: ndisHandle,
    pSGL: ptr('SCATTER_GATHER_LIST'),
    NetBuffer: ptr('NET_BUFFER'),
  },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { NdisMiniportDmaHandle, pSGL }) {
    const dma = adapterDmas(kernel).get(NdisMiniportDmaHandle);
    freeList(kernel, 'NdisMFreeNetBufferSGList', dma, pSGL);
  },
});

const LIST_PARAMETERS = struct({
  name: 'NDIS_SCATTER_GATHER_LIST_PARAMETERS',
  size: { x64: 72, x86: 48 },
  fields: {
    Header: HEADER,
    Flags: u32,
    QueueId: u32,
    SharedMemoryUsage: u32,
    Mdl: ptr('MDL'),
    CurrentVa: ptr(),
    Length: u32,
    ProcessSGListHandler: ptr(),
    Context: ptr(),
    ScatterGatherListBuffer: ptr(),
    ScatterGatherListBufferSize: u32,
    ScatterGatherListBufferSizeNeeded: u32,
  },
});

/** The handle is the adapter's or that of its DMA registration. */
const dmaFor = (kernel: Kernel, handle: Va): AdapterDma | undefined =>
  adapterDmas(kernel).get(handle) ?? dmaOf(kernel, adapters(kernel).get(handle));

const NdisBuildScatterGatherList = ndisService({
  name: 'NdisBuildScatterGatherList',
  params: { NdisHandle: ndisHandle, SGListParameters: ptr(LIST_PARAMETERS.name) },
  returns: 'ndis-status',
  maxIrql: DISPATCH_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES],
  *run(kernel, { NdisHandle, SGListParameters }) {
    const dma = dmaFor(kernel, NdisHandle);
    if (dma === undefined) return NDIS_STATUS.INVALID_PARAMETER;
    const view = LIST_PARAMETERS.at(kernel.mmu, SGListParameters);
    const runs = runsOf(kernel, view.Mdl, view.CurrentVa, view.Length);
    const { ScatterGatherListBuffer: buffer, ScatterGatherListBufferSize: bufferBytes } = view;
    view.ScatterGatherListBufferSizeNeeded = listBytes(runs.length);
    if (buffer !== NULL && bufferBytes < listBytes(runs.length))
      return NDIS_STATUS.BUFFER_TOO_SHORT;
    const { Context: context, ProcessSGListHandler: entry } = view;
    return yield* giveList(kernel, dma, { runs, buffer, bufferBytes, context, entry });
  },
});

const NdisFreeScatterGatherList = ndisService({
  name: 'NdisFreeScatterGatherList',
  params: {
    NdisHandle: ndisHandle,
    ScatterGatherListBuffer: ptr('SCATTER_GATHER_LIST'),
    WriteToDevice: bool,
  },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { NdisHandle, ScatterGatherListBuffer }) {
    const dma = dmaFor(kernel, NdisHandle);
    freeList(kernel, 'NdisFreeScatterGatherList', dma, ScatterGatherListBuffer);
  },
});

/** x64 caches are coherent with devices. */
const NdisMGetDmaAlignment = ndisService({
  name: 'NdisMGetDmaAlignment',
  params: { MiniportAdapterHandle: ndisHandle },
  returns: 'u32',
  maxIrql: PASSIVE_LEVEL,
  run: () => 1,
});

const CACHE_LINE = 64;

const NdisGetSharedDataAlignment = ndisService({
  name: 'NdisGetSharedDataAlignment',
  params: {},
  returns: 'u32',
  maxIrql: DISPATCH_LEVEL,
  run: () => CACHE_LINE,
});

export const dmaServices: readonly Service[] = [
  NdisMRegisterScatterGatherDma,
  NdisMDeregisterScatterGatherDma,
  NdisMAllocateNetBufferSGList,
  NdisMFreeNetBufferSGList,
  NdisBuildScatterGatherList,
  NdisFreeScatterGatherList,
  NdisMGetDmaAlignment,
  NdisGetSharedDataAlignment,
];
