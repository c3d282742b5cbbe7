/** Signal states of dispatcher objects in guest memory: when a wait is satisfied and what that takes from the object. */
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import type { Kernel } from '../kernel.ts';
import { DISPATCHER_HEADER, KMUTANT, OBJECT_TYPE } from './layout.ts';

/** Initialises a header as the KeInitialize routines do: an empty wait list. */
export function initialiseHeader(
  kernel: Kernel,
  at: Va,
  type: number,
  bytes: number,
  signalState: number,
): void {
  const header = DISPATCHER_HEADER.at(kernel.mmu, at);
  header.Type = type;
  header.Signalling = 0;
  header.Size = bytes / 4;
  header.Reserved1 = 0;
  header.SignalState = signalState;
  const head = vaAdd(at, DISPATCHER_HEADER.offsetOf('WaitListHead'));
  header.WaitListHead.Flink = head;
  header.WaitListHead.Blink = head;
}

const baseType = (type: number): number => type & 0x7f;

/** True when a wait of `thread` on this object would not block now. */
function isSignalled(kernel: Kernel, object: Va, thread: Va): boolean {
  const header = DISPATCHER_HEADER.at(kernel.mmu, object);
  if (header.SignalState > 0) return true;
  return (
    baseType(header.Type) === OBJECT_TYPE.Mutant &&
    KMUTANT.at(kernel.mmu, object).OwnerThread === thread
  );
}

/** Takes what a satisfied wait takes: resets synchronization objects, counts semaphores down, gives mutants an owner. */
function consume(kernel: Kernel, object: Va, thread: Va): void {
  const header = DISPATCHER_HEADER.at(kernel.mmu, object);
  switch (baseType(header.Type)) {
    case OBJECT_TYPE.EventSynchronization:
    case OBJECT_TYPE.TimerSynchronization:
      header.SignalState = 0;
      break;
    case OBJECT_TYPE.Queue:
    case OBJECT_TYPE.Semaphore:
      header.SignalState -= 1;
      break;
    case OBJECT_TYPE.Mutant: {
      header.SignalState -= 1;
      KMUTANT.at(kernel.mmu, object).OwnerThread = thread;
      break;
    }
    default:
      break;
  }
}

/** Index of the satisfied object (0 for all), or -1; on success the objects are consumed. */
export function trySatisfy(
  kernel: Kernel,
  objects: readonly Va[],
  all: boolean,
  thread: Va,
): number {
  if (objects.length === 0) return -1;
  if (all) {
    if (!objects.every((object) => isSignalled(kernel, object, thread))) return -1;
    for (const object of objects) consume(kernel, object, thread);
    return 0;
  }
  const index = objects.findIndex((object) => isSignalled(kernel, object, thread));
  const object = objects[index];
  if (object !== undefined) consume(kernel, object, thread);
  return index;
}

/** Sets the state and lets waiters look again; returns the state before. */
export function setSignalState(kernel: Kernel, object: Va, state: number): number {
  const header = DISPATCHER_HEADER.at(kernel.mmu, object);
  const before = header.SignalState;
  header.SignalState = state;
  if (state > 0) kernel.scheduler.signalled(object);
  return before;
}

export const signalEvent = (kernel: Kernel, event: Va): number => setSignalState(kernel, event, 1);

export function releaseMutant(kernel: Kernel, mutant: Va): number {
  const view = KMUTANT.at(kernel.mmu, mutant);
  const before = view.Header.SignalState;
  if (before + 1 > 0) view.OwnerThread = NULL;
  setSignalState(kernel, mutant, before + 1);
  return before;
}
