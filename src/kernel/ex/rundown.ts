/** Rundown protection: a count of users that can be closed and waited for to reach zero. */

import { poolTag } from '../../layout/named.ts';
import { ptr, sizeT, u32 } from '../../layout/struct.ts';
import type { Va } from '../../units/address.ts';
import { APC_LEVEL, DISPATCH_LEVEL } from '../../units/irql.ts';
import type { Blocking } from '../effects.ts';
import { type Kernel, part } from '../kernel.ts';
import { alias, type Service, service } from '../service.ts';
import { allocateForKernel, pool } from './pool.ts';
import { waitQueues } from './wait-queue.ts';

/** EX_RUNDOWN_REF.Count: bit 0 set once rundown has begun, users counted in twos (wdm.h). */
const ACTIVE = 1n;
const USER = 2n;

/** Users left at the start of a wait; the guest's word holds only ACTIVE meanwhile. */
const pending = part(() => new Map<Va, bigint>());

function acquire(kernel: Kernel, at: Va, count = 1): boolean {
  const word = kernel.mmu.u64(at);
  if ((word & ACTIVE) !== 0n) return false;
  kernel.mmu.write(at, 8, word + USER * BigInt(count));
  return true;
}

function release(kernel: Kernel, at: Va, count = 1): void {
  const word = kernel.mmu.u64(at);
  if ((word & ACTIVE) === 0n) {
    kernel.mmu.write(at, 8, word - USER * BigInt(count));
    return;
  }
  const left = (pending(kernel).get(at) ?? 0n) - BigInt(count);
  pending(kernel).set(at, left);
  if (left <= 0n) waitQueues(kernel).wake(kernel, at);
}

function* drain(kernel: Kernel, at: Va): Blocking<void> {
  const word = kernel.mmu.u64(at);
  kernel.mmu.write(at, 8, ACTIVE);
  if ((word & ACTIVE) === 0n) pending(kernel).set(at, word / USER);
  while ((pending(kernel).get(at) ?? 0n) > 0n) yield* waitQueues(kernel).sleep(kernel, at);
  pending(kernel).delete(at);
}

const RunRef = ptr('EX_RUNDOWN_REF');

const ExInitializeRundownProtection = service({
  name: 'ExInitializeRundownProtection',
  doc: 'wdm/nf-wdm-exinitializerundownprotection',
  params: { RunRef },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run: (kernel, args) => kernel.mmu.write(args.RunRef, 8, 0n),
});

const ExReInitializeRundownProtection = service({
  name: 'ExReInitializeRundownProtection',
  doc: 'wdm/nf-wdm-exreinitializerundownprotection',
  params: { RunRef },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run: (kernel, args) => kernel.mmu.write(args.RunRef, 8, 0n),
});

const ExAcquireRundownProtection = service({
  name: 'ExAcquireRundownProtection',
  doc: 'wdm/nf-wdm-exacquirerundownprotection',
  params: { RunRef },
  returns: 'bool',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, args) => acquire(kernel, args.RunRef),
});

const ExAcquireRundownProtectionEx = service({
  name: 'ExAcquireRundownProtectionEx',
  doc: 'wdm/nf-wdm-exacquirerundownprotectionex',
  params: { RunRef, Count: u32 },
  returns: 'bool',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, args) => acquire(kernel, args.RunRef, args.Count),
});

const ExReleaseRundownProtection = service({
  name: 'ExReleaseRundownProtection',
  doc: 'wdm/nf-wdm-exreleaserundownprotection',
  params: { RunRef },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, args) => release(kernel, args.RunRef),
});

const ExReleaseRundownProtectionEx = service({
  name: 'ExReleaseRundownProtectionEx',
  doc: 'wdm/nf-wdm-exreleaserundownprotectionex',
  params: { RunRef, Count: u32 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, args) => release(kernel, args.RunRef, args.Count),
});

const ExRundownCompleted = service({
  name: 'ExRundownCompleted',
  doc: 'wdm/nf-wdm-exrundowncompleted',
  params: { RunRef },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run: (kernel, args) => kernel.mmu.write(args.RunRef, 8, ACTIVE),
});

const ExWaitForRundownProtectionRelease = service({
  name: 'ExWaitForRundownProtectionRelease',
  doc: 'wdm/nf-wdm-exwaitforrundownprotectionrelease',
  params: { RunRef },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run: (kernel, args) => drain(kernel, args.RunRef),
});

/** One processor: a cache-aware reference is a plain one. */
const CACHE_AWARE_BYTES = 64;

const ExSizeOfRundownProtectionCacheAware = service({
  name: 'ExSizeOfRundownProtectionCacheAware',
  doc: 'wdm/nf-wdm-exsizeofrundownprotectioncacheaware',
  params: {},
  returns: 'u64',
  maxIrql: APC_LEVEL,
  run: () => CACHE_AWARE_BYTES,
});

const ExInitializeRundownProtectionCacheAware = service({
  name: 'ExInitializeRundownProtectionCacheAware',
  doc: 'wdm/nf-wdm-exinitializerundownprotectioncacheaware',
  params: { RunRef, RunRefSize: sizeT },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run: (kernel, args) => kernel.mmu.fill(args.RunRef, Number(args.RunRefSize), 0),
});

const ExAllocateCacheAwareRundownProtection = service({
  name: 'ExAllocateCacheAwareRundownProtection',
  doc: 'wdm/nf-wdm-exallocatecacheawarerundownprotection',
  params: { PoolType: u32, PoolTag: poolTag },
  returns: 'pointer',
  maxIrql: APC_LEVEL,
  mayFail: ['null'],
  run: (kernel) => allocateForKernel(kernel, CACHE_AWARE_BYTES, 'ExRc'),
});

const ExFreeCacheAwareRundownProtection = service({
  name: 'ExFreeCacheAwareRundownProtection',
  doc: 'wdm/nf-wdm-exfreecacheawarerundownprotection',
  params: { RunRef },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run(kernel, args) {
    pool(kernel).free(args.RunRef);
  },
});

const cacheAware = (of: Service, name: string, doc: string): Service => ({
  ...alias(name, of),
  doc: `wdm/nf-wdm-${doc}`,
});

export const rundownServices: readonly Service[] = [
  ExInitializeRundownProtection,
  ExReInitializeRundownProtection,
  ExAcquireRundownProtection,
  ExAcquireRundownProtectionEx,
  ExReleaseRundownProtection,
  ExReleaseRundownProtectionEx,
  ExRundownCompleted,
  ExWaitForRundownProtectionRelease,
  ExSizeOfRundownProtectionCacheAware,
  ExInitializeRundownProtectionCacheAware,
  ExAllocateCacheAwareRundownProtection,
  ExFreeCacheAwareRundownProtection,
  cacheAware(
    ExReInitializeRundownProtection,
    'ExReInitializeRundownProtectionCacheAware',
    'exreinitializerundownprotectioncacheaware',
  ),
  cacheAware(
    ExAcquireRundownProtection,
    'ExAcquireRundownProtectionCacheAware',
    'exacquirerundownprotectioncacheaware',
  ),
  cacheAware(
    ExAcquireRundownProtectionEx,
    'ExAcquireRundownProtectionCacheAwareEx',
    'exacquirerundownprotectioncacheawareex',
  ),
  cacheAware(
    ExReleaseRundownProtection,
    'ExReleaseRundownProtectionCacheAware',
    'exreleaserundownprotectioncacheaware',
  ),
  cacheAware(
    ExReleaseRundownProtectionEx,
    'ExReleaseRundownProtectionCacheAwareEx',
    'exreleaserundownprotectioncacheawareex',
  ),
  cacheAware(ExRundownCompleted, 'ExRundownCompletedCacheAware', 'exrundowncompletedcacheaware'),
  cacheAware(
    ExWaitForRundownProtectionRelease,
    'ExWaitForRundownProtectionReleaseCacheAware',
    'exwaitforrundownprotectionreleasecacheaware',
  ),
];
