/** Cancel-safe queues: the driver's queue and lock, our handling of cancellation. */
import { ptr, struct, u32 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { DISPATCH_LEVEL, HIGH_LEVEL } from '../../units/irql.ts';
import { isSuccess, type NtStatus, ntStatus, STATUS } from '../../units/status.ts';
import { type Blocking, callGuest } from '../effects.ts';
import { allocateForKernel, pool } from '../ex/pool.ts';
import { exportAddress } from '../exports.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import { releaseCancelLock } from './cancel.ts';
import { IRP, SL } from './irp-layout.ts';
import { currentLocation } from './irps.ts';

const IO_CSQ = struct({
  name: 'IO_CSQ',
  size: { x64: 64 },
  fields: {
    Type: u32,
    CsqInsertIrp: ptr(),
    CsqRemoveIrp: ptr(),
    CsqPeekNextIrp: ptr(),
    CsqAcquireLock: ptr(),
    CsqReleaseLock: ptr(),
    CsqCompleteCanceledIrp: ptr(),
    ReservePointer: ptr(),
  },
});

const IO_CSQ_IRP_CONTEXT = struct({
  name: 'IO_CSQ_IRP_CONTEXT',
  size: { x64: 24 },
  fields: { Type: u32, Irp: ptr('IRP'), Csq: ptr('IO_CSQ') },
});

/** IO_TYPE_CSQ_xxx. */
const TYPE = { IRP_CONTEXT: 1, CSQ: 2, CSQ_EX: 3 } as const;
const CANCEL_ROUTINE = 'IopCsqCancelRoutine';
/** The queue keeps what it needs in the last of the packet's DriverContext. */
const OWN_CONTEXT = 3;

type Csq = ReturnType<typeof IO_CSQ.at>;

const call = (entry: Va, args: readonly bigint[], routine: string): Blocking<bigint> =>
  callGuest(entry, args, routine);

/** Takes the driver's lock; gives the level that its release wants. */
function* lock(kernel: Kernel, csq: Csq): Blocking<bigint> {
  const irqlAt = allocateForKernel(kernel, 1, 'Csq ');
  yield* call(csq.CsqAcquireLock, [csq.$address, irqlAt], 'CsqAcquireLock');
  const irql = BigInt(kernel.mmu.u8(irqlAt));
  pool(kernel).free(irqlAt);
  return irql;
}

function* unlock(csq: Csq, irql: bigint): Blocking<void> {
  yield* call(csq.CsqReleaseLock, [csq.$address, irql], 'CsqReleaseLock');
}

function* insert(
  kernel: Kernel,
  at: Va,
  irp: Va,
  context: Va,
  insertContext: Va,
): Blocking<NtStatus> {
  const csq = IO_CSQ.at(kernel.mmu, at);
  const view = IRP.at(kernel.mmu, irp);
  tie(kernel, at, irp, context);
  const irql = yield* lock(kernel, csq);
  const location = currentLocation(kernel, irp);
  location.Control |= SL.PENDING_RETURNED;
  const args = [at, irp, insertContext];
  const isExtended = csq.Type === TYPE.CSQ_EX;
  const answer = yield* call(csq.CsqInsertIrp, isExtended ? args : [at, irp], 'CsqInsertIrp');
  const status = isExtended ? ntStatus(answer) : STATUS.SUCCESS;
  if (!isSuccess(status)) {
    location.Control &= ~SL.PENDING_RETURNED;
    untie(kernel, irp);
    yield* unlock(csq, irql);
    return status;
  }
  view.CancelRoutine = exportAddress(kernel, CANCEL_ROUTINE);
  if (!view.Cancel) {
    yield* unlock(csq, irql);
    return status;
  }
  view.CancelRoutine = NULL;
  yield* cancel(kernel, csq, irp, irql);
  return status;
}

/** Takes a cancelled packet out, under the lock, and has the driver complete it. */
function* cancel(kernel: Kernel, csq: Csq, irp: Va, irql: bigint): Blocking<void> {
  yield* call(csq.CsqRemoveIrp, [csq.$address, irp], 'CsqRemoveIrp');
  untie(kernel, irp);
  yield* unlock(csq, irql);
  yield* call(csq.CsqCompleteCanceledIrp, [csq.$address, irp], 'CsqCompleteCanceledIrp');
}

function tie(kernel: Kernel, csq: Va, irp: Va, contextAt: Va): void {
  IRP.at(kernel.mmu, irp).DriverContext.set(OWN_CONTEXT, contextAt === NULL ? csq : contextAt);
  if (contextAt === NULL) return;
  const context = IO_CSQ_IRP_CONTEXT.at(kernel.mmu, contextAt);
  context.Type = TYPE.IRP_CONTEXT;
  context.Irp = irp;
  context.Csq = csq;
}

function untie(kernel: Kernel, irp: Va): void {
  const { DriverContext } = IRP.at(kernel.mmu, irp);
  const at = DriverContext.get(OWN_CONTEXT);
  DriverContext.set(OWN_CONTEXT, NULL);
  const context = IO_CSQ_IRP_CONTEXT.at(kernel.mmu, at);
  if (context.Type === TYPE.IRP_CONTEXT) context.Irp = NULL;
}

const ROUTINES = {
  Csq: ptr('IO_CSQ'),
  CsqInsertIrp: ptr('IO_CSQ_INSERT_IRP'),
  CsqRemoveIrp: ptr('IO_CSQ_REMOVE_IRP'),
  CsqPeekNextIrp: ptr('IO_CSQ_PEEK_NEXT_IRP'),
  CsqAcquireLock: ptr('IO_CSQ_ACQUIRE_LOCK'),
  CsqReleaseLock: ptr('IO_CSQ_RELEASE_LOCK'),
  CsqCompleteCanceledIrp: ptr('IO_CSQ_COMPLETE_CANCELED_IRP'),
} as const;

const initialiser = (name: string, doc: string, type: number): Service =>
  service({
    name,
    doc,
    params: ROUTINES,
    returns: 'status',
    maxIrql: HIGH_LEVEL,
    run(kernel, args) {
      const csq = IO_CSQ.at(kernel.mmu, args.Csq);
      csq.Type = type;
      csq.CsqInsertIrp = args.CsqInsertIrp;
      csq.CsqRemoveIrp = args.CsqRemoveIrp;
      csq.CsqPeekNextIrp = args.CsqPeekNextIrp;
      csq.CsqAcquireLock = args.CsqAcquireLock;
      csq.CsqReleaseLock = args.CsqReleaseLock;
      csq.CsqCompleteCanceledIrp = args.CsqCompleteCanceledIrp;
      csq.ReservePointer = NULL;
      return STATUS.SUCCESS;
    },
  });

const IoCsqInsertIrp = service({
  name: 'IoCsqInsertIrp',
  doc: 'wdm/nf-wdm-iocsqinsertirp',
  params: { Csq: ptr('IO_CSQ'), Irp: ptr('IRP'), Context: ptr('IO_CSQ_IRP_CONTEXT') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  *run(kernel, { Csq, Irp, Context }) {
    yield* insert(kernel, Csq, Irp, Context, NULL);
  },
});

const IoCsqInsertIrpEx = service({
  name: 'IoCsqInsertIrpEx',
  doc: 'wdm/nf-wdm-iocsqinsertirpex',
  params: {
    Csq: ptr('IO_CSQ'),
    Irp: ptr('IRP'),
    Context: ptr('IO_CSQ_IRP_CONTEXT'),
    InsertContext: ptr(),
  },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  *run(kernel, { Csq, Irp, Context, InsertContext }) {
    return yield* insert(kernel, Csq, Irp, Context, InsertContext);
  },
});

const IoCsqRemoveNextIrp = service({
  name: 'IoCsqRemoveNextIrp',
  doc: 'wdm/nf-wdm-iocsqremovenextirp',
  params: { Csq: ptr('IO_CSQ'), PeekContext: ptr() },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  *run(kernel, { Csq, PeekContext }) {
    const csq = IO_CSQ.at(kernel.mmu, Csq);
    const irql = yield* lock(kernel, csq);
    let irp = NULL;
    for (;;) {
      const args = [Csq, irp, PeekContext];
      irp = vaAdd(NULL, yield* call(csq.CsqPeekNextIrp, args, 'CsqPeekNextIrp'));
      if (irp === NULL) break;
      const view = IRP.at(kernel.mmu, irp);
      if (view.CancelRoutine === NULL) continue;
      view.CancelRoutine = NULL;
      yield* call(csq.CsqRemoveIrp, [Csq, irp], 'CsqRemoveIrp');
      untie(kernel, irp);
      break;
    }
    yield* unlock(csq, irql);
    return irp;
  },
});

const IoCsqRemoveIrp = service({
  name: 'IoCsqRemoveIrp',
  doc: 'wdm/nf-wdm-iocsqremoveirp',
  params: { Csq: ptr('IO_CSQ'), Context: ptr('IO_CSQ_IRP_CONTEXT') },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  *run(kernel, { Csq, Context }) {
    const csq = IO_CSQ.at(kernel.mmu, Csq);
    const irql = yield* lock(kernel, csq);
    const irp = IO_CSQ_IRP_CONTEXT.at(kernel.mmu, Context).Irp;
    const isFree = irp !== NULL && IRP.at(kernel.mmu, irp).CancelRoutine !== NULL;
    if (isFree) {
      IRP.at(kernel.mmu, irp).CancelRoutine = NULL;
      yield* call(csq.CsqRemoveIrp, [Csq, irp], 'CsqRemoveIrp');
      untie(kernel, irp);
    }
    yield* unlock(csq, irql);
    return isFree ? irp : NULL;
  },
});

/** The cancel routine of every packet in a cancel-safe queue. */
const IopCsqCancelRoutine = service({
  name: CANCEL_ROUTINE,
  doc: 'wdm/nc-wdm-driver_cancel',
  params: { DeviceObject: ptr('DEVICE_OBJECT'), Irp: ptr('IRP') },
  returns: 'void',
  *run(kernel, { Irp }) {
    const view = IRP.at(kernel.mmu, Irp);
    releaseCancelLock(kernel, view.CancelIrql);
    const at = view.DriverContext.get(OWN_CONTEXT);
    const context = IO_CSQ_IRP_CONTEXT.at(kernel.mmu, at);
    const csq = IO_CSQ.at(kernel.mmu, context.Type === TYPE.IRP_CONTEXT ? context.Csq : at);
    const irql = yield* lock(kernel, csq);
    yield* cancel(kernel, csq, Irp, irql);
  },
});

export const csqServices: readonly Service[] = [
  initialiser('IoCsqInitialize', 'wdm/nf-wdm-iocsqinitialize', TYPE.CSQ),
  initialiser('IoCsqInitializeEx', 'wdm/nf-wdm-iocsqinitializeex', TYPE.CSQ_EX),
  IoCsqInsertIrp,
  IoCsqInsertIrpEx,
  IoCsqRemoveNextIrp,
  IoCsqRemoveIrp,
  IopCsqCancelRoutine,
];
