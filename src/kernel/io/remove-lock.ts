/** Remove locks: how a driver knows that nobody uses its device any more (IO_REMOVE_LOCK of free builds). */
import { bool, i32, ptr, struct, u32 } from '../../layout/struct.ts';
import type { Va } from '../../units/address.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import { wait } from '../effects.ts';
import { initialiseHeader, signalEvent } from '../ke/dispatcher.ts';
import { KEVENT, OBJECT_TYPE } from '../ke/layout.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';

/** A checked build's lock is longer; what it adds is for debugging only. */
const IO_REMOVE_LOCK = struct({
  name: 'IO_REMOVE_LOCK',
  size: { x64: 32 },
  fields: { Removed: bool, IoCount: i32, RemoveEvent: KEVENT },
});

const viewOf = (kernel: Kernel, at: Va) => IO_REMOVE_LOCK.at(kernel.mmu, at);

/** One user less; gives how many are left. */
function release(kernel: Kernel, at: Va): number {
  const lock = viewOf(kernel, at);
  lock.IoCount -= 1;
  if (lock.IoCount === 0) signalEvent(kernel, lock.RemoveEvent.$address);
  return lock.IoCount;
}

const IoInitializeRemoveLockEx = service({
  name: 'IoInitializeRemoveLockEx',
  doc: 'wdm/nf-wdm-ioinitializeremovelock',
  params: {
    Lock: ptr('IO_REMOVE_LOCK'),
    AllocateTag: u32,
    MaxLockedMinutes: u32,
    HighWatermark: u32,
    RemlockSize: u32,
  },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { Lock }) {
    const lock = viewOf(kernel, Lock);
    lock.Removed = false;
    lock.IoCount = 1;
    const event = lock.RemoveEvent.$address;
    initialiseHeader(kernel, event, OBJECT_TYPE.EventSynchronization, KEVENT.bytes, 0);
  },
});

const IoAcquireRemoveLockEx = service({
  name: 'IoAcquireRemoveLockEx',
  doc: 'wdm/nf-wdm-ioacquireremovelock',
  params: {
    RemoveLock: ptr('IO_REMOVE_LOCK'),
    Tag: ptr(),
    File: ptr('CHAR'),
    Line: u32,
    RemlockSize: u32,
  },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { RemoveLock }): NtStatus {
    const lock = viewOf(kernel, RemoveLock);
    lock.IoCount += 1;
    if (!lock.Removed) return STATUS.SUCCESS;
    release(kernel, RemoveLock);
    return STATUS.DELETE_PENDING;
  },
});

const IoReleaseRemoveLockEx = service({
  name: 'IoReleaseRemoveLockEx',
  doc: 'wdm/nf-wdm-ioreleaseremovelock',
  params: { RemoveLock: ptr('IO_REMOVE_LOCK'), Tag: ptr(), RemlockSize: u32 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { RemoveLock }) {
    release(kernel, RemoveLock);
  },
});

const IoReleaseRemoveLockAndWaitEx = service({
  name: 'IoReleaseRemoveLockAndWaitEx',
  doc: 'wdm/nf-wdm-ioreleaseremovelockandwait',
  params: { RemoveLock: ptr('IO_REMOVE_LOCK'), Tag: ptr(), RemlockSize: u32 },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  *run(kernel, { RemoveLock }) {
    const lock = viewOf(kernel, RemoveLock);
    lock.Removed = true;
    lock.IoCount -= 1;
    if (release(kernel, RemoveLock) > 0) yield* wait([lock.RemoveEvent.$address], null);
  },
});

export const removeLockServices: readonly Service[] = [
  IoInitializeRemoveLockEx,
  IoAcquireRemoveLockEx,
  IoReleaseRemoveLockEx,
  IoReleaseRemoveLockAndWaitEx,
];
