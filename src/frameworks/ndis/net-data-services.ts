/** The data of NET_BUFFERs: where it starts, looked at in one piece, copied. */
import { type Blocking, callGuest } from '../../kernel/effects.ts';
import { pool } from '../../kernel/ex/pool.ts';
import { type Kernel, part } from '../../kernel/kernel.ts';
import { MDL_FLAG, mdlAt, mdlPages } from '../../kernel/mm/mdl.ts';
import { allocateMdl, buildForNonPagedPool, freeMdl } from '../../kernel/mm/mdl-services.ts';
import type { Service } from '../../kernel/service.ts';
import { bool, ptr, u32 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { DISPATCH_LEVEL, HIGH_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import type { NtStatus } from '../../units/status.ts';
import { bufferService } from './ndis-service.ts';
import { MAX_INFO, NET_BUFFER, NET_BUFFER_LIST } from './net-buffer-layout.ts';
import { buffersOf, chainBytes, findCurrent, MAX_CHAIN } from './net-buffers.ts';

/** MDLs that NDIS put before a chain, with the memory they describe. */
const backFills = part(() => new Map<Va, Va>());

/** Where system code sees the MDL's bytes, for one that is mapped or of nonpaged pool. */
function systemAddress(kernel: Kernel, at: Va): Va | undefined {
  const { MdlFlags, MappedSystemVa } = mdlAt(kernel, at);
  const isThere = MdlFlags & (MDL_FLAG.MAPPED_TO_SYSTEM_VA | MDL_FLAG.SOURCE_IS_NONPAGED_POOL);
  return isThere === 0 ? undefined : MappedSystemVa;
}

const NdisGetDataBuffer = bufferService({
  name: 'NdisGetDataBuffer',
  params: {
    NetBuffer: ptr('NET_BUFFER'),
    BytesNeeded: u32,
    Storage: ptr(),
    AlignMultiple: u32,
    AlignOffset: u32,
  },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run(kernel, { NetBuffer, BytesNeeded, Storage, AlignMultiple, AlignOffset }) {
    const view = NET_BUFFER.at(kernel.mmu, NetBuffer);
    if (view.DataLength < BigInt(BytesNeeded) || view.CurrentMdl === NULL) return NULL;
    const { CurrentMdl, CurrentMdlOffset } = view;
    const base = systemAddress(kernel, CurrentMdl);
    const left = mdlAt(kernel, CurrentMdl).ByteCount - CurrentMdlOffset;
    if (base !== undefined && left >= BytesNeeded) {
      const at = vaAdd(base, CurrentMdlOffset);
      if (AlignMultiple <= 1 || at % BigInt(AlignMultiple) === BigInt(AlignOffset)) return at;
    }
    if (Storage === NULL) return NULL;
    const bytes = chainBytes(kernel, CurrentMdl, CurrentMdlOffset, BytesNeeded);
    kernel.mmu.writeBytes(Storage, bytes);
    return Storage;
  },
});

/** Room before the data: the unused part of the first MDL, or an MDL more. */
function* retreat(
  kernel: Kernel,
  buffer: Va,
  delta: number,
  backFill: number,
  allocator: Va,
): Blocking<NtStatus> {
  const view = NET_BUFFER.at(kernel.mmu, buffer);
  if (view.DataOffset < delta) {
    const bytes = delta - view.DataOffset + backFill;
    const mdl =
      allocator === NULL ? newMdl(kernel, bytes) : yield* askForMdl(kernel, allocator, bytes);
    if (mdl === undefined || mdl === NULL) return NDIS_STATUS.RESOURCES;
    const added = mdlAt(kernel, mdl);
    added.Next = view.MdlChain;
    view.MdlChain = mdl;
    view.DataOffset += added.ByteCount;
  }
  view.DataOffset -= delta;
  view.DataLength = vaAdd(view.DataLength, delta);
  findCurrent(kernel, buffer);
  return NDIS_STATUS.SUCCESS;
}

function newMdl(kernel: Kernel, bytes: number): Va | undefined {
  const data = pool(kernel).allocate(bytes, 'NDbf');
  const mdl = data === undefined ? undefined : allocateMdl(kernel, data, bytes, false);
  if (data === undefined || mdl === undefined) return undefined;
  buildForNonPagedPool(kernel, mdl);
  backFills(kernel).set(mdl, data);
  return mdl;
}

/** NET_BUFFER_ALLOCATE_MDL may give more than it is asked for. */
function* askForMdl(kernel: Kernel, allocator: Va, bytes: number): Blocking<Va | undefined> {
  const at = pool(kernel).allocate(4, 'NDbl');
  if (at === undefined) return undefined;
  kernel.mmu.write(at, 4, BigInt(bytes));
  const mdl = vaAdd(NULL, yield* callGuest(allocator, [at], 'NetAllocateMdl'));
  pool(kernel).free(at);
  return mdl;
}

function* advance(
  kernel: Kernel,
  buffer: Va,
  delta: number,
  freeMdls: boolean,
  releaser: Va,
): Blocking<void> {
  const view = NET_BUFFER.at(kernel.mmu, buffer);
  view.DataOffset += delta;
  view.DataLength = vaAdd(view.DataLength, -delta);
  for (let i = 0; freeMdls && i < MAX_CHAIN && view.MdlChain !== NULL; i++) {
    const first = view.MdlChain;
    const { ByteCount, Next } = mdlAt(kernel, first);
    const isOurs = releaser !== NULL || backFills(kernel).has(first);
    if (view.DataOffset < ByteCount || !isOurs) break;
    view.MdlChain = Next;
    view.DataOffset -= ByteCount;
    if (releaser !== NULL) yield* callGuest(releaser, [first], 'NetFreeMdl');
    else freeBackFill(kernel, first);
  }
  findCurrent(kernel, buffer);
}

function freeBackFill(kernel: Kernel, mdl: Va): void {
  const data = backFills(kernel).get(mdl);
  backFills(kernel).delete(mdl);
  freeMdl(kernel, mdl);
  if (data !== undefined) pool(kernel).free(data);
}

const NdisRetreatNetBufferDataStart = bufferService({
  name: 'NdisRetreatNetBufferDataStart',
  params: {
    NetBuffer: ptr('NET_BUFFER'),
    DataOffsetDelta: u32,
    DataBackFill: u32,
    AllocateMdlHandler: ptr('NET_BUFFER_ALLOCATE_MDL'),
  },
  returns: 'ndis-status',
  maxIrql: DISPATCH_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES],
  run: (kernel, { NetBuffer, DataOffsetDelta, DataBackFill, AllocateMdlHandler }) =>
    retreat(kernel, NetBuffer, DataOffsetDelta, DataBackFill, AllocateMdlHandler),
});

const NdisAdvanceNetBufferDataStart = bufferService({
  name: 'NdisAdvanceNetBufferDataStart',
  params: {
    NetBuffer: ptr('NET_BUFFER'),
    DataOffsetDelta: u32,
    FreeMdl: bool,
    FreeMdlHandler: ptr('NET_BUFFER_FREE_MDL'),
  },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  *run(kernel, { NetBuffer, DataOffsetDelta, FreeMdl, FreeMdlHandler }) {
    yield* advance(kernel, NetBuffer, DataOffsetDelta, FreeMdl, FreeMdlHandler);
    return undefined;
  },
});

const NdisRetreatNetBufferListDataStart = bufferService({
  name: 'NdisRetreatNetBufferListDataStart',
  params: {
    NetBufferList: ptr('NET_BUFFER_LIST'),
    DataOffsetDelta: u32,
    DataBackFill: u32,
    AllocateMdlHandler: ptr('NET_BUFFER_ALLOCATE_MDL'),
    FreeMdlHandler: ptr('NET_BUFFER_FREE_MDL'),
  },
  returns: 'ndis-status',
  maxIrql: DISPATCH_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES],
  *run(kernel, args) {
    const { NetBufferList, DataOffsetDelta, DataBackFill, AllocateMdlHandler } = args;
    const done: Va[] = [];
    for (const buffer of [...buffersOf(kernel, NetBufferList)]) {
      const status = yield* retreat(
        kernel,
        buffer,
        DataOffsetDelta,
        DataBackFill,
        AllocateMdlHandler,
      );
      if (status !== NDIS_STATUS.SUCCESS) {
        for (const before of done)
          yield* advance(kernel, before, DataOffsetDelta, true, args.FreeMdlHandler);
        return status;
      }
      done.push(buffer);
    }
    return NDIS_STATUS.SUCCESS;
  },
});

const NdisAdvanceNetBufferListDataStart = bufferService({
  name: 'NdisAdvanceNetBufferListDataStart',
  params: {
    NetBufferList: ptr('NET_BUFFER_LIST'),
    DataOffsetDelta: u32,
    FreeMdl: bool,
    FreeMdlHandler: ptr('NET_BUFFER_FREE_MDL'),
  },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  *run(kernel, { NetBufferList, DataOffsetDelta, FreeMdl, FreeMdlHandler }) {
    for (const buffer of [...buffersOf(kernel, NetBufferList)])
      yield* advance(kernel, buffer, DataOffsetDelta, FreeMdl, FreeMdlHandler);
    return undefined;
  },
});

const NdisAdjustNetBufferCurrentMdl = bufferService({
  name: 'NdisAdjustNetBufferCurrentMdl',
  params: { NetBuffer: ptr('NET_BUFFER') },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { NetBuffer }) => findCurrent(kernel, NetBuffer),
});

/** Pages that the used data touches, MDL by MDL. */
const NdisQueryNetBufferPhysicalCount = bufferService({
  name: 'NdisQueryNetBufferPhysicalCount',
  params: { NetBuffer: ptr('NET_BUFFER') },
  returns: 'u32',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { NetBuffer }) {
    const view = NET_BUFFER.at(kernel.mmu, NetBuffer);
    let mdl = view.CurrentMdl;
    let left = Number(view.DataLength) + view.CurrentMdlOffset;
    let pages = 0;
    for (let i = 0; mdl !== NULL && left > 0 && i < MAX_CHAIN; i++) {
      const current = mdlAt(kernel, mdl);
      pages += mdlPages(current);
      left -= current.ByteCount;
      mdl = current.Next;
    }
    return pages;
  },
});

/** Writes into the used data of a buffer through the system addresses of its MDLs; gives the bytes written. */
function writeInto(kernel: Kernel, buffer: Va, offset: number, bytes: Uint8Array): number {
  const view = NET_BUFFER.at(kernel.mmu, buffer);
  let mdl = view.CurrentMdl;
  let skip = view.CurrentMdlOffset + offset;
  let done = 0;
  for (let i = 0; mdl !== NULL && done < bytes.length && i < MAX_CHAIN; i++) {
    const { ByteCount, Next } = mdlAt(kernel, mdl);
    const count = Math.min(bytes.length - done, Math.max(0, ByteCount - skip));
    const base = systemAddress(kernel, mdl);
    if (count > 0) {
      if (base === undefined) break;
      kernel.mmu.writeBytes(vaAdd(base, skip), bytes.subarray(done, done + count));
    }
    done += count;
    skip = Math.max(0, skip - ByteCount);
    mdl = Next;
  }
  return done;
}

const NdisCopyFromNetBufferToNetBuffer = bufferService({
  name: 'NdisCopyFromNetBufferToNetBuffer',
  params: {
    Destination: ptr('NET_BUFFER'),
    DestinationOffset: u32,
    BytesToCopy: u32,
    Source: ptr('NET_BUFFER'),
    SourceOffset: u32,
    BytesCopied: ptr('ULONG'),
  },
  returns: 'ndis-status',
  maxIrql: DISPATCH_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES],
  run(kernel, args) {
    const { Destination, DestinationOffset, BytesToCopy, Source, SourceOffset } = args;
    const from = NET_BUFFER.at(kernel.mmu, Source);
    const length = Math.max(0, Math.min(BytesToCopy, Number(from.DataLength) - SourceOffset));
    const room = Number(NET_BUFFER.at(kernel.mmu, Destination).DataLength) - DestinationOffset;
    const wanted = Math.max(0, Math.min(length, room));
    const bytes =
      wanted === 0
        ? new Uint8Array()
        : chainBytes(kernel, from.CurrentMdl, from.CurrentMdlOffset + SourceOffset, wanted);
    const copied = writeInto(kernel, Destination, DestinationOffset, bytes);
    kernel.mmu.write(args.BytesCopied, 4, BigInt(copied));
    return copied === wanted ? NDIS_STATUS.SUCCESS : NDIS_STATUS.RESOURCES;
  },
});

const copyInfo = (name: string): Service =>
  bufferService({
    name,
    params: { DestNetBufferList: ptr('NET_BUFFER_LIST'), SrcNetBufferList: ptr('NET_BUFFER_LIST') },
    returns: 'void',
    maxIrql: DISPATCH_LEVEL,
    run(kernel, { DestNetBufferList, SrcNetBufferList }) {
      const from = NET_BUFFER_LIST.at(kernel.mmu, SrcNetBufferList).NetBufferListInfo;
      const to = NET_BUFFER_LIST.at(kernel.mmu, DestNetBufferList).NetBufferListInfo;
      for (let i = 0; i < MAX_INFO; i++) to.set(i, from.get(i));
    },
  });

export const netDataServices: readonly Service[] = [
  NdisGetDataBuffer,
  NdisRetreatNetBufferDataStart,
  NdisAdvanceNetBufferDataStart,
  NdisRetreatNetBufferListDataStart,
  NdisAdvanceNetBufferListDataStart,
  NdisAdjustNetBufferCurrentMdl,
  NdisQueryNetBufferPhysicalCount,
  NdisCopyFromNetBufferToNetBuffer,
  copyInfo('NdisCopySendNetBufferListInfo'),
  copyInfo('NdisCopyReceiveNetBufferListInfo'),
];
