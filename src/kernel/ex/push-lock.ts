/** Push locks: a word that is 0 when free, 1 when held exclusively, 1 plus 16 per reader when shared. */

import { ptr, u32 } from '../../layout/struct.ts';
import type { Va } from '../../units/address.ts';
import { APC_LEVEL } from '../../units/irql.ts';
import type { Blocking } from '../effects.ts';
import { bugCheck } from '../end.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import { waitQueues } from './wait-queue.ts';

const LOCKED = 1n;
const READER = 16n;
/** Windows corrupts the word when a free lock is released; we stop there instead. */
const RESOURCE_NOT_OWNED = 0xe3;

const read = (kernel: Kernel, at: Va): bigint => kernel.mmu.u64(at);
const write = (kernel: Kernel, at: Va, value: bigint): void => kernel.mmu.write(at, 8, value);

function tryExclusive(kernel: Kernel, at: Va): boolean {
  if (read(kernel, at) !== 0n) return false;
  write(kernel, at, LOCKED);
  return true;
}

function tryShared(kernel: Kernel, at: Va): boolean {
  const word = read(kernel, at);
  if (word === LOCKED) return false;
  write(kernel, at, word === 0n ? LOCKED | READER : word + READER);
  return true;
}

function* acquire(
  kernel: Kernel,
  at: Va,
  attempt: (kernel: Kernel, at: Va) => boolean,
): Blocking<void> {
  while (!attempt(kernel, at)) yield* waitQueues(kernel).sleep(kernel, at);
}

function release(kernel: Kernel, at: Va): void {
  const word = read(kernel, at);
  if ((word & LOCKED) === 0n) {
    bugCheck(RESOURCE_NOT_OWNED, [at], 'released a push lock that is not held');
  }
  const left = word > LOCKED + READER ? word - READER : 0n;
  write(kernel, at, left);
  if (left === 0n) waitQueues(kernel).wake(kernel, at);
}

const Lock = ptr('EX_PUSH_LOCK');

export type LockAction = (kernel: Kernel, at: Va) => Blocking<void> | boolean | void;
const exclusive: LockAction = (kernel, at) => acquire(kernel, at, tryExclusive);
const shared: LockAction = (kernel, at) => acquire(kernel, at, tryShared);
/** What the filter manager's own names for these locks do as well. */
export const pushLock = { exclusive, shared, release };

const plain = (name: string, doc: string, action: LockAction): Service =>
  service({
    name,
    doc,
    params: { Lock },
    returns: 'void',
    maxIrql: APC_LEVEL,
    run: (kernel, args) => action(kernel, args.Lock),
  });

/** Flags say whether the region is entered by the call; it changes nothing here. */
const withFlags = (name: string, action: LockAction): Service =>
  service({
    name,
    doc: 'wdm.h',
    params: { Lock, Flags: u32 },
    returns: 'void',
    maxIrql: APC_LEVEL,
    run: (kernel, args) => action(kernel, args.Lock),
  });

const ExInitializePushLock = service({
  name: 'ExInitializePushLock',
  doc: 'wdm/nf-wdm-exinitializepushlock',
  params: { Lock },
  returns: 'void',
  run: (kernel, args) => write(kernel, args.Lock, 0n),
});

export const pushLockServices: readonly Service[] = [
  ExInitializePushLock,
  plain('ExfAcquirePushLockExclusive', 'wdm/nf-wdm-exacquirepushlockexclusive', exclusive),
  plain('ExfAcquirePushLockShared', 'wdm/nf-wdm-exacquirepushlockshared', shared),
  plain('ExfReleasePushLock', 'wdm/nf-wdm-exreleasepushlockexclusive', release),
  plain('ExfReleasePushLockExclusive', 'wdm/nf-wdm-exreleasepushlockexclusive', release),
  plain('ExfReleasePushLockShared', 'wdm/nf-wdm-exreleasepushlockshared', release),
  plain('ExfTryAcquirePushLockShared', 'wdm.h', tryShared),
  withFlags('ExAcquirePushLockExclusiveEx', exclusive),
  withFlags('ExAcquirePushLockSharedEx', shared),
  withFlags('ExReleasePushLockExclusiveEx', release),
  withFlags('ExReleasePushLockSharedEx', release),
  withFlags('ExReleasePushLockEx', release),
  withFlags('ExTryAcquirePushLockExclusiveEx', tryExclusive),
  withFlags('ExTryAcquirePushLockSharedEx', tryShared),
];
