/** MmAllocateContiguousMemory and its many forms, MmAllocateNonCachedMemory, and their frees. */

import { memoryCachingType } from '../../layout/named.ts';
import type { CType } from '../../layout/struct.ts';
import { i64, ptr, sizeT, u32 } from '../../layout/struct.ts';
import { NULL, PAGE_SIZE, type Va } from '../../units/address.ts';
import { APC_LEVEL, DISPATCH_LEVEL } from '../../units/irql.ts';
import { bugCheck } from '../end.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import { cacheTypeOf, protectionOf } from './cache-type.ts';
import { type ContiguousBlockRequest, contiguousMemory } from './contiguous-memory.ts';
import { toPhysical } from './physical-limit.ts';

const BAD_POOL_CALLER = 0xc2;
/** Parameter 1 of BAD_POOL_CALLER: a bad address given to MmFreeContiguousMemory. */
const BAD_CONTIGUOUS_FREE = 0x60n;
const SYSTEM_PTE_MISUSE = 0xda;
/** Parameter 1 of SYSTEM_PTE_MISUSE: nothing is mapped at the address; the number of mappings is wrong. */
const NOT_MAPPED = 0x302n;
const WRONG_NUMBER = 0x305n;

interface Limits {
  readonly NumberOfBytes: bigint;
  readonly LowestAcceptableAddress: bigint;
  readonly HighestAcceptableAddress: bigint;
  readonly BoundaryAddressMultiple: bigint;
}

const allocate = (kernel: Kernel, request: ContiguousBlockRequest): Va =>
  contiguousMemory(kernel).allocate(request)?.at ?? NULL;

const limitsOf = (args: Limits) => ({
  bytes: toPhysical(args.NumberOfBytes),
  lowest: toPhysical(args.LowestAcceptableAddress),
  highest: toPhysical(args.HighestAcceptableAddress),
  boundary: toPhysical(args.BoundaryAddressMultiple),
});

const MmAllocateContiguousMemory = service({
  name: 'MmAllocateContiguousMemory',
  doc: 'wdm/nf-wdm-mmallocatecontiguousmemory',
  params: { NumberOfBytes: sizeT, HighestAcceptableAddress: i64 },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run: (kernel, { NumberOfBytes, HighestAcceptableAddress }) =>
    allocate(kernel, {
      bytes: toPhysical(NumberOfBytes),
      highest: toPhysical(HighestAcceptableAddress),
      executable: true,
    }),
});

const limits = {
  NumberOfBytes: sizeT,
  LowestAcceptableAddress: i64,
  HighestAcceptableAddress: i64,
  BoundaryAddressMultiple: i64,
};

/** There is one node, so that the preferred one never matters. */
const specifyCache = (name: string, doc: string, more: Record<string, CType<number>>): Service =>
  service({
    name,
    doc,
    params: { ...limits, CacheType: memoryCachingType, ...more },
    returns: 'pointer',
    maxIrql: DISPATCH_LEVEL,
    mayFail: ['null'],
    run: (kernel, args) =>
      allocate(kernel, {
        ...limitsOf(args),
        cacheType: cacheTypeOf(args.CacheType),
        executable: true,
      }),
  });

const MmAllocateContiguousNodeMemory = service({
  name: 'MmAllocateContiguousNodeMemory',
  doc: 'wdm/nf-wdm-mmallocatecontiguousnodememory',
  params: { ...limits, Protect: u32, PreferredNode: u32 },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run: (kernel, args) => allocate(kernel, { ...limitsOf(args), ...protectionOf(args.Protect) }),
});

function freeContiguous(kernel: Kernel, at: Va): void {
  const memory = contiguousMemory(kernel);
  const block = memory.block(at);
  if (block === undefined || block.kind !== 'contiguous') {
    bugCheck(BAD_POOL_CALLER, [BAD_CONTIGUOUS_FREE, at], memory.describe(at) ?? null);
  }
  memory.free(block);
}

const MmFreeContiguousMemory = service({
  name: 'MmFreeContiguousMemory',
  doc: 'wdm/nf-wdm-mmfreecontiguousmemory',
  params: { BaseAddress: ptr() },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { BaseAddress }) => freeContiguous(kernel, BaseAddress),
});

/** Size and caching are known from the allocation; what the caller says is not looked at. */
const MmFreeContiguousMemorySpecifyCache = service({
  name: 'MmFreeContiguousMemorySpecifyCache',
  doc: 'wdm/nf-wdm-mmfreecontiguousmemoryspecifycache',
  params: { BaseAddress: ptr(), NumberOfBytes: sizeT, CacheType: memoryCachingType },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { BaseAddress }) => freeContiguous(kernel, BaseAddress),
});

const MmAllocateNonCachedMemory = service({
  name: 'MmAllocateNonCachedMemory',
  doc: 'ntddk/nf-ntddk-mmallocatenoncachedmemory',
  params: { NumberOfBytes: sizeT },
  returns: 'pointer',
  maxIrql: APC_LEVEL,
  mayFail: ['null'],
  run: (kernel, { NumberOfBytes }) =>
    allocate(kernel, {
      bytes: toPhysical(NumberOfBytes),
      kind: 'non-cached',
      cacheType: 'MmNonCached',
      executable: true,
    }),
});

const pagesOf = (bytes: bigint): bigint => (bytes + BigInt(PAGE_SIZE - 1)) / BigInt(PAGE_SIZE);

const MmFreeNonCachedMemory = service({
  name: 'MmFreeNonCachedMemory',
  doc: 'ntddk/nf-ntddk-mmfreenoncachedmemory',
  params: { BaseAddress: ptr(), NumberOfBytes: sizeT },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run(kernel, { BaseAddress, NumberOfBytes }) {
    const memory = contiguousMemory(kernel);
    const block = memory.block(BaseAddress);
    const pages = pagesOf(NumberOfBytes);
    if (block === undefined || block.kind !== 'non-cached') {
      const what = memory.describe(BaseAddress) ?? null;
      bugCheck(SYSTEM_PTE_MISUSE, [NOT_MAPPED, BaseAddress, pages], what);
    }
    const owned = BigInt(block.frames.length);
    if (pages !== owned) {
      const what = 'MmFreeNonCachedMemory got another length than the allocation';
      bugCheck(SYSTEM_PTE_MISUSE, [WRONG_NUMBER, BaseAddress, pages, owned], what);
    }
    memory.free(block);
  },
});

export const contiguousServices = [
  MmAllocateContiguousMemory,
  specifyCache(
    'MmAllocateContiguousMemorySpecifyCache',
    'wdm/nf-wdm-mmallocatecontiguousmemoryspecifycache',
    {},
  ),
  specifyCache(
    'MmAllocateContiguousMemorySpecifyCacheNode',
    'wdm/nf-wdm-mmallocatecontiguousmemoryspecifycachenode',
    { PreferredNode: u32 },
  ),
  MmAllocateContiguousNodeMemory,
  MmFreeContiguousMemory,
  MmFreeContiguousMemorySpecifyCache,
  MmAllocateNonCachedMemory,
  MmFreeNonCachedMemory,
];
