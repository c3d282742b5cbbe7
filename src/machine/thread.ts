/** A thread: a kernel stack, saved registers, and the nest of guest calls and suspended routines on it. */
import type { Blocking, GuestContext } from '../kernel/effects.ts';
import type { Service } from '../kernel/service.ts';
import type { Va } from '../units/address.ts';
import type { Irql } from '../units/irql.ts';

/** A routine of ours on a thread: a thread's body, a service that may wait, an interruption. */
export interface RoutineActivation {
  readonly kind: 'routine';
  readonly name: string;
  readonly body: Blocking<unknown>;
  /** What to do with its result; runs once, with the activation already off the thread. */
  readonly done: (result: unknown) => void;
  /** Guest registers at the call that started it, when guest code did. */
  readonly caller: GuestContext | null;
  /** The service, when it is one that a driver called. */
  readonly service?: Service;
  /** When the routine is a driver's own, written in TypeScript: what it is and for which device it runs. */
  readonly driver?: DriverRoutine;
}

/** A routine of a driver, as events name it. */
export interface DriverRoutine {
  readonly routine: string;
  readonly subject: string | null;
}

/** Driver code that a routine called. */
export interface GuestActivation {
  readonly kind: 'guest';
  readonly routine: string;
  readonly subject: string | null;
  /** Registers to put back when it returns. */
  readonly saved: GuestContext;
  /** RSP at its first instruction: its frames lie below. */
  readonly entryRsp: bigint;
  readonly irql: Irql;
  readonly instructionsBefore: number;
}

export type Activation = RoutineActivation | GuestActivation;

export interface Waiting {
  readonly objects: readonly Va[];
  readonly all: boolean;
  readonly userMode: boolean;
  readonly callOff: () => void;
}

export interface Thread {
  readonly object: Va;
  readonly name: string;
  readonly id: number;
  readonly stackBase: Va;
  readonly stackTop: Va;
  readonly activations: Activation[];
  state: 'ready' | 'running' | 'waiting' | 'ended';
  waiting: Waiting | null;
  /** Registers while it does not run. */
  context: GuestContext;
  irql: Irql;
  process: Va;
  /** A user APC is pending: waits in UserMode end. */
  userApc: boolean;
  /** Goes into the generator on top at its next step. */
  answer: bigint;
}

export const topOf = (thread: Thread): Activation | undefined =>
  thread.activations[thread.activations.length - 1];

/** The innermost driver routine of a thread, compiled or written in TypeScript. */
export function innermostRoutine(thread: Thread): DriverRoutine | undefined {
  for (let i = thread.activations.length - 1; i >= 0; i--) {
    const activation = thread.activations[i];
    if (activation?.kind === 'guest') return activation;
    if (activation?.driver !== undefined) return activation.driver;
  }
  return undefined;
}
