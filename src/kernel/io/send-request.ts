/** Sends a request to the top of a device stack and waits for its completion, as the system's components do. */
import { NULL, type Va } from '../../units/address.ts';
import { type NtStatus, ntStatus, STATUS } from '../../units/status.ts';
import { type Blocking, wait } from '../effects.ts';
import { allocateForKernel, pool } from '../ex/pool.ts';
import { initialiseHeader, signalEvent } from '../ke/dispatcher.ts';
import { KEVENT, OBJECT_TYPE } from '../ke/layout.ts';
import type { Kernel } from '../kernel.ts';
import { callDriver } from './call-driver.ts';
import { cancelIrp } from './cancel.ts';
import { devices } from './devices.ts';
import { IRP } from './irp-layout.ts';
import { type IrpOrigin, type IrpRecord, irps, nextLocation } from './irps.ts';
import { DEVICE_OBJECT } from './layout.ts';

export interface Request {
  /** Any device of the stack. */
  readonly device: Va;
  readonly major: number;
  readonly minor?: number;
  /** Parameters, 8 bytes each. */
  readonly arguments?: readonly bigint[];
  readonly origin: IrpOrigin;
  readonly file?: Va;
  /** IRP.Flags. */
  readonly flags?: number;
  /** What IoStatus holds when the drivers see it. */
  readonly status?: NtStatus;
  readonly information?: bigint;
  readonly input?: string;
  readonly locationFlags?: number;
  /** Fills in what is special about the packet. */
  readonly prepare?: (irp: Va) => void;
  /** Virtual time to wait for a pended request before it is cancelled; without it, for ever. */
  readonly limitTicks?: bigint;
}

export interface Answer {
  /** What the dispatch routine on top returned. */
  readonly returned: NtStatus;
  /** Final status; for a request that nobody completed, what was returned. */
  readonly status: NtStatus;
  readonly information: bigint;
  readonly completed: boolean;
  readonly cancelled: boolean;
}

interface Outcome {
  status: NtStatus;
  information: bigint;
}

const USER_MODE = 1;

export function* sendRequest(kernel: Kernel, request: Request): Blocking<Answer> {
  const top = devices(kernel).topOf(request.device);
  const record = prepare(kernel, top, request);
  const event = newEvent(kernel);
  const outcome: Outcome = { status: STATUS.PENDING, information: 0n };
  record.finish = () => {
    const { Status, Information } = IRP.at(kernel.mmu, record.at).IoStatus;
    outcome.status = ntStatus(Status);
    outcome.information = Information;
    signalEvent(kernel, event);
    return undefined;
  };
  const { returned, interrupted } = yield* sendAsThread(kernel, top, record.at, request);
  const cancelled =
    interrupted ||
    (returned === STATUS.PENDING && (yield* awaitCompletion(kernel, record, event, request)));
  const { completed } = record;
  if (completed) {
    irps(kernel).free(record.at);
    pool(kernel).free(event);
  }
  const status = completed ? outcome.status : returned;
  return { returned, status, information: outcome.information, completed, cancelled };
}

/** An application whose request does not come back is ended: a dispatch routine that waits for it hears of it. */
function* sendAsThread(
  kernel: Kernel,
  top: Va,
  irp: Va,
  { origin, limitTicks }: Request,
): Blocking<{ readonly returned: NtStatus; readonly interrupted: boolean }> {
  if (origin !== 'user' || limitTicks === undefined) {
    return { returned: yield* callDriver(kernel, top, irp), interrupted: false };
  }
  const { clock, scheduler } = kernel;
  const thread = scheduler.currentThread;
  let interrupted = false;
  const callOff = clock.after(limitTicks, () => {
    interrupted = true;
    scheduler.setUserApc(thread, true);
  });
  const returned = yield* callDriver(kernel, top, irp);
  callOff();
  scheduler.setUserApc(thread, false);
  return { returned, interrupted };
}

function prepare(kernel: Kernel, top: Va, request: Request): IrpRecord {
  const { mmu } = kernel;
  const { StackSize } = DEVICE_OBJECT.at(mmu, top);
  const record = irps(kernel).allocateForSystem(StackSize, request.origin);
  record.input = request.input ?? null;
  const irp = IRP.at(mmu, record.at);
  irp.Thread = kernel.scheduler.currentThread;
  irp.RequestorMode = request.origin === 'user' ? USER_MODE : 0;
  irp.Flags = request.flags ?? 0;
  irp.IoStatus.Status = request.status ?? STATUS.SUCCESS;
  irp.IoStatus.Information = request.information ?? 0n;
  irp.OriginalFileObject = request.file ?? NULL;
  const location = nextLocation(kernel, record.at);
  location.MajorFunction = request.major;
  location.MinorFunction = request.minor ?? 0;
  location.Flags = request.locationFlags ?? 0;
  const [first = 0n, second = 0n, third = 0n, fourth = 0n] = request.arguments ?? [];
  location.Argument1 = first;
  location.Argument2 = second;
  location.Argument3 = third;
  location.Argument4 = fourth;
  location.FileObject = request.file ?? NULL;
  request.prepare?.(record.at);
  return record;
}

function newEvent(kernel: Kernel): Va {
  const at = allocateForKernel(kernel, KEVENT.bytes, 'Even');
  initialiseHeader(kernel, at, OBJECT_TYPE.EventNotification, KEVENT.bytes, 0);
  return at;
}

/** Waits; true when the request had to be cancelled. A driver that holds it even then keeps it. */
function* awaitCompletion(
  kernel: Kernel,
  record: IrpRecord,
  event: Va,
  { limitTicks }: Request,
): Blocking<boolean> {
  if (limitTicks === undefined) {
    yield* wait([event], null);
    return false;
  }
  if ((yield* wait([event], -limitTicks)) !== STATUS.TIMEOUT) return false;
  yield* cancelIrp(kernel, record.at);
  yield* wait([event], -limitTicks);
  return true;
}
