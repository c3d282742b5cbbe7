/** fltmgr.sys: its push locks, which drivers of every kind use because ntoskrnl.exe long exported none. */
import { ptr, u32 } from '../../layout/struct.ts';
import { APC_LEVEL } from '../../units/irql.ts';
import { type LockAction, pushLock } from '../ex/push-lock.ts';
import { type Service, service } from '../service.ts';

const FLTMGR = 'fltmgr.sys';
const PushLock = ptr('EX_PUSH_LOCK');

/** Those that end in Ex have flags: whether the call enters a critical region. Nothing here interrupts a thread that way. */
const lock = (name: string, action: LockAction): Service =>
  service({
    name,
    dll: FLTMGR,
    doc: `fltkernel/nf-fltkernel-${name.toLowerCase()}`,
    params: name.endsWith('Ex') ? { PushLock, Flags: u32 } : { PushLock },
    returns: 'void',
    maxIrql: APC_LEVEL,
    run: (kernel, args) => action(kernel, args.PushLock),
  });

const initialise: LockAction = (kernel, at) => kernel.mmu.write(at, 8, 0n);

export const fltmgrServices: readonly Service[] = [
  lock('FltInitializePushLock', initialise),
  lock('FltDeletePushLock', () => {}),
  lock('FltAcquirePushLockExclusive', pushLock.exclusive),
  lock('FltAcquirePushLockExclusiveEx', pushLock.exclusive),
  lock('FltAcquirePushLockShared', pushLock.shared),
  lock('FltAcquirePushLockSharedEx', pushLock.shared),
  lock('FltReleasePushLock', pushLock.release),
  lock('FltReleasePushLockEx', pushLock.release),
];
