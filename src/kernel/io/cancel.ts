/** Cancelling: the system's cancel spin lock, and IoCancelIrp, which calls a driver's cancel routine under it. */
import { ptr, u8 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { DISPATCH_LEVEL, type Irql } from '../../units/irql.ts';
import type { Blocking } from '../effects.ts';
import { bugCheck } from '../end.ts';
import { lowerIrql, raiseIrql } from '../ke/irql-services.ts';
import { type Kernel, part } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import { callForDevice } from './devices.ts';
import { IRP } from './irp-layout.ts';
import { currentLocation } from './irps.ts';

const SPIN_LOCK_ALREADY_OWNED = 0xf;
const SPIN_LOCK_NOT_OWNED = 0x10;
const CANCEL_STATE_IN_COMPLETED_IRP = 0x48;

const cancelLock = part(() => ({ held: false }));

export function acquireCancelLock(kernel: Kernel): Irql {
  const lock = cancelLock(kernel);
  if (lock.held) bugCheck(SPIN_LOCK_ALREADY_OWNED, [], 'the cancel spin lock is held already');
  const before = raiseIrql(kernel, DISPATCH_LEVEL);
  lock.held = true;
  return before;
}

export function releaseCancelLock(kernel: Kernel, irql: Irql): void {
  const lock = cancelLock(kernel);
  if (!lock.held) bugCheck(SPIN_LOCK_NOT_OWNED, [], 'the cancel spin lock is not held');
  lock.held = false;
  lowerIrql(kernel, irql);
}

/** True when the packet had a cancel routine, which has run. */
export function* cancelIrp(kernel: Kernel, irp: Va): Blocking<boolean> {
  const view = IRP.at(kernel.mmu, irp);
  const before = acquireCancelLock(kernel);
  view.Cancel = true;
  const routine = view.CancelRoutine;
  view.CancelRoutine = NULL;
  if (routine === NULL) {
    releaseCancelLock(kernel, before);
    return false;
  }
  if (view.CurrentLocation > view.StackCount + 1) {
    bugCheck(CANCEL_STATE_IN_COMPLETED_IRP, [irp], 'a completed IRP has a cancel routine');
  }
  view.CancelIrql = before;
  const { DeviceObject } = currentLocation(kernel, irp);
  const args = [DeviceObject, irp];
  yield* callForDevice(kernel, routine, args, 'Cancel routine', DeviceObject);
  return true;
}

const IoCancelIrp = service({
  name: 'IoCancelIrp',
  doc: 'wdm/nf-wdm-iocancelirp',
  params: { Irp: ptr('IRP') },
  returns: 'bool',
  maxIrql: DISPATCH_LEVEL,
  *run(kernel, { Irp }) {
    return yield* cancelIrp(kernel, Irp);
  },
});

const IoAcquireCancelSpinLock = service({
  name: 'IoAcquireCancelSpinLock',
  doc: 'wdm/nf-wdm-ioacquirecancelspinlock',
  params: { Irql: ptr('KIRQL') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Irql: irqlAt }) {
    kernel.mmu.write(irqlAt, 1, BigInt(acquireCancelLock(kernel)));
  },
});

const IoReleaseCancelSpinLock = service({
  name: 'IoReleaseCancelSpinLock',
  doc: 'wdm/nf-wdm-ioreleasecancelspinlock',
  params: { Irql: u8 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Irql: irql }) => releaseCancelLock(kernel, irql),
});

export const cancelServices: readonly Service[] = [
  IoCancelIrp,
  IoAcquireCancelSpinLock,
  IoReleaseCancelSpinLock,
];
