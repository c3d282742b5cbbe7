/** NET_BUFFERs and NET_BUFFER_LISTs in guest memory: pools, allocation, where the data of one lies. */
import { pool } from '../../kernel/ex/pool.ts';
import { runsOf } from '../../kernel/hal/scatter-gather.ts';
import { type Kernel, part } from '../../kernel/kernel.ts';
import { mdlAt, mdlVirtual } from '../../kernel/mm/mdl.ts';
import { allocateMdl, buildForNonPagedPool, freeMdl } from '../../kernel/mm/mdl-services.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { Handles } from './handles.ts';
import { tellMisuse } from './misuse.ts';
import { INFO, LIST_CONTEXT, NET_BUFFER, NET_BUFFER_LIST } from './net-buffer-layout.ts';

export interface BufferPool {
  readonly kind: 'list' | 'buffer';
  readonly protocolId: number;
  /** Lists come with a NET_BUFFER. */
  readonly withBuffer: boolean;
  readonly contextBytes: number;
  /** Buffers come with an MDL and data of this length. */
  readonly dataBytes: number;
  live: number;
}

/** Memory that was made with a NET_BUFFER and goes with it. */
interface OwnData {
  readonly mdl: Va;
  readonly data: Va;
}

/** Chains that lead back into themselves are cut here. */
export const MAX_CHAIN = 0x1_0000;
const CONTEXT_ALIGNMENT = 16;

class NetBuffers {
  readonly #kernel: Kernel;
  readonly pools: Handles<BufferPool>;
  readonly #buffers = new Map<Va, OwnData | null>();
  /** Lists and the NET_BUFFER that was made with each. */
  readonly #lists = new Map<Va, Va>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.pools = new Handles(kernel, 'NDbp');
  }

  isList(at: Va): boolean {
    return this.#lists.has(at);
  }

  makeBuffer(poolAt: Va, mdl: Va, offset: number, length: bigint): Va | undefined {
    const at = pool(this.#kernel).allocate(NET_BUFFER.bytes, 'NDnb');
    if (at === undefined) return undefined;
    const view = NET_BUFFER.at(this.#kernel.mmu, at);
    view.NdisPoolHandle = poolAt;
    this.#buffers.set(at, null);
    this.#count(poolAt, 1);
    view.MdlChain = mdl;
    setData(this.#kernel, at, offset, length);
    return at;
  }

  /** A buffer with an MDL and memory of its own. */
  makeBufferWithData(poolAt: Va): Va | undefined {
    const bytes = this.pools.get(poolAt)?.dataBytes ?? 0;
    const kernel = this.#kernel;
    const data = pool(kernel).allocate(bytes, 'NDbd');
    const mdl = data === undefined ? undefined : allocateMdl(kernel, data, bytes, false);
    if (data === undefined || mdl === undefined) return undefined;
    buildForNonPagedPool(kernel, mdl);
    const at = this.makeBuffer(poolAt, mdl, bytes, 0n);
    if (at !== undefined) this.#buffers.set(at, { mdl, data });
    return at;
  }

  freeBuffer(at: Va, service: string): void {
    const own = this.#buffers.get(at);
    if (own === undefined) {
      tellMisuse(this.#kernel, service, 'not-allocated');
      return;
    }
    this.#buffers.delete(at);
    this.#count(NET_BUFFER.at(this.#kernel.mmu, at).NdisPoolHandle, -1);
    if (own !== null) {
      freeMdl(this.#kernel, own.mdl);
      pool(this.#kernel).free(own.data);
    }
    pool(this.#kernel).free(at);
  }

  /** `contextBytes` are in use at the end of the context, `backFill` free before them. */
  makeList(poolAt: Va, contextBytes: number, backFill: number): Va | undefined {
    const at = pool(this.#kernel).allocate(NET_BUFFER_LIST.bytes, 'NDnl');
    if (at === undefined) return undefined;
    const view = NET_BUFFER_LIST.at(this.#kernel.mmu, at);
    const from = this.pools.get(poolAt);
    view.NdisPoolHandle = poolAt;
    view.NetBufferListInfo.set(INFO.PROTOCOL_ID, asPointer(from?.protocolId ?? 0));
    const reserved = (from?.contextBytes ?? 0) + contextBytes + backFill;
    if (reserved > 0) pushContext(this.#kernel, at, reserved, contextBytes);
    this.#lists.set(at, NULL);
    this.#count(poolAt, 1);
    return at;
  }

  /** The NET_BUFFER goes when the list does. */
  giveBuffer(list: Va, buffer: Va): void {
    NET_BUFFER_LIST.at(this.#kernel.mmu, list).FirstNetBuffer = buffer;
    this.#lists.set(list, buffer);
  }

  freeList(at: Va, service: string): void {
    const buffer = this.#lists.get(at);
    if (buffer === undefined) {
      tellMisuse(this.#kernel, service, 'not-allocated');
      return;
    }
    this.#lists.delete(at);
    const view = NET_BUFFER_LIST.at(this.#kernel.mmu, at);
    if (buffer !== NULL) this.freeBuffer(buffer, service);
    this.#count(view.NdisPoolHandle, -1);
    for (let i = 0; view.Context !== NULL && i < MAX_CHAIN; i++) popContext(this.#kernel, at);
    pool(this.#kernel).free(at);
  }

  #count(poolAt: Va, change: number): void {
    const from = this.pools.get(poolAt);
    if (from !== undefined) from.live += change;
  }
}

export const netBuffers = part((kernel) => new NetBuffers(kernel));

const asPointer = (value: number): Va => vaAdd(NULL, value);

export function pushContext(kernel: Kernel, list: Va, bytes: number, used: number): boolean {
  const size = Math.ceil(bytes / CONTEXT_ALIGNMENT) * CONTEXT_ALIGNMENT;
  const at = pool(kernel).allocate(LIST_CONTEXT.bytes + size, 'NDlc');
  if (at === undefined) return false;
  const view = LIST_CONTEXT.at(kernel.mmu, at);
  const owner = NET_BUFFER_LIST.at(kernel.mmu, list);
  view.Next = owner.Context;
  view.Size = size;
  view.Offset = size - used;
  owner.Context = at;
  return true;
}

export function popContext(kernel: Kernel, list: Va): void {
  const owner = NET_BUFFER_LIST.at(kernel.mmu, list);
  const at = owner.Context;
  owner.Context = LIST_CONTEXT.at(kernel.mmu, at).Next;
  pool(kernel).free(at);
}

/** Sets where the used data begins, from the start of the MDL chain, and how much it is. */
function setData(kernel: Kernel, buffer: Va, offset: number, length: bigint): void {
  const view = NET_BUFFER.at(kernel.mmu, buffer);
  view.DataOffset = offset;
  view.DataLength = vaAdd(NULL, length);
  findCurrent(kernel, buffer);
}

/** CurrentMdl and CurrentMdlOffset from DataOffset. */
export function findCurrent(kernel: Kernel, buffer: Va): void {
  const view = NET_BUFFER.at(kernel.mmu, buffer);
  let mdl = view.MdlChain;
  let offset = view.DataOffset;
  for (let i = 0; mdl !== NULL && i < MAX_CHAIN; i++) {
    const { ByteCount, Next } = mdlAt(kernel, mdl);
    if (offset < ByteCount || (offset === ByteCount && Next === NULL)) break;
    offset -= ByteCount;
    mdl = Next;
  }
  view.CurrentMdl = mdl;
  view.CurrentMdlOffset = offset;
}

/** The used bytes of a NET_BUFFER, as the device would fetch them; at most `limit`. */
export function bytesOf(kernel: Kernel, buffer: Va, limit = 0x10_0000): Uint8Array {
  const { CurrentMdl, CurrentMdlOffset, DataLength } = NET_BUFFER.at(kernel.mmu, buffer);
  if (CurrentMdl === NULL) return new Uint8Array();
  return chainBytes(kernel, CurrentMdl, CurrentMdlOffset, Math.min(limit, Number(DataLength)));
}

/** Bytes of an MDL chain from an offset in its first MDL. */
export function chainBytes(kernel: Kernel, mdl: Va, offset: number, length: number): Uint8Array {
  const start = vaAdd(mdlVirtual(mdlAt(kernel, mdl)), offset);
  const runs = runsOf(kernel, mdl, start, length);
  const bytes = new Uint8Array(runs.reduce((sum, run) => sum + run.length, 0));
  let at = 0;
  for (const run of runs) {
    bytes.set(kernel.physical.readBytes(run.physical, run.length), at);
    at += run.length;
  }
  return bytes;
}

/** Lists of a chain by their Next pointers. */
export function* listsOf(kernel: Kernel, first: Va): Generator<Va> {
  let at = first;
  for (let i = 0; at !== NULL && i < MAX_CHAIN; i++) {
    const next = NET_BUFFER_LIST.at(kernel.mmu, at).Next;
    yield at;
    at = next;
  }
}

export function* buffersOf(kernel: Kernel, list: Va): Generator<Va> {
  let at = NET_BUFFER_LIST.at(kernel.mmu, list).FirstNetBuffer;
  for (let i = 0; at !== NULL && i < MAX_CHAIN; i++) {
    yield at;
    at = NET_BUFFER.at(kernel.mmu, at).Next;
  }
}
