/** Lookaside lists: caches of equal blocks whose structures drivers' own code reads, pops and pushes. */

import { poolTag } from '../../layout/named.ts';
import { LIST_ENTRY } from '../../layout/nt.ts';
import { ptr, reserved, sizeT, struct, u16, u32 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { APC_LEVEL, DISPATCH_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import { type Blocking, callGuest } from '../effects.ts';
import { exportAddress } from '../exports.ts';
import { type Kernel, part } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import { listInsert, listRemove } from './interlocked.ts';
import { allocateForKernel } from './pool.ts';
import { allocateByType, freePool } from './pool-services.ts';
import { slistDepth, slistPop, slistPush } from './slist.ts';

/** GENERAL_LOOKASIDE_POOL (wdm.h): LOOKASIDE_LIST_EX is this; the older lists pad it to 128 bytes. */
const GENERAL_LOOKASIDE_POOL = struct({
  name: 'GENERAL_LOOKASIDE_POOL',
  size: { x64: 96 },
  fields: {
    ListHead: reserved(16, 16),
    Depth: u16,
    MaximumDepth: u16,
    TotalAllocates: u32,
    AllocateMisses: u32,
    TotalFrees: u32,
    FreeMisses: u32,
    Type: u32,
    Tag: poolTag,
    Size: u32,
    Allocate: ptr('ALLOCATE_FUNCTION'),
    Free: ptr('FREE_FUNCTION'),
    ListEntry: LIST_ENTRY,
    LastTotalAllocates: u32,
    LastAllocateMisses: u32,
    Future: reserved(8, 4),
  },
});

/** Depths a new list begins with and may grow to (ExMinimumLookasideDepth). */
const MINIMUM_DEPTH = 4;
const MAXIMUM_DEPTH = 256;
const POOL_TYPE_PAGED = 1;
const POOL_QUOTA_FAIL_INSTEAD_OF_RAISE = 8;
const POOL_RAISE_IF_ALLOCATION_FAILURE = 16;
const LOOKASIDE_EX_RAISE_ON_FAIL = 1;
const LOOKASIDE_EX_FAIL_NO_RAISE = 2;

/** Heads of the system-wide lists of lookaside lists. */
const heads = part((kernel) => {
  const at = allocateForKernel(kernel, LIST_ENTRY.bytes, 'ExLl');
  const head = LIST_ENTRY.at(kernel.mmu, at);
  head.Flink = at;
  head.Blink = at;
  return { at };
});

interface Shape {
  readonly at: Va;
  readonly allocate: Va;
  readonly free: Va;
  readonly type: number;
  readonly size: bigint;
  readonly tag: number;
}

const ENTRY = GENERAL_LOOKASIDE_POOL.offsetOf('ListEntry');

function initialise(kernel: Kernel, { at, allocate, free, type, size, tag }: Shape): void {
  kernel.mmu.fill(at, GENERAL_LOOKASIDE_POOL.bytes, 0);
  const list = GENERAL_LOOKASIDE_POOL.at(kernel.mmu, at);
  list.Depth = MINIMUM_DEPTH;
  list.MaximumDepth = MAXIMUM_DEPTH;
  list.Type = type;
  list.Tag = tag;
  list.Size = Number(size & 0xffff_ffffn);
  list.Allocate = allocate === NULL ? exportAddress(kernel, 'ExAllocatePoolWithTag') : allocate;
  list.Free = free === NULL ? exportAddress(kernel, 'ExFreePool') : free;
  const head = heads(kernel).at;
  listInsert(kernel, vaAdd(at, ENTRY), LIST_ENTRY.at(kernel.mmu, head).Blink, head);
}

function* freeEntry(kernel: Kernel, at: Va, entry: Va): Blocking<void> {
  const { Free } = GENERAL_LOOKASIDE_POOL.at(kernel.mmu, at);
  if (Free === exportAddress(kernel, 'ExFreePool')) freePool(kernel, entry);
  else yield* callGuest(Free, [entry, at], 'LookasideFree');
}

function* flush(kernel: Kernel, at: Va): Blocking<void> {
  for (let entry = slistPop(kernel, at); entry !== NULL; entry = slistPop(kernel, at)) {
    yield* freeEntry(kernel, at, entry);
  }
}

function* remove(kernel: Kernel, at: Va): Blocking<void> {
  listRemove(kernel, vaAdd(at, ENTRY));
  yield* flush(kernel, at);
}

/** What the headers' inline code does; exported for callers that were built without it. */
function* allocateFrom(kernel: Kernel, at: Va): Blocking<Va> {
  const list = GENERAL_LOOKASIDE_POOL.at(kernel.mmu, at);
  list.TotalAllocates += 1;
  const entry = slistPop(kernel, at);
  if (entry !== NULL) return entry;
  list.AllocateMisses += 1;
  const { Allocate, Type, Size, Tag } = list;
  if (Allocate === exportAddress(kernel, 'ExAllocatePoolWithTag')) {
    return allocateByType(kernel, Type, BigInt(Size), Tag);
  }
  const args = [BigInt(Type), BigInt(Size), BigInt(Tag), at];
  return vaAdd(NULL, yield* callGuest(Allocate, args, 'LookasideAllocate'));
}

function* freeTo(kernel: Kernel, at: Va, entry: Va): Blocking<void> {
  const list = GENERAL_LOOKASIDE_POOL.at(kernel.mmu, at);
  list.TotalFrees += 1;
  if (slistDepth(kernel, at) < list.Depth) {
    slistPush(kernel, at, entry);
    return;
  }
  list.FreeMisses += 1;
  yield* freeEntry(kernel, at, entry);
}

const initialiser = (name: string, doc: string, base: number, maxIrql: number): Service =>
  service({
    name,
    doc,
    params: {
      Lookaside: ptr('GENERAL_LOOKASIDE'),
      Allocate: ptr('ALLOCATE_FUNCTION'),
      Free: ptr('FREE_FUNCTION'),
      Flags: u32,
      Size: sizeT,
      Tag: poolTag,
      Depth: u16,
    },
    returns: 'void',
    maxIrql,
    run: (kernel, args) =>
      initialise(kernel, {
        at: args.Lookaside,
        allocate: args.Allocate,
        free: args.Free,
        type: base | args.Flags,
        size: args.Size,
        tag: args.Tag,
      }),
  });

const byList = (
  name: string,
  doc: string,
  maxIrql: number,
  run: (kernel: Kernel, at: Va) => Blocking<Va | void>,
): Service =>
  service({
    name,
    doc: `wdm/nf-wdm-${doc}`,
    params: { Lookaside: ptr('GENERAL_LOOKASIDE') },
    returns: name.startsWith('ExAllocate') ? 'pointer' : 'void',
    maxIrql,
    mayFail: name.startsWith('ExAllocate') ? ['null'] : [],
    run: (kernel, args) => run(kernel, args.Lookaside),
  });

const freer = (name: string, doc: string, maxIrql: number): Service =>
  service({
    name,
    doc: `wdm/nf-wdm-${doc}`,
    params: { Lookaside: ptr('GENERAL_LOOKASIDE'), Entry: ptr() },
    returns: 'void',
    maxIrql,
    run: (kernel, args) => freeTo(kernel, args.Lookaside, args.Entry),
  });

/** POOL_TYPE values that ExInitializeLookasideListEx takes: plain, Nx and cache-aligned kinds. */
const POOL_TYPE_KNOWN = 0x205;

const ExInitializeLookasideListEx = service({
  name: 'ExInitializeLookasideListEx',
  doc: 'wdm/nf-wdm-exinitializelookasidelistex',
  params: {
    Lookaside: ptr('LOOKASIDE_LIST_EX'),
    Allocate: ptr('ALLOCATE_FUNCTION_EX'),
    Free: ptr('FREE_FUNCTION_EX'),
    PoolType: u32,
    Flags: u32,
    Size: sizeT,
    Tag: poolTag,
    Depth: u16,
  },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, args): NtStatus {
    if ((args.PoolType & ~POOL_TYPE_KNOWN) !== 0) return STATUS.INVALID_PARAMETER_4;
    if (args.Flags > LOOKASIDE_EX_FAIL_NO_RAISE) return STATUS.INVALID_PARAMETER_5;
    const raise = args.Flags === LOOKASIDE_EX_RAISE_ON_FAIL ? POOL_RAISE_IF_ALLOCATION_FAILURE : 0;
    const quota = args.Flags === LOOKASIDE_EX_FAIL_NO_RAISE ? POOL_QUOTA_FAIL_INSTEAD_OF_RAISE : 0;
    initialise(kernel, {
      at: args.Lookaside,
      allocate: args.Allocate,
      free: args.Free,
      type: args.PoolType | raise | quota,
      size: args.Size,
      tag: args.Tag,
    });
    return STATUS.SUCCESS;
  },
});

export const lookasideServices: readonly Service[] = [
  initialiser(
    'ExInitializeNPagedLookasideList',
    'wdm/nf-wdm-exinitializenpagedlookasidelist',
    0,
    DISPATCH_LEVEL,
  ),
  initialiser(
    'ExInitializePagedLookasideList',
    'wdm/nf-wdm-exinitializepagedlookasidelist',
    POOL_TYPE_PAGED,
    APC_LEVEL,
  ),
  ExInitializeLookasideListEx,
  byList('ExDeleteNPagedLookasideList', 'exdeletenpagedlookasidelist', DISPATCH_LEVEL, remove),
  byList('ExDeletePagedLookasideList', 'exdeletepagedlookasidelist', APC_LEVEL, remove),
  byList('ExDeleteLookasideListEx', 'exdeletelookasidelistex', DISPATCH_LEVEL, remove),
  byList('ExFlushLookasideListEx', 'exflushlookasidelistex', DISPATCH_LEVEL, flush),
  byList(
    'ExAllocateFromNPagedLookasideList',
    'exallocatefromnpagedlookasidelist',
    DISPATCH_LEVEL,
    allocateFrom,
  ),
  byList(
    'ExAllocateFromPagedLookasideList',
    'exallocatefrompagedlookasidelist',
    APC_LEVEL,
    allocateFrom,
  ),
  byList(
    'ExAllocateFromLookasideListEx',
    'exallocatefromlookasidelistex',
    DISPATCH_LEVEL,
    allocateFrom,
  ),
  freer('ExFreeToNPagedLookasideList', 'exfreetonpagedlookasidelist', DISPATCH_LEVEL),
  freer('ExFreeToPagedLookasideList', 'exfreetopagedlookasidelist', APC_LEVEL),
  freer('ExFreeToLookasideListEx', 'exfreetolookasidelistex', DISPATCH_LEVEL),
];
