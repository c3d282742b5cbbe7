/** ExAllocatePool and its many descendants, and ExFreePool. */

import { poolTag } from '../../layout/named.ts';
import { bool, ptr, sizeT, u32, u64 } from '../../layout/struct.ts';
import { NONPAGED_POOL, PAGED_POOL, SYSTEM_RANGE_START } from '../../memory/address-map.ts';
import { NULL, PAGE_SIZE, type Va, vaAdd } from '../../units/address.ts';
import { APC_LEVEL, DISPATCH_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import type { Blocking } from '../effects.ts';
import { bugCheck } from '../end.ts';
import { raiseStatus } from '../ke/raise.ts';
import type { Kernel } from '../kernel.ts';
import { noteFreedAsPool } from '../mm/mdls.ts';
import { type Service, service } from '../service.ts';
import { type PoolKind, pool } from './pool.ts';

const BAD_POOL_CALLER = 0xc2;

/** POOL_TYPE (wdm.h): base type in the low bits, then modifiers. */
const POOL_TYPE_PAGED = 1;
const POOL_TYPE_MUST_SUCCEED = 2;
const POOL_TYPE_CACHE_ALIGNED = 4;
const POOL_QUOTA_FAIL_INSTEAD_OF_RAISE = 8;
const POOL_RAISE_IF_ALLOCATION_FAILURE = 16;
const POOL_NX_ALLOCATION = 512;
const POOL_ZERO_ALLOCATION = 1024;

/** POOL_FLAGS (wdm.h) of ExAllocatePool2 and 3. */
const POOL_FLAG_UNINITIALIZED = 0x2n;
const POOL_FLAG_CACHE_ALIGNED = 0x8n;
const POOL_FLAG_RAISE_ON_FAILURE = 0x20n;
const POOL_FLAG_NON_PAGED = 0x40n;
const POOL_FLAG_NON_PAGED_EXECUTE = 0x80n;
const POOL_FLAG_PAGED = 0x100n;
const POOL_FLAG_KINDS = POOL_FLAG_NON_PAGED | POOL_FLAG_NON_PAGED_EXECUTE | POOL_FLAG_PAGED;
const POOL_FLAG_KNOWN = 0x3ffn;
/** Flags of the upper half are optional: unknown ones are ignored. */
const POOL_FLAG_REQUIRED_MASK = 0xffff_ffffn;

const CACHE_LINE = 64;
/** What memory holds that nobody has written: not zero, and no valid pointer. */
const UNINITIALIZED_BYTE = 0xa5;
/** Tag of blocks from ExAllocatePool, which takes none ('None'). */
const NO_TAG = 0x656e6f4e;

/** A tag as tools print it: its bytes in memory order. */
const tagText = (tag: number): string =>
  String.fromCharCode(tag & 0xff, (tag >> 8) & 0xff, (tag >> 16) & 0xff, (tag >> 24) & 0xff);

const tagValue = (text: string): number =>
  [0, 1, 2, 3].reduce((value, i) => value + (text.charCodeAt(i) || 0) * 256 ** i, 0);

interface Request {
  readonly kind: PoolKind;
  readonly bytes: bigint;
  readonly tag: number;
  readonly zero: boolean;
  readonly cacheAligned: boolean;
}

function take(kernel: Kernel, request: Request): Va {
  const bytes = Number(request.bytes);
  const at = pool(kernel).allocate(
    bytes,
    tagText(request.tag),
    request.kind,
    true,
    request.cacheAligned ? CACHE_LINE : undefined,
  );
  if (at === undefined) return NULL;
  if (!request.zero) kernel.mmu.fill(at, bytes, UNINITIALIZED_BYTE);
  return at;
}

const kindOf = (type: number): PoolKind => {
  if ((type & POOL_TYPE_PAGED) !== 0) return 'paged';
  return (type & POOL_NX_ALLOCATION) !== 0 ? 'nonpaged' : 'nonpaged-execute';
};

export function allocateByType(kernel: Kernel, type: number, bytes: bigint, tag: number): Va {
  if ((type & POOL_TYPE_MUST_SUCCEED) !== 0) {
    bugCheck(BAD_POOL_CALLER, [0x9an, BigInt(type), bytes, BigInt(tag)], 'must-succeed pool');
  }
  return take(kernel, {
    kind: kindOf(type),
    bytes,
    tag,
    zero: (type & POOL_ZERO_ALLOCATION) !== 0,
    cacheAligned: (type & POOL_TYPE_CACHE_ALIGNED) !== 0,
  });
}

function* orRaise(kernel: Kernel, at: Va, raise: boolean): Blocking<Va> {
  if (at === NULL && raise) yield* raiseStatus(kernel, STATUS.INSUFFICIENT_RESOURCES);
  return at;
}

const irqlOfType = (_kernel: Kernel, { PoolType }: { readonly PoolType: number }): number =>
  (PoolType & POOL_TYPE_PAGED) !== 0 ? APC_LEVEL : DISPATCH_LEVEL;

const ExAllocatePool = service({
  name: 'ExAllocatePool',
  doc: 'wdm/nf-wdm-exallocatepool',
  params: { PoolType: u32, NumberOfBytes: sizeT },
  returns: 'pointer',
  maxIrql: irqlOfType,
  mayFail: ['null'],
  *run(kernel, { PoolType, NumberOfBytes }) {
    const at = allocateByType(kernel, PoolType, NumberOfBytes, NO_TAG);
    return yield* orRaise(kernel, at, (PoolType & POOL_RAISE_IF_ALLOCATION_FAILURE) !== 0);
  },
});

const withTag = (name: string, doc: string, zero = false): Service =>
  service({
    name,
    doc,
    params: { PoolType: u32, NumberOfBytes: sizeT, Tag: poolTag },
    returns: 'pointer',
    maxIrql: irqlOfType,
    mayFail: ['null'],
    *run(kernel, { PoolType, NumberOfBytes, Tag }) {
      const type = zero ? PoolType | POOL_ZERO_ALLOCATION : PoolType;
      const at = allocateByType(kernel, type, NumberOfBytes, Tag);
      return yield* orRaise(kernel, at, (PoolType & POOL_RAISE_IF_ALLOCATION_FAILURE) !== 0);
    },
  });

const ExAllocatePoolWithTagPriority = service({
  name: 'ExAllocatePoolWithTagPriority',
  doc: 'wdm/nf-wdm-exallocatepoolwithtagpriority',
  params: { PoolType: u32, NumberOfBytes: sizeT, Tag: poolTag, Priority: u32 },
  returns: 'pointer',
  maxIrql: irqlOfType,
  mayFail: ['null'],
  *run(kernel, { PoolType, NumberOfBytes, Tag }) {
    const at = allocateByType(kernel, PoolType, NumberOfBytes, Tag);
    return yield* orRaise(kernel, at, (PoolType & POOL_RAISE_IF_ALLOCATION_FAILURE) !== 0);
  },
});

/** Quota is the system process's, which has no limit; failure raises unless the type says otherwise. */
const withQuota = (name: string, doc: string, tagged: boolean): Service =>
  service({
    name,
    doc,
    params: tagged
      ? { PoolType: u32, NumberOfBytes: sizeT, Tag: poolTag }
      : { PoolType: u32, NumberOfBytes: sizeT },
    returns: 'pointer',
    maxIrql: (kernel, args) => irqlOfType(kernel, args),
    *run(kernel, args) {
      const tag = 'Tag' in args && typeof args.Tag === 'number' ? args.Tag : NO_TAG;
      const at = allocateByType(kernel, args.PoolType, args.NumberOfBytes, tag);
      return yield* orRaise(kernel, at, (args.PoolType & POOL_QUOTA_FAIL_INSTEAD_OF_RAISE) === 0);
    },
  });

const irqlOfFlags = (_kernel: Kernel, { Flags }: { readonly Flags: bigint }): number =>
  (Flags & POOL_FLAG_PAGED) !== 0n ? APC_LEVEL : DISPATCH_LEVEL;

function* allocateByFlags(kernel: Kernel, flags: bigint, bytes: bigint, tag: number): Blocking<Va> {
  const raise = (flags & POOL_FLAG_RAISE_ON_FAILURE) !== 0n;
  const kind = flags & POOL_FLAG_KINDS;
  const unknown = flags & POOL_FLAG_REQUIRED_MASK & ~POOL_FLAG_KNOWN;
  const oneKind = kind !== 0n && (kind & (kind - 1n)) === 0n;
  if (!oneKind || unknown !== 0n || tag === 0 || bytes === 0n) {
    if (raise) yield* raiseStatus(kernel, STATUS.INVALID_PARAMETER);
    return NULL;
  }
  const at = take(kernel, {
    kind: kindOfFlag(kind),
    bytes,
    tag,
    zero: (flags & POOL_FLAG_UNINITIALIZED) === 0n,
    cacheAligned: (flags & POOL_FLAG_CACHE_ALIGNED) !== 0n,
  });
  return yield* orRaise(kernel, at, raise);
}

const kindOfFlag = (flag: bigint): PoolKind => {
  if (flag === POOL_FLAG_PAGED) return 'paged';
  return flag === POOL_FLAG_NON_PAGED ? 'nonpaged' : 'nonpaged-execute';
};

const ExAllocatePool2 = service({
  name: 'ExAllocatePool2',
  doc: 'wdm/nf-wdm-exallocatepool2',
  params: { Flags: u64, NumberOfBytes: sizeT, Tag: poolTag },
  returns: 'pointer',
  maxIrql: irqlOfFlags,
  mayFail: ['null'],
  run: (kernel, { Flags, NumberOfBytes, Tag }) =>
    allocateByFlags(kernel, Flags, NumberOfBytes, Tag),
});

/** POOL_EXTENDED_PARAMETER: type in the low byte, bit 8 optional, then a value (wdm.h). */
const PARAMETER_BYTES = 16;
const PARAMETER_OPTIONAL = 0x100n;
const PARAMETER_PRIORITY = 1n;
const PARAMETER_NUMA_NODE = 3n;

/** Priority and preferred node change nothing on this machine; secure pools do not exist. */
function hasUnknownParameter(kernel: Kernel, at: Va, count: number): boolean {
  for (let i = 0; i < count; i++) {
    const word = kernel.mmu.read(vaAdd(at, i * PARAMETER_BYTES), 8);
    const type = word & 0xffn;
    const known = type === PARAMETER_PRIORITY || type === PARAMETER_NUMA_NODE;
    if (!known && (word & PARAMETER_OPTIONAL) === 0n) return true;
  }
  return false;
}

const ExAllocatePool3 = service({
  name: 'ExAllocatePool3',
  doc: 'wdm/nf-wdm-exallocatepool3',
  params: {
    Flags: u64,
    NumberOfBytes: sizeT,
    Tag: poolTag,
    ExtendedParameters: ptr('POOL_EXTENDED_PARAMETER'),
    ExtendedParametersCount: u32,
  },
  returns: 'pointer',
  maxIrql: irqlOfFlags,
  mayFail: ['null'],
  *run(kernel, { Flags, NumberOfBytes, Tag, ExtendedParameters, ExtendedParametersCount }) {
    if (hasUnknownParameter(kernel, ExtendedParameters, ExtendedParametersCount)) return NULL;
    return yield* allocateByFlags(kernel, Flags, NumberOfBytes, Tag);
  },
});

/**
 * Frees a block; what is none stops the machine as BAD_POOL_CALLER, and so does another tag than
 * the driver's own when it allocated the block.
 */
export function freePool(kernel: Kernel, at: Va, tag = 0): void {
  const memory = pool(kernel);
  const block = memory.block(at);
  if (block === undefined) badFree(kernel, at);
  if (block.byDriver && tag !== 0 && tagText(tag) !== block.tag) {
    bugCheck(
      BAD_POOL_CALLER,
      [0xan, at, BigInt(tagValue(block.tag)), BigInt(tag)],
      `freed with tag '${tagText(tag)}' what was allocated with '${block.tag}'`,
    );
  }
  noteFreedAsPool(kernel, at);
  memory.free(at);
}

/** Parameters as the documentation of bug check 0xC2 lists them. */
function badFree(kernel: Kernel, at: Va): never {
  const memory = pool(kernel);
  const what = memory.describe(at) ?? null;
  if (memory.wasFreed(at)) bugCheck(BAD_POOL_CALLER, [0x7n, 0n, 0n, at], 'freed twice');
  if (at < SYSTEM_RANGE_START) {
    bugCheck(BAD_POOL_CALLER, [0x40n, at, SYSTEM_RANGE_START], 'freed a user-mode address');
  }
  if (within(at, NONPAGED_POOL)) bugCheck(BAD_POOL_CALLER, [0x44n, at], what);
  if (within(at, PAGED_POOL)) bugCheck(BAD_POOL_CALLER, [0x48n, at], what);
  return bugCheck(BAD_POOL_CALLER, [0x46n, at], 'freed an address that is in no pool');
}

const within = (at: Va, region: typeof NONPAGED_POOL): boolean =>
  at >= region.base && at < vaAdd(region.base, region.pages * PAGE_SIZE);

const irqlOfBlock = (kernel: Kernel, { P }: { readonly P: Va }): number =>
  pool(kernel).block(P)?.kind === 'paged' ? APC_LEVEL : DISPATCH_LEVEL;

const ExFreePool = service({
  name: 'ExFreePool',
  doc: 'wdm/nf-wdm-exfreepool',
  params: { P: ptr() },
  returns: 'void',
  maxIrql: irqlOfBlock,
  run: (kernel, { P }) => freePool(kernel, P),
});

const ExFreePoolWithTag = service({
  name: 'ExFreePoolWithTag',
  doc: 'wdm/nf-wdm-exfreepoolwithtag',
  params: { P: ptr(), Tag: poolTag },
  returns: 'void',
  maxIrql: irqlOfBlock,
  run: (kernel, { P, Tag }) => freePool(kernel, P, Tag),
});

const ExFreePool2 = service({
  name: 'ExFreePool2',
  doc: 'wdm/nf-wdm-exfreepool2',
  params: {
    P: ptr(),
    Tag: poolTag,
    ExtendedParameters: ptr('POOL_EXTENDED_PARAMETER'),
    ExtendedParametersCount: u32,
  },
  returns: 'void',
  run: (kernel, { P, Tag }) => freePool(kernel, P, Tag),
});

const ExQueryPoolBlockSize = service({
  name: 'ExQueryPoolBlockSize',
  doc: 'ntifs/nf-ntifs-exquerypoolblocksize',
  params: { PoolBlock: ptr(), QuotaCharged: ptr('BOOLEAN') },
  returns: 'u64',
  run(kernel, { PoolBlock, QuotaCharged }) {
    bool.write(kernel.mmu, QuotaCharged, false, 'x64');
    const bytes = pool(kernel).block(PoolBlock)?.bytes ?? 0;
    return Math.ceil(bytes / 16) * 16;
  },
});

export const poolServices = [
  ExAllocatePool,
  withTag('ExAllocatePoolWithTag', 'wdm/nf-wdm-exallocatepoolwithtag'),
  withTag('ExAllocatePoolZero', 'wdm/nf-wdm-exallocatepoolzero', true),
  withTag('ExAllocatePoolUninitialized', 'wdm/nf-wdm-exallocatepooluninitialized'),
  ExAllocatePoolWithTagPriority,
  withQuota('ExAllocatePoolWithQuota', 'wdm/nf-wdm-exallocatepoolwithquota', false),
  withQuota('ExAllocatePoolWithQuotaTag', 'wdm/nf-wdm-exallocatepoolwithquotatag', true),
  ExAllocatePool2,
  ExAllocatePool3,
  ExFreePool,
  ExFreePoolWithTag,
  ExFreePool2,
  ExQueryPoolBlockSize,
];
