/** Fast and guarded mutexes: one structure, a count of 1 when free, taken at APC_LEVEL or in a guarded region. */

import { i32, ptr, struct, u32 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { APC_LEVEL, DISPATCH_LEVEL } from '../../units/irql.ts';
import { type Blocking, wait } from '../effects.ts';
import { initialiseHeader, signalEvent } from '../ke/dispatcher.ts';
import { KEVENT, OBJECT_TYPE } from '../ke/layout.ts';
import type { Kernel } from '../kernel.ts';
import { alias, type Service, service } from '../service.ts';

/** FAST_MUTEX and KGUARDED_MUTEX (wdm.h). */
const FAST_MUTEX = struct({
  name: 'FAST_MUTEX',
  size: { x64: 56, x86: 32 },
  fields: { Count: i32, Owner: ptr('KTHREAD'), Contention: u32, Event: KEVENT, OldIrql: u32 },
});

/** Count: bit 0 set when free, bit 1 when a waiter has been woken, then the number of waiters. */
const FREE = 1;
const WOKEN = 2;
const WAITER = 4;

function initialise(kernel: Kernel, at: Va): void {
  const mutex = FAST_MUTEX.at(kernel.mmu, at);
  mutex.Count = FREE;
  mutex.Owner = NULL;
  mutex.Contention = 0;
  const event = vaAdd(at, FAST_MUTEX.offsetOf('Event'));
  initialiseHeader(kernel, event, OBJECT_TYPE.EventSynchronization, KEVENT.bytes, 0);
}

function tryTake(kernel: Kernel, at: Va): boolean {
  const mutex = FAST_MUTEX.at(kernel.mmu, at);
  if ((mutex.Count & FREE) === 0) return false;
  mutex.Count &= ~FREE;
  mutex.Owner = kernel.scheduler.currentThread;
  return true;
}

function* take(kernel: Kernel, at: Va): Blocking<void> {
  if (tryTake(kernel, at)) return;
  const mutex = FAST_MUTEX.at(kernel.mmu, at);
  mutex.Contention += 1;
  do {
    mutex.Count += WAITER;
    yield* wait([vaAdd(at, FAST_MUTEX.offsetOf('Event'))], null);
    mutex.Count = (mutex.Count & ~WOKEN) - WAITER;
  } while (!tryTake(kernel, at));
}

function give(kernel: Kernel, at: Va): void {
  const mutex = FAST_MUTEX.at(kernel.mmu, at);
  mutex.Owner = NULL;
  mutex.Count |= FREE;
  if (mutex.Count >= WAITER && (mutex.Count & WOKEN) === 0) {
    mutex.Count |= WOKEN;
    signalEvent(kernel, vaAdd(at, FAST_MUTEX.offsetOf('Event')));
  }
}

/** Raises to APC_LEVEL and gives the level before. */
function enter(kernel: Kernel): number {
  const before = kernel.irql;
  kernel.setIrql(Math.max(before, APC_LEVEL));
  return before;
}

const params = { FastMutex: ptr('FAST_MUTEX') };

const ExInitializeFastMutex = service({
  name: 'ExInitializeFastMutex',
  doc: 'wdm/nf-wdm-exinitializefastmutex',
  params,
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { FastMutex }) => initialise(kernel, FastMutex),
});

const ExAcquireFastMutex = service({
  name: 'ExAcquireFastMutex',
  doc: 'wdm/nf-wdm-exacquirefastmutex',
  params,
  returns: 'void',
  maxIrql: APC_LEVEL,
  *run(kernel, { FastMutex }) {
    const before = enter(kernel);
    yield* take(kernel, FastMutex);
    FAST_MUTEX.at(kernel.mmu, FastMutex).OldIrql = before;
  },
});

const ExTryToAcquireFastMutex = service({
  name: 'ExTryToAcquireFastMutex',
  doc: 'wdm/nf-wdm-extrytoacquirefastmutex',
  params,
  returns: 'bool',
  maxIrql: APC_LEVEL,
  run(kernel, { FastMutex }) {
    const before = enter(kernel);
    if (!tryTake(kernel, FastMutex)) {
      kernel.setIrql(before);
      return false;
    }
    FAST_MUTEX.at(kernel.mmu, FastMutex).OldIrql = before;
    return true;
  },
});

const ExReleaseFastMutex = service({
  name: 'ExReleaseFastMutex',
  doc: 'wdm/nf-wdm-exreleasefastmutex',
  params,
  returns: 'void',
  maxIrql: APC_LEVEL,
  run(kernel, { FastMutex }) {
    const before = FAST_MUTEX.at(kernel.mmu, FastMutex).OldIrql;
    give(kernel, FastMutex);
    kernel.setIrql(before);
  },
});

const ExAcquireFastMutexUnsafe = service({
  name: 'ExAcquireFastMutexUnsafe',
  doc: 'wdm/nf-wdm-exacquirefastmutexunsafe',
  params,
  returns: 'void',
  maxIrql: APC_LEVEL,
  run: (kernel, { FastMutex }) => take(kernel, FastMutex),
});

const ExReleaseFastMutexUnsafe = service({
  name: 'ExReleaseFastMutexUnsafe',
  doc: 'wdm/nf-wdm-exreleasefastmutexunsafe',
  params,
  returns: 'void',
  maxIrql: APC_LEVEL,
  run: (kernel, { FastMutex }) => give(kernel, FastMutex),
});

/** A guarded region holds off APCs, of which there are none here; IRQL stays. */
const guarded = { Mutex: ptr('KGUARDED_MUTEX') };

const KeInitializeGuardedMutex = service({
  name: 'KeInitializeGuardedMutex',
  doc: 'wdm/nf-wdm-keinitializeguardedmutex',
  params: guarded,
  returns: 'void',
  maxIrql: APC_LEVEL,
  run: (kernel, { Mutex }) => initialise(kernel, Mutex),
});

const KeAcquireGuardedMutex = service({
  name: 'KeAcquireGuardedMutex',
  doc: 'wdm/nf-wdm-keacquireguardedmutex',
  params: guarded,
  returns: 'void',
  maxIrql: APC_LEVEL,
  run: (kernel, { Mutex }) => take(kernel, Mutex),
});

const KeTryToAcquireGuardedMutex = service({
  name: 'KeTryToAcquireGuardedMutex',
  doc: 'wdm/nf-wdm-ketrytoacquireguardedmutex',
  params: guarded,
  returns: 'bool',
  maxIrql: APC_LEVEL,
  run: (kernel, { Mutex }) => tryTake(kernel, Mutex),
});

const KeReleaseGuardedMutex = service({
  name: 'KeReleaseGuardedMutex',
  doc: 'wdm/nf-wdm-kereleaseguardedmutex',
  params: guarded,
  returns: 'void',
  maxIrql: APC_LEVEL,
  run: (kernel, { Mutex }) => give(kernel, Mutex),
});

const KeAcquireGuardedMutexUnsafe = service({
  name: 'KeAcquireGuardedMutexUnsafe',
  doc: 'wdm/nf-wdm-keacquireguardedmutexunsafe',
  params: guarded,
  returns: 'void',
  maxIrql: APC_LEVEL,
  run: (kernel, { Mutex }) => take(kernel, Mutex),
});

const KeReleaseGuardedMutexUnsafe = service({
  name: 'KeReleaseGuardedMutexUnsafe',
  doc: 'wdm/nf-wdm-kereleaseguardedmutexunsafe',
  params: guarded,
  returns: 'void',
  maxIrql: APC_LEVEL,
  run: (kernel, { Mutex }) => give(kernel, Mutex),
});

export const fastMutexServices: readonly Service[] = [
  ExInitializeFastMutex,
  ExAcquireFastMutex,
  ExTryToAcquireFastMutex,
  ExReleaseFastMutex,
  ExAcquireFastMutexUnsafe,
  ExReleaseFastMutexUnsafe,
  alias('ExiAcquireFastMutex', ExAcquireFastMutex),
  alias('ExiReleaseFastMutex', ExReleaseFastMutex),
  alias('ExiTryToAcquireFastMutex', ExTryToAcquireFastMutex),
  KeInitializeGuardedMutex,
  KeAcquireGuardedMutex,
  KeTryToAcquireGuardedMutex,
  KeReleaseGuardedMutex,
  KeAcquireGuardedMutexUnsafe,
  KeReleaseGuardedMutexUnsafe,
];
