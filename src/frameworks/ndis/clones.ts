/** Clones of NET_BUFFER_LISTs: lists of their own that describe the data of another. */

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

/** NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS. */
const USE_ORIGINAL_MDLS = 2;

/** What was made for each clone. */
interface Made {
  readonly buffers: readonly Va[];
  readonly mdls: readonly Va[];
}

const clones = part(() => new Map<Va, Made>());

/** MDLs over the used part of the original's, which are longer at both ends. */
function describeAgain(kernel: Kernel, original: Va): readonly Va[] | undefined {
  const view = NET_BUFFER.at(kernel.mmu, original);
  const made: Va[] = [];
  let left = Number(view.DataLength);
  let offset = view.CurrentMdlOffset;
  let from = view.CurrentMdl;
  for (let i = 0; left > 0 && from !== NULL && i < MAX_CHAIN; i++) {
    const source = mdlAt(kernel, from);
    const bytes = Math.min(left, source.ByteCount - offset);
    const at = allocateMdl(kernel, vaAdd(mdlVirtual(source), offset), bytes, false);
    if (at === undefined) break;
    buildForNonPagedPool(kernel, at);
    const last = made.at(-1);
    if (last !== undefined) mdlAt(kernel, last).Next = at;
    made.push(at);
    left -= bytes;
    offset = 0;
    from = source.Next;
  }
  if (left === 0) return made;
  for (const mdl of made) freeMdl(kernel, mdl);
  return undefined;
}

class Cloning {
  readonly buffers: Va[] = [];
  readonly mdls: Va[] = [];
  readonly #kernel: Kernel;
  readonly #pool: Va;

  constructor(kernel: Kernel, pool: Va) {
    this.#kernel = kernel;
    this.#pool = pool;
  }

  /** False when memory ran out. */
  add(original: Va, keepMdls: boolean): boolean {
    const view = NET_BUFFER.at(this.#kernel.mmu, original);
    const own = keepMdls ? [] : describeAgain(this.#kernel, original);
    if (own === undefined) return false;
    this.mdls.push(...own);
    const mdl = keepMdls ? view.MdlChain : (own[0] ?? NULL);
    const offset = keepMdls ? view.DataOffset : 0;
    const { DataLength } = view;
    const made = netBuffers(this.#kernel).makeBuffer(this.#pool, mdl, offset, DataLength);
    if (made === undefined) return false;
    const last = this.buffers.at(-1);
    if (last !== undefined) NET_BUFFER.at(this.#kernel.mmu, last).Next = made;
    this.buffers.push(made);
    return true;
  }

  undo(service: string): void {
    for (const buffer of this.buffers) netBuffers(this.#kernel).freeBuffer(buffer, service);
    for (const mdl of this.mdls) freeMdl(this.#kernel, mdl);
  }
}

const CLONE = 'NdisAllocateCloneNetBufferList';

const NdisAllocateCloneNetBufferList = bufferService({
  name: CLONE,
  params: {
    OriginalNetBufferList: ptr('NET_BUFFER_LIST'),
    NetBufferListPoolHandle: ndisHandle,
    NetBufferPoolHandle: ndisHandle,
    AllocateCloneFlags: u32,
  },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run(kernel, args) {
    const known = netBuffers(kernel);
    const poolAt =
      args.NetBufferPoolHandle === NULL ? args.NetBufferListPoolHandle : args.NetBufferPoolHandle;
    const cloning = new Cloning(kernel, poolAt);
    const keeps = (args.AllocateCloneFlags & USE_ORIGINAL_MDLS) !== 0;
    const originals = [...buffersOf(kernel, args.OriginalNetBufferList)];
    const isWhole = originals.every((original) => cloning.add(original, keeps));
    const list = isWhole ? known.makeList(args.NetBufferListPoolHandle, 0, 0) : undefined;
    if (list === undefined) {
      cloning.undo(CLONE);
      return NULL;
    }
    const view = NET_BUFFER_LIST.at(kernel.mmu, list);
    view.FirstNetBuffer = cloning.buffers[0] ?? NULL;
    clones(kernel).set(list, cloning);
    return list;
  },
});

const NdisFreeCloneNetBufferList = bufferService({
  name: 'NdisFreeCloneNetBufferList',
  params: { CloneNetBufferList: ptr('NET_BUFFER_LIST'), FreeCloneFlags: u32 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { CloneNetBufferList }) {
    const service = 'NdisFreeCloneNetBufferList';
    const made = clones(kernel).get(CloneNetBufferList);
    if (made === undefined) {
      tellMisuse(kernel, service, 'not-allocated');
      return;
    }
    clones(kernel).delete(CloneNetBufferList);
    for (const buffer of made.buffers) netBuffers(kernel).freeBuffer(buffer, service);
    for (const mdl of made.mdls) freeMdl(kernel, mdl);
    netBuffers(kernel).freeList(CloneNetBufferList, service);
  },
});

export const cloneServices: readonly Service[] = [
  NdisAllocateCloneNetBufferList,
  NdisFreeCloneNetBufferList,
];
