/** Lists cut into fragments and put together again: each describes the data of another through MDLs of its own. */
import { pool } from '../../kernel/ex/pool.ts';
import { type Kernel, part } from '../../kernel/kernel.ts';
import { mdlAt, mdlVirtual } from '../../kernel/mm/mdl.ts';
import { allocateMdl, buildForNonPagedPool, freeMdl } from '../../kernel/mm/mdl-services.ts';
import type { Service } from '../../kernel/service.ts';
import { ptr, u32 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { DISPATCH_LEVEL } from '../../units/irql.ts';
import { tellMisuse } from './misuse.ts';
import { bufferService, ndisHandle } from './ndis-service.ts';
import { NET_BUFFER, NET_BUFFER_LIST } from './net-buffer-layout.ts';
import { buffersOf, MAX_CHAIN, netBuffers } from './net-buffers.ts';

/** Used data of a NET_BUFFER, from some place in it on. */
interface Stretch {
  readonly buffer: Va;
  readonly offset: number;
  readonly length: number;
}

/** Fragments of one list; more than that is no packet. */
const MAX_FRAGMENTS = 0x1_0000;

/** What was made for one list, to be undone as a whole. */
class Parts {
  readonly buffers: Va[] = [];
  readonly #kernel: Kernel;
  readonly #mdls: Va[] = [];
  readonly #blocks: Va[] = [];

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Room in front and a buffer that shows the stretches one after the other; false when memory ran out. */
  add(poolAt: Va, stretches: readonly Stretch[], delta: number, backFill: number): boolean {
    const from = this.#mdls.length;
    const hasRoom = delta > 0 ? this.#addRoom(delta + backFill) : true;
    if (!hasRoom || !stretches.every((stretch) => this.#describe(stretch))) return false;
    const chain = this.#mdls.slice(from);
    chain.forEach((mdl, i) => {
      mdlAt(this.#kernel, mdl).Next = chain[i + 1] ?? NULL;
    });
    const length = stretches.reduce((sum, stretch) => sum + stretch.length, delta);
    const offset = delta > 0 ? backFill : 0;
    const known = netBuffers(this.#kernel);
    const at = known.makeBuffer(poolAt, chain[0] ?? NULL, offset, BigInt(length));
    if (at === undefined) return false;
    const last = this.buffers.at(-1);
    if (last !== undefined) NET_BUFFER.at(this.#kernel.mmu, last).Next = at;
    this.buffers.push(at);
    return true;
  }

  free(service: string): void {
    const kernel = this.#kernel;
    for (const buffer of this.buffers) netBuffers(kernel).freeBuffer(buffer, service);
    for (const mdl of this.#mdls) freeMdl(kernel, mdl);
    for (const block of this.#blocks) pool(kernel).free(block);
  }

  #addRoom(bytes: number): boolean {
    const block = pool(this.#kernel).allocate(bytes, 'NDfg');
    if (block === undefined) return false;
    this.#blocks.push(block);
    return this.#addMdl(block, bytes);
  }

  #addMdl(at: Va, bytes: number): boolean {
    const mdl = allocateMdl(this.#kernel, at, bytes, false);
    if (mdl === undefined) return false;
    buildForNonPagedPool(this.#kernel, mdl);
    this.#mdls.push(mdl);
    return true;
  }

  #describe({ buffer, offset, length }: Stretch): boolean {
    const view = NET_BUFFER.at(this.#kernel.mmu, buffer);
    let skip = view.CurrentMdlOffset + offset;
    let left = length;
    let from = view.CurrentMdl;
    for (let i = 0; left > 0 && from !== NULL && i < MAX_CHAIN; i++) {
      const source = mdlAt(this.#kernel, from);
      const bytes = Math.min(left, Math.max(0, source.ByteCount - skip));
      if (bytes > 0 && !this.#addMdl(vaAdd(mdlVirtual(source), skip), bytes)) return false;
      skip = Math.max(0, skip - source.ByteCount);
      left -= bytes;
      from = source.Next;
    }
    return left === 0;
  }
}

/** The lists that each of the two services made. */
const fragments = part(() => new Map<Va, Parts>());
const reassembled = part(() => new Map<Va, Parts>());

/** What of each buffer comes after `skip` bytes; nothing when one is shorter. */
function stretchesOf(kernel: Kernel, list: Va, skip: number): readonly Stretch[] | undefined {
  const stretches: Stretch[] = [];
  for (const buffer of buffersOf(kernel, list)) {
    const length = Number(NET_BUFFER.at(kernel.mmu, buffer).DataLength) - skip;
    if (length < 0) return undefined;
    stretches.push({ buffer, offset: skip, length });
  }
  return stretches;
}

/** Pieces of at most so many bytes, none across two buffers; nothing when there would be too many. */
function piecesOf(source: readonly Stretch[], most: number): readonly Stretch[] | undefined {
  const count = source.reduce((sum, { length }) => sum + Math.ceil(length / most), 0);
  return count > MAX_FRAGMENTS ? undefined : source.flatMap((stretch) => cut(stretch, most));
}

const cut = ({ buffer, offset, length }: Stretch, most: number): readonly Stretch[] =>
  Array.from({ length: Math.ceil(length / most) }, (_, i) => ({
    buffer,
    offset: offset + i * most,
    length: Math.min(most, length - i * most),
  }));

interface Wanted {
  readonly service: string;
  readonly listPool: Va;
  readonly bufferPool: Va;
  /** Bytes of used data space in front of what is described, and of unused before that. */
  readonly delta: number;
  readonly backFill: number;
  /** What each NET_BUFFER shows. */
  readonly buffers: readonly (readonly Stretch[])[];
}

/** A list with these buffers; NULL, and nothing left behind, when memory ran out. */
function allocate(kernel: Kernel, made: Map<Va, Parts>, wanted: Wanted): Va {
  const { service, listPool, bufferPool, delta, backFill } = wanted;
  const parts = new Parts(kernel);
  const isWhole = wanted.buffers.every((stretches) =>
    parts.add(bufferPool, stretches, delta, backFill),
  );
  const list = isWhole ? netBuffers(kernel).makeList(listPool, 0, 0) : undefined;
  if (list === undefined) {
    parts.free(service);
    return NULL;
  }
  NET_BUFFER_LIST.at(kernel.mmu, list).FirstNetBuffer = parts.buffers[0] ?? NULL;
  made.set(list, parts);
  return list;
}

const FRAGMENT = 'NdisAllocateFragmentNetBufferList';

const NdisAllocateFragmentNetBufferList = bufferService({
  name: FRAGMENT,
  params: {
    OriginalNetBufferList: ptr('NET_BUFFER_LIST'),
    NetBufferListPool: ndisHandle,
    NetBufferPool: ndisHandle,
    StartOffset: u32,
    MaximumLength: u32,
    DataOffsetDelta: u32,
    DataBackFill: u32,
    AllocateFragmentFlags: u32,
  },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run(kernel, args) {
    const source = stretchesOf(kernel, args.OriginalNetBufferList, args.StartOffset);
    if (source === undefined || args.MaximumLength === 0) return NULL;
    const pieces = piecesOf(source, args.MaximumLength);
    if (pieces === undefined) return NULL;
    const listPool = args.NetBufferListPool;
    return allocate(kernel, fragments(kernel), {
      service: FRAGMENT,
      listPool,
      bufferPool: args.NetBufferPool === NULL ? listPool : args.NetBufferPool,
      delta: args.DataOffsetDelta,
      backFill: args.DataBackFill,
      buffers: pieces.map((piece) => [piece]),
    });
  },
});

const REASSEMBLE = 'NdisAllocateReassembledNetBufferList';

const NdisAllocateReassembledNetBufferList = bufferService({
  name: REASSEMBLE,
  params: {
    FragmentNetBufferList: ptr('NET_BUFFER_LIST'),
    NetBufferAndNetBufferListPoolHandle: ndisHandle,
    StartOffset: u32,
    DataOffsetDelta: u32,
    DataBackFill: u32,
    AllocateReassembleFlags: u32,
  },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run(kernel, args) {
    const poolAt = args.NetBufferAndNetBufferListPoolHandle;
    const given = netBuffers(kernel).pools.get(poolAt);
    if (poolAt !== NULL && (given?.withBuffer !== true || given.dataBytes > 0)) {
      tellMisuse(kernel, REASSEMBLE, 'wrong-pool');
    }
    const source = stretchesOf(kernel, args.FragmentNetBufferList, args.StartOffset);
    if (source === undefined) return NULL;
    return allocate(kernel, reassembled(kernel), {
      service: REASSEMBLE,
      listPool: poolAt,
      bufferPool: poolAt,
      delta: args.DataOffsetDelta,
      backFill: args.DataBackFill,
      buffers: [source],
    });
  },
});

function free(kernel: Kernel, list: Va, made: Map<Va, Parts>, service: string): void {
  const parts = made.get(list);
  if (parts === undefined) {
    tellMisuse(kernel, service, 'not-allocated');
    return;
  }
  made.delete(list);
  parts.free(service);
  netBuffers(kernel).freeList(list, service);
}

const NdisFreeFragmentNetBufferList = bufferService({
  name: 'NdisFreeFragmentNetBufferList',
  params: {
    FragmentNetBufferList: ptr('NET_BUFFER_LIST'),
    DataOffsetDelta: u32,
    FreeFragmentFlags: u32,
  },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { FragmentNetBufferList }) =>
    free(kernel, FragmentNetBufferList, fragments(kernel), 'NdisFreeFragmentNetBufferList'),
});

const NdisFreeReassembledNetBufferList = bufferService({
  name: 'NdisFreeReassembledNetBufferList',
  params: {
    ReassembledNetBufferList: ptr('NET_BUFFER_LIST'),
    DataOffsetDelta: u32,
    FreeReassembleFlags: u32,
  },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { ReassembledNetBufferList }) =>
    free(kernel, ReassembledNetBufferList, reassembled(kernel), 'NdisFreeReassembledNetBufferList'),
});

export const fragmentServices: readonly Service[] = [
  NdisAllocateFragmentNetBufferList,
  NdisFreeFragmentNetBufferList,
  NdisAllocateReassembledNetBufferList,
  NdisFreeReassembledNetBufferList,
];
