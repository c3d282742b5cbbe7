/** Reader-writer spin locks (EX_SPIN_LOCK): a LONG of readers, its top bit the writer. */

import { ptr, u8 } from '../../layout/struct.ts';
import type { Va } from '../../units/address.ts';
import { DISPATCH_LEVEL } from '../../units/irql.ts';
import { bugCheck } from '../end.ts';
import { lowerIrql, raiseIrql } from '../ke/irql-services.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';

const WRITER = 0x8000_0000;
const SPIN_LOCK_ALREADY_OWNED = 0xf;
const SPIN_LOCK_NOT_OWNED = 0x10;

/** One processor: to spin on a held lock is to spin for ever. */
const stuck = (at: Va): never =>
  bugCheck(SPIN_LOCK_ALREADY_OWNED, [at], 'the spin lock is already held on the only processor');

function takeExclusive(kernel: Kernel, at: Va): void {
  if (kernel.mmu.u32(at) !== 0) stuck(at);
  kernel.mmu.write(at, 4, BigInt(WRITER));
}

function takeShared(kernel: Kernel, at: Va): void {
  const word = kernel.mmu.u32(at);
  if (word >= WRITER) stuck(at);
  kernel.mmu.write(at, 4, BigInt(word + 1));
}

function giveExclusive(kernel: Kernel, at: Va): void {
  if (kernel.mmu.u32(at) < WRITER) bugCheck(SPIN_LOCK_NOT_OWNED, [at]);
  kernel.mmu.write(at, 4, 0n);
}

function giveShared(kernel: Kernel, at: Va): void {
  const word = kernel.mmu.u32(at);
  if (word === 0 || word >= WRITER) bugCheck(SPIN_LOCK_NOT_OWNED, [at]);
  kernel.mmu.write(at, 4, BigInt(word - 1));
}

const SpinLock = ptr('EX_SPIN_LOCK');

const ExAcquireSpinLockExclusive = service({
  name: 'ExAcquireSpinLockExclusive',
  doc: 'wdm/nf-wdm-exacquirespinlockexclusive',
  params: { SpinLock },
  returns: 'irql',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, args) {
    const before = raiseIrql(kernel, DISPATCH_LEVEL);
    takeExclusive(kernel, args.SpinLock);
    return before;
  },
});

const ExAcquireSpinLockShared = service({
  name: 'ExAcquireSpinLockShared',
  doc: 'wdm/nf-wdm-exacquirespinlockshared',
  params: { SpinLock },
  returns: 'irql',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, args) {
    const before = raiseIrql(kernel, DISPATCH_LEVEL);
    takeShared(kernel, args.SpinLock);
    return before;
  },
});

const ExReleaseSpinLockExclusive = service({
  name: 'ExReleaseSpinLockExclusive',
  doc: 'wdm/nf-wdm-exreleasespinlockexclusive',
  params: { SpinLock, OldIrql: u8 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, args) {
    giveExclusive(kernel, args.SpinLock);
    lowerIrql(kernel, args.OldIrql);
  },
});

const ExReleaseSpinLockShared = service({
  name: 'ExReleaseSpinLockShared',
  doc: 'wdm/nf-wdm-exreleasespinlockshared',
  params: { SpinLock, OldIrql: u8 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, args) {
    giveShared(kernel, args.SpinLock);
    lowerIrql(kernel, args.OldIrql);
  },
});

const ExAcquireSpinLockExclusiveAtDpcLevel = service({
  name: 'ExAcquireSpinLockExclusiveAtDpcLevel',
  doc: 'wdm/nf-wdm-exacquirespinlockexclusiveatdpclevel',
  params: { SpinLock },
  returns: 'void',
  run: (kernel, args) => takeExclusive(kernel, args.SpinLock),
});

const ExAcquireSpinLockSharedAtDpcLevel = service({
  name: 'ExAcquireSpinLockSharedAtDpcLevel',
  doc: 'wdm/nf-wdm-exacquirespinlocksharedatdpclevel',
  params: { SpinLock },
  returns: 'void',
  run: (kernel, args) => takeShared(kernel, args.SpinLock),
});

const ExReleaseSpinLockExclusiveFromDpcLevel = service({
  name: 'ExReleaseSpinLockExclusiveFromDpcLevel',
  doc: 'wdm/nf-wdm-exreleasespinlockexclusivefromdpclevel',
  params: { SpinLock },
  returns: 'void',
  run: (kernel, args) => giveExclusive(kernel, args.SpinLock),
});

const ExReleaseSpinLockSharedFromDpcLevel = service({
  name: 'ExReleaseSpinLockSharedFromDpcLevel',
  doc: 'wdm/nf-wdm-exreleasespinlocksharedfromdpclevel',
  params: { SpinLock },
  returns: 'void',
  run: (kernel, args) => giveShared(kernel, args.SpinLock),
});

const ExTryConvertSharedSpinLockExclusive = service({
  name: 'ExTryConvertSharedSpinLockExclusive',
  doc: 'wdm/nf-wdm-extryconvertsharedspinlockexclusive',
  params: { SpinLock },
  returns: 'u32',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, args) {
    if (kernel.mmu.u32(args.SpinLock) !== 1) return 0;
    kernel.mmu.write(args.SpinLock, 4, BigInt(WRITER));
    return 1;
  },
});

export const spinLockServices: readonly Service[] = [
  ExAcquireSpinLockExclusive,
  ExAcquireSpinLockShared,
  ExReleaseSpinLockExclusive,
  ExReleaseSpinLockShared,
  ExAcquireSpinLockExclusiveAtDpcLevel,
  ExAcquireSpinLockSharedAtDpcLevel,
  ExReleaseSpinLockExclusiveFromDpcLevel,
  ExReleaseSpinLockSharedFromDpcLevel,
  ExTryConvertSharedSpinLockExclusive,
];
