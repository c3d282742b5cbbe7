/** IRQL and spin locks. One processor: a lock that is held already is a lock that never comes free. */
import { ptr, u8 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { DISPATCH_LEVEL, HIGH_LEVEL, type Irql } from '../../units/irql.ts';
import { bugCheck } from '../end.ts';
import type { Kernel } from '../kernel.ts';
import { alias, service } from '../service.ts';

const IRQL_NOT_GREATER_OR_EQUAL = 0x9;
const IRQL_NOT_LESS_OR_EQUAL = 0xa;
const SPIN_LOCK_ALREADY_OWNED = 0xf;
const SPIN_LOCK_NOT_OWNED = 0x10;

/** Raises and returns the level before; lowering by a raise is a bug check, as in the checked kernel. */
export function raiseIrql(kernel: Kernel, to: Irql): Irql {
  const from = kernel.irql;
  if (to < from) {
    bugCheck(IRQL_NOT_GREATER_OR_EQUAL, [BigInt(from), BigInt(to)], 'KeRaiseIrql to a lower IRQL');
  }
  kernel.setIrql(to);
  return from;
}

export function lowerIrql(kernel: Kernel, to: Irql): void {
  const from = kernel.irql;
  if (to > from) {
    bugCheck(IRQL_NOT_LESS_OR_EQUAL, [BigInt(from), BigInt(to)], 'KeLowerIrql to a higher IRQL');
  }
  kernel.setIrql(to);
}

export function acquireSpinLock(kernel: Kernel, lock: Va): void {
  if (kernel.mmu.u64(lock) !== 0n) {
    bugCheck(
      SPIN_LOCK_ALREADY_OWNED,
      [lock],
      'the spin lock is already held on the only processor',
    );
  }
  kernel.mmu.write(lock, 8, 1n);
}

export function releaseSpinLock(kernel: Kernel, lock: Va): void {
  if (kernel.mmu.u64(lock) === 0n)
    bugCheck(SPIN_LOCK_NOT_OWNED, [lock], 'the spin lock is not held');
  kernel.mmu.write(lock, 8, 0n);
}

const KeGetCurrentIrql = service({
  name: 'KeGetCurrentIrql',
  doc: 'wdm/nf-wdm-kegetcurrentirql',
  params: {},
  returns: 'irql',
  maxIrql: HIGH_LEVEL,
  run: (kernel) => kernel.irql,
});

const KfRaiseIrql = service({
  name: 'KfRaiseIrql',
  doc: 'wdm/nf-wdm-keraiseirql',
  params: { NewIrql: u8 },
  returns: 'irql',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { NewIrql }) => raiseIrql(kernel, NewIrql),
});

const KeLowerIrql = service({
  name: 'KeLowerIrql',
  doc: 'wdm/nf-wdm-kelowerirql',
  params: { NewIrql: u8 },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { NewIrql }) => lowerIrql(kernel, NewIrql),
});

const KeRaiseIrqlToDpcLevel = service({
  name: 'KeRaiseIrqlToDpcLevel',
  doc: 'wdm/nf-wdm-keraiseirqltodpclevel',
  params: {},
  returns: 'irql',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel) => raiseIrql(kernel, DISPATCH_LEVEL),
});

const KeInitializeSpinLock = service({
  name: 'KeInitializeSpinLock',
  doc: 'wdm/nf-wdm-keinitializespinlock',
  params: { SpinLock: ptr('KSPIN_LOCK') },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { SpinLock }) => kernel.mmu.write(SpinLock, 8, 0n),
});

const KeAcquireSpinLockRaiseToDpc = service({
  name: 'KeAcquireSpinLockRaiseToDpc',
  doc: 'wdm/nf-wdm-keacquirespinlockraisetodpc',
  params: { SpinLock: ptr('KSPIN_LOCK') },
  returns: 'irql',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { SpinLock }) {
    const before = raiseIrql(kernel, DISPATCH_LEVEL);
    acquireSpinLock(kernel, SpinLock);
    return before;
  },
});

const KeReleaseSpinLock = service({
  name: 'KeReleaseSpinLock',
  doc: 'wdm/nf-wdm-kereleasespinlock',
  params: { SpinLock: ptr('KSPIN_LOCK'), NewIrql: u8 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { SpinLock, NewIrql }) {
    releaseSpinLock(kernel, SpinLock);
    lowerIrql(kernel, NewIrql);
  },
});

const KeAcquireSpinLockAtDpcLevel = service({
  name: 'KeAcquireSpinLockAtDpcLevel',
  doc: 'wdm/nf-wdm-keacquirespinlockatdpclevel',
  params: { SpinLock: ptr('KSPIN_LOCK') },
  returns: 'void',
  run: (kernel, { SpinLock }) => acquireSpinLock(kernel, SpinLock),
});

const KeReleaseSpinLockFromDpcLevel = service({
  name: 'KeReleaseSpinLockFromDpcLevel',
  doc: 'wdm/nf-wdm-kereleasespinlockfromdpclevel',
  params: { SpinLock: ptr('KSPIN_LOCK') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { SpinLock }) => releaseSpinLock(kernel, SpinLock),
});

const KeTryToAcquireSpinLockAtDpcLevel = service({
  name: 'KeTryToAcquireSpinLockAtDpcLevel',
  doc: 'wdm/nf-wdm-ketrytoacquirespinlockatdpclevel',
  params: { SpinLock: ptr('KSPIN_LOCK') },
  returns: 'bool',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { SpinLock }) {
    if (kernel.mmu.u64(SpinLock) !== 0n) return false;
    kernel.mmu.write(SpinLock, 8, 1n);
    return true;
  },
});

/** KLOCK_QUEUE_HANDLE: LockQueue.Next, LockQueue.Lock, OldIrql (wdm.h). */
const HANDLE_NEXT = 0;
const HANDLE_LOCK = 8;
const HANDLE_OLD_IRQL = 16;

const KeAcquireInStackQueuedSpinLock = service({
  name: 'KeAcquireInStackQueuedSpinLock',
  doc: 'wdm/nf-wdm-keacquireinstackqueuedspinlock',
  params: { SpinLock: ptr('KSPIN_LOCK'), LockHandle: ptr('KLOCK_QUEUE_HANDLE') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { SpinLock, LockHandle }) {
    const before = raiseIrql(kernel, DISPATCH_LEVEL);
    acquireSpinLock(kernel, SpinLock);
    kernel.mmu.write(vaAdd(LockHandle, HANDLE_NEXT), 8, NULL);
    kernel.mmu.write(vaAdd(LockHandle, HANDLE_LOCK), 8, SpinLock);
    kernel.mmu.write(vaAdd(LockHandle, HANDLE_OLD_IRQL), 1, BigInt(before));
  },
});

const KeReleaseInStackQueuedSpinLock = service({
  name: 'KeReleaseInStackQueuedSpinLock',
  doc: 'wdm/nf-wdm-kereleaseinstackqueuedspinlock',
  params: { LockHandle: ptr('KLOCK_QUEUE_HANDLE') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { LockHandle }) {
    releaseSpinLock(kernel, kernel.mmu.pointer(vaAdd(LockHandle, HANDLE_LOCK)));
    lowerIrql(kernel, kernel.mmu.u8(vaAdd(LockHandle, HANDLE_OLD_IRQL)));
  },
});

export const irqlServices = [
  KeGetCurrentIrql,
  KfRaiseIrql,
  alias('KeRaiseIrql', KfRaiseIrql),
  KeLowerIrql,
  alias('KfLowerIrql', KeLowerIrql),
  KeRaiseIrqlToDpcLevel,
  KeInitializeSpinLock,
  KeAcquireSpinLockRaiseToDpc,
  KeReleaseSpinLock,
  KeAcquireSpinLockAtDpcLevel,
  KeReleaseSpinLockFromDpcLevel,
  KeTryToAcquireSpinLockAtDpcLevel,
  KeAcquireInStackQueuedSpinLock,
  KeReleaseInStackQueuedSpinLock,
];
