/** fltmgr.sys: its push locks, which drivers of every kind use because ntoskrnl.exe long exported none. */
import { ptr, u32 } from '../../layout/struct.ts';
import { APC_LEVEL } from '../../units/irql.ts';
import { type LockAction, pushLock } from '../ex/push-lock.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';

const FLTMGR = 'fltmgr.sys';
const PushLock = ptr('EX_PUSH_LOCK');

const page = (name: string): string => `fltkernel/nf-fltkernel-${name.toLowerCase()}`;

const lock = (name: string, action: LockAction): Service =>
  service({
    name,
    dll: FLTMGR,
    doc: page(name),
    params: { PushLock },
    returns: 'void',
    maxIrql: APC_LEVEL,
    run: (kernel, args) => action(kernel, args.PushLock),
  });

/** The flags say whether the call enters a critical region; nothing here interrupts a thread that way. */
const lockEx = (name: string, action: LockAction): Service =>
  service({
    name,
    dll: FLTMGR,
    doc: page(name),
    params: { PushLock, Flags: u32 },
    returns: 'void',
    maxIrql: APC_LEVEL,
    run: (kernel, args) => action(kernel, args.PushLock),
  });

const free = (kernel: Kernel, at: ReturnType<typeof PushLock.read>): void =>
  kernel.mmu.write(at, 8, 0n);

export const fltmgrServices: readonly Service[] = [
  lock('FltInitializePushLock', free),
  lock('FltDeletePushLock', () => {}),
  lock('FltAcquirePushLockExclusive', pushLock.exclusive),
  lock('FltAcquirePushLockShared', pushLock.shared),
  lock('FltReleasePushLock', pushLock.release),
  lockEx('FltAcquirePushLockExclusiveEx', pushLock.exclusive),
  lockEx('FltAcquirePushLockSharedEx', pushLock.shared),
  lockEx('FltReleasePushLockEx', pushLock.release),
];
