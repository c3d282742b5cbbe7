/** Read/write locks: NDIS_RW_LOCK of the caller's memory and NDIS_RW_LOCK_EX of NDIS's own; spin locks of old binaries. */

import { bugCheck } from '../../kernel/end.ts';
import { pool } from '../../kernel/ex/pool.ts';
import {
  acquireSpinLock,
  lowerIrql,
  raiseIrql,
  releaseSpinLock,
} from '../../kernel/ke/irql-services.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Service } from '../../kernel/service.ts';
import { bool, ptr, u8 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { DISPATCH_LEVEL, HIGH_LEVEL } from '../../units/irql.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';

const RW_LOCK_BYTES = 1040;
/** Where the lock's word lies: readers counted, the writer as -1; the rest is NDIS's business. */
const WORD = 0;
const WRITER = 0xffff_ffff;
const SPIN_LOCK_ALREADY_OWNED = 0xf;
const SPIN_LOCK_NOT_OWNED = 0x10;

const FREE = 0;
const READ = 1;
const WRITE = 3;

/** One processor: waiting for a holder at DISPATCH_LEVEL would never end. */
function take(kernel: Kernel, lock: Va, write: boolean): number {
  const word = kernel.mmu.u32(vaAdd(lock, WORD));
  if (word === WRITER || (write && word !== 0)) {
    const detail = 'the read/write lock is already held on the only processor';
    bugCheck(SPIN_LOCK_ALREADY_OWNED, [lock], detail);
  }
  kernel.mmu.write(vaAdd(lock, WORD), 4, BigInt(write ? WRITER : word + 1));
  return write ? WRITE : READ;
}

function give(kernel: Kernel, lock: Va, state: number): void {
  const word = kernel.mmu.u32(vaAdd(lock, WORD));
  const isHeld = state === WRITE ? word === WRITER : word !== 0 && word !== WRITER;
  if (!isHeld) bugCheck(SPIN_LOCK_NOT_OWNED, [lock], 'the read/write lock is not held');
  kernel.mmu.write(vaAdd(lock, WORD), 4, state === WRITE ? 0n : BigInt(word - 1));
}

const Lock = ptr('NDIS_RW_LOCK');
const LockState = ptr('LOCK_STATE');
const OLD_IRQL = 2;

const NdisInitializeReadWriteLock = ndisService({
  name: 'NdisInitializeReadWriteLock',
  params: { Lock },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { Lock: at }) => kernel.mmu.fill(at, RW_LOCK_BYTES, 0),
});

const NdisAcquireReadWriteLock = ndisService({
  name: 'NdisAcquireReadWriteLock',
  params: { Lock, fWrite: bool, LockState },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Lock: at, fWrite, LockState: state }) {
    const before = raiseIrql(kernel, DISPATCH_LEVEL);
    kernel.mmu.write(state, 2, BigInt(take(kernel, at, fWrite)));
    kernel.mmu.write(vaAdd(state, OLD_IRQL), 1, BigInt(before));
  },
});

const NdisReleaseReadWriteLock = ndisService({
  name: 'NdisReleaseReadWriteLock',
  params: { Lock, LockState },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Lock: at, LockState: state }) {
    give(kernel, at, kernel.mmu.u16(state));
    kernel.mmu.write(state, 2, BigInt(FREE));
    lowerIrql(kernel, kernel.mmu.u8(vaAdd(state, OLD_IRQL)));
  },
});

const NdisDprAcquireReadWriteLock = ndisService({
  name: 'NdisDprAcquireReadWriteLock',
  params: { Lock, fWrite: bool, LockState },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Lock: at, fWrite, LockState: state }) {
    kernel.mmu.write(state, 2, BigInt(take(kernel, at, fWrite)));
  },
});

const NdisDprReleaseReadWriteLock = ndisService({
  name: 'NdisDprReleaseReadWriteLock',
  params: { Lock, LockState },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Lock: at, LockState: state }) {
    give(kernel, at, kernel.mmu.u16(state));
    kernel.mmu.write(state, 2, BigInt(FREE));
  },
});

const NdisAllocateRWLock = ndisService({
  name: 'NdisAllocateRWLock',
  params: { NdisHandle: ndisHandle },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run: (kernel) => pool(kernel).allocate(RW_LOCK_BYTES, 'NDrw', 'nonpaged', true) ?? NULL,
});

const LockEx = ptr('NDIS_RW_LOCK_EX');
const StateEx = ptr('LOCK_STATE_EX');

const NdisFreeRWLock = ndisService({
  name: 'NdisFreeRWLock',
  params: { Lock: LockEx },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Lock: at }) {
    pool(kernel).free(at);
  },
});

/** LOCK_STATE_EX: OldIrql, LockState, Flags, a byte each. NDIS_RWL_AT_DISPATCH_LEVEL is a promise. */
function acquireEx(kernel: Kernel, lock: Va, state: Va, flags: number, write: boolean): void {
  const before = raiseIrql(kernel, DISPATCH_LEVEL);
  const held = take(kernel, lock, write);
  [before, held, flags].forEach((byte, i) => {
    kernel.mmu.write(vaAdd(state, i), 1, BigInt(byte));
  });
}

const NdisAcquireRWLockRead = ndisService({
  name: 'NdisAcquireRWLockRead',
  params: { Lock: LockEx, LockState: StateEx, Flags: u8 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, args) => acquireEx(kernel, args.Lock, args.LockState, args.Flags, false),
});

const NdisAcquireRWLockWrite = ndisService({
  name: 'NdisAcquireRWLockWrite',
  params: { Lock: LockEx, LockState: StateEx, Flags: u8 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, args) => acquireEx(kernel, args.Lock, args.LockState, args.Flags, true),
});

const NdisReleaseRWLock = ndisService({
  name: 'NdisReleaseRWLock',
  params: { Lock: LockEx, LockState: StateEx },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Lock: at, LockState: state }) {
    give(kernel, at, kernel.mmu.u8(vaAdd(state, 1)));
    lowerIrql(kernel, kernel.mmu.u8(state));
  },
});

const SpinLock = ptr('NDIS_SPIN_LOCK');
/** NDIS_SPIN_LOCK.OldIrql. */
const SPIN_OLD_IRQL = 8;

const NdisAllocateSpinLock = ndisService({
  name: 'NdisAllocateSpinLock',
  params: { SpinLock },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { SpinLock: at }) => kernel.mmu.write(at, 8, 0n),
});

const NdisFreeSpinLock = ndisService({
  name: 'NdisFreeSpinLock',
  params: { SpinLock },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run: () => undefined,
});

const NdisAcquireSpinLock = ndisService({
  name: 'NdisAcquireSpinLock',
  params: { SpinLock },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { SpinLock: at }) {
    const before = raiseIrql(kernel, DISPATCH_LEVEL);
    acquireSpinLock(kernel, at);
    kernel.mmu.write(vaAdd(at, SPIN_OLD_IRQL), 1, BigInt(before));
  },
});

const NdisReleaseSpinLock = ndisService({
  name: 'NdisReleaseSpinLock',
  params: { SpinLock },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { SpinLock: at }) {
    const before = kernel.mmu.u8(vaAdd(at, SPIN_OLD_IRQL));
    releaseSpinLock(kernel, at);
    lowerIrql(kernel, before);
  },
});

const NdisDprAcquireSpinLock = ndisService({
  name: 'NdisDprAcquireSpinLock',
  params: { SpinLock },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { SpinLock: at }) => acquireSpinLock(kernel, at),
});

const NdisDprReleaseSpinLock = ndisService({
  name: 'NdisDprReleaseSpinLock',
  params: { SpinLock },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { SpinLock: at }) => releaseSpinLock(kernel, at),
});

export const lockServices: readonly Service[] = [
  NdisInitializeReadWriteLock,
  NdisAcquireReadWriteLock,
  NdisReleaseReadWriteLock,
  NdisDprAcquireReadWriteLock,
  NdisDprReleaseReadWriteLock,
  NdisAllocateRWLock,
  NdisFreeRWLock,
  NdisAcquireRWLockRead,
  NdisAcquireRWLockWrite,
  NdisReleaseRWLock,
  NdisAllocateSpinLock,
  NdisFreeSpinLock,
  NdisAcquireSpinLock,
  NdisReleaseSpinLock,
  NdisDprAcquireSpinLock,
  NdisDprReleaseSpinLock,
];
