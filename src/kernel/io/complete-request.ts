/** IofCompleteRequest: completion routines up the stack, then what the I/O manager does for the requester. */
import { isGuestFault } from '../../memory/fault.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { isSuccess, type NtStatus, ntStatus, STATUS } from '../../units/status.ts';
import type { Blocking } from '../effects.ts';
import { bugCheck } from '../end.ts';
import { pool } from '../ex/pool.ts';
import { exportAddresses } from '../exports.ts';
import { signalEvent } from '../ke/dispatcher.ts';
import type { Kernel } from '../kernel.ts';
import { callForDevice } from './devices.ts';
import { IO_STACK_LOCATION, IRP, IRP_FLAGS, SL } from './irp-layout.ts';
import { irps } from './irps.ts';
import { FILE_OBJECT, IO_TYPE } from './layout.ts';
import { releaseMdls } from './request-mdl.ts';

/** Routine of a synchronous forwarder: completion stops there and the forwarder goes on. */
export const SIGNAL_COMPLETION = 'IopSignalCompletion';
const MULTIPLE_IRP_COMPLETE_REQUESTS = 0x44;

export function* completeRequest(kernel: Kernel, irp: Va): Blocking<void> {
  const { mmu } = kernel;
  const view = IRP.at(mmu, irp);
  if (view.Type !== IO_TYPE.IRP || view.CurrentLocation > view.StackCount + 1) {
    bugCheck(MULTIPLE_IRP_COMPLETE_REQUESTS, [irp], 'the IRP has been completed before');
  }
  if (irps(kernel).record(irp).completed) {
    bugCheck(MULTIPLE_IRP_COMPLETE_REQUESTS, [irp], 'the IRP has been completed before');
  }
  while (view.CurrentLocation <= view.StackCount) {
    const at = view.CurrentStackLocation;
    const { Control, CompletionRoutine, Context } = IO_STACK_LOCATION.at(mmu, at);
    view.PendingReturned = (Control & SL.PENDING_RETURNED) !== 0;
    view.CurrentLocation += 1;
    view.CurrentStackLocation = vaAdd(at, IO_STACK_LOCATION.bytes);
    const isTop = view.CurrentLocation > view.StackCount;
    const above = IO_STACK_LOCATION.at(mmu, view.CurrentStackLocation);
    clear(kernel, at);
    if (isWanted(Control, view.IoStatus.Status, view.Cancel)) {
      const device = isTop ? NULL : above.DeviceObject;
      const status = yield* callRoutine(kernel, CompletionRoutine, device, irp, Context);
      if (status === STATUS.MORE_PROCESSING_REQUIRED) return;
    } else if (view.PendingReturned && !isTop) {
      above.Control |= SL.PENDING_RETURNED;
    }
  }
  yield* finish(kernel, irp);
}

function* callRoutine(
  kernel: Kernel,
  routine: Va,
  device: Va,
  irp: Va,
  context: Va,
): Blocking<NtStatus> {
  if (routine === exportAddresses(kernel).get(SIGNAL_COMPLETION)) {
    signalEvent(kernel, context);
    return STATUS.MORE_PROCESSING_REQUIRED;
  }
  const args = [device, irp, context];
  return ntStatus(yield* callForDevice(kernel, routine, args, 'Completion routine', device));
}

function isWanted(control: number, status: number, cancelled: boolean): boolean {
  if (cancelled && (control & SL.INVOKE_ON_CANCEL) !== 0) return true;
  const wanted = isSuccess(ntStatus(status)) ? SL.INVOKE_ON_SUCCESS : SL.INVOKE_ON_ERROR;
  return (control & wanted) !== 0;
}

/** A location that its driver is done with; the function code and device stay for debuggers. */
function clear(kernel: Kernel, at: Va): void {
  const location = IO_STACK_LOCATION.at(kernel.mmu, at);
  location.MinorFunction = 0;
  location.Flags = 0;
  location.Control &= SL.ERROR_RETURNED;
  location.Argument1 = 0n;
  location.Argument2 = 0n;
  location.Argument3 = 0n;
  location.Argument4 = 0n;
  location.FileObject = NULL;
}

/** No driver has the packet any more. */
function* finish(kernel: Kernel, irp: Va): Blocking<void> {
  const record = irps(kernel).record(irp);
  const view = IRP.at(kernel.mmu, irp);
  record.completed = true;
  kernel.emit({
    kind: 'irp',
    what: 'completed',
    subject: record.subject,
    name: record.name ?? '?',
    status: ntStatus(view.IoStatus.Status),
    from: record.origin,
  });
  if ((view.Flags & IRP_FLAGS.ASSOCIATED_IRP) !== 0) {
    yield* finishAssociated(kernel, irp);
    return;
  }
  releaseMdls(kernel, irp);
  copyOutput(kernel, irp);
  if (record.finish === null) tellRequester(kernel, irp);
  else {
    const finishing = record.finish();
    if (finishing !== undefined) yield* finishing;
  }
  if (record.threaded && record.calls === 0) irps(kernel).free(irp);
}

/** The last associated IRP completes its master. */
function* finishAssociated(kernel: Kernel, irp: Va): Blocking<void> {
  const { mmu } = kernel;
  const master = IRP.at(mmu, irp).SystemBuffer;
  const countAt = vaAdd(master, IRP.offsetOf('SystemBuffer'));
  const left = mmu.u32(countAt) - 1;
  mmu.write(countAt, 4, BigInt.asUintN(32, BigInt(left)));
  releaseMdls(kernel, irp);
  irps(kernel).free(irp);
  if (left === 0) yield* completeRequest(kernel, master);
}

const ERROR_SEVERITY = 0xc000_0000;

/** Buffered output goes to the requester's buffer unless the request failed; then the system buffer goes. */
function copyOutput(kernel: Kernel, irp: Va): void {
  const view = IRP.at(kernel.mmu, irp);
  if ((view.Flags & IRP_FLAGS.BUFFERED_IO) === 0) return;
  const { Status, Information } = view.IoStatus;
  const block = pool(kernel).block(view.SystemBuffer);
  const isError = (Status & ERROR_SEVERITY) >>> 0 === ERROR_SEVERITY;
  if ((view.Flags & IRP_FLAGS.INPUT_OPERATION) !== 0 && !isError && block !== undefined) {
    const bytes = Math.min(Number(Information), block.bytes);
    deliver(kernel, view, kernel.mmu.readBytes(view.SystemBuffer, bytes));
  }
  if ((view.Flags & IRP_FLAGS.DEALLOCATE_BUFFER) !== 0 && block !== undefined) {
    pool(kernel).free(view.SystemBuffer);
    view.SystemBuffer = NULL;
  }
}

/** A buffer that is gone or too short for what the driver says it gave fails the request, not the driver. */
function deliver(kernel: Kernel, view: ReturnType<typeof IRP.at>, output: Uint8Array): void {
  try {
    kernel.mmu.writeBytes(view.UserBuffer, output);
  } catch (thrown) {
    if (!isGuestFault(thrown)) throw thrown;
    view.IoStatus.Status = STATUS.ACCESS_VIOLATION;
  }
}

/** The status block, the event and the file's own event of whoever built the request. */
function tellRequester(kernel: Kernel, irp: Va): void {
  const { UserIosb, UserEvent, IoStatus, OriginalFileObject } = IRP.at(kernel.mmu, irp);
  if (UserIosb !== NULL) {
    kernel.mmu.write(UserIosb, 4, BigInt(IoStatus.Status));
    kernel.mmu.write(vaAdd(UserIosb, 8), 8, IoStatus.Information);
  }
  if (UserEvent !== NULL) signalEvent(kernel, UserEvent);
  else if (OriginalFileObject !== NULL) {
    const file = FILE_OBJECT.at(kernel.mmu, OriginalFileObject);
    signalEvent(kernel, file.Event.$address);
  }
}
