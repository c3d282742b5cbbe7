/** How a service waits or calls back into the driver: by yielding an effect that the scheduler alone carries out. */
import type { Va } from '../units/address.ts';
import { type NtStatus, ntStatus } from '../units/status.ts';

export interface WaitEffect {
  readonly kind: 'wait';
  /** Dispatcher objects; none means a plain delay. */
  readonly objects: readonly Va[];
  readonly all: boolean;
  /** As in Windows: negative relative, positive absolute 100 ns units, null for ever. */
  readonly timeout: bigint | null;
  /** A user APC, such as the end of the application, ends it. */
  readonly userMode: boolean;
}

export interface CallGuestEffect {
  readonly kind: 'call-guest';
  readonly entry: Va;
  readonly args: readonly bigint[];
  /** Name of the routine for events and reports, such as `Dispatch IRP_MN_START_DEVICE`. */
  readonly routine: string;
  /** Device the routine runs for, when it is known better than by the caller's. */
  readonly subject?: string | null;
}

/** Gives other ready threads a turn. */
export interface YieldEffect {
  readonly kind: 'yield';
}

/** Continues the guest at `context` after leaving every routine and guest call above the frame at its stack pointer. */
export interface ResumeEffect {
  readonly kind: 'resume-guest';
  readonly context: GuestContext;
}

/** Ends the current thread. */
export interface ExitThreadEffect {
  readonly kind: 'exit-thread';
  readonly status: NtStatus;
}

export type Effect = WaitEffect | CallGuestEffect | YieldEffect | ResumeEffect | ExitThreadEffect;

/** Integer, control and SSE registers of a processor (the part of CONTEXT that kernel code has). */
export interface GuestContext {
  rip: bigint;
  rsp: bigint;
  rflags: bigint;
  /** By encoding: rax rcx rdx rbx rsp rbp rsi rdi r8-r15; entry 4 repeats rsp. */
  gpr: bigint[];
  /** Sixteen registers of 16 bytes. */
  xmm: Uint8Array;
  mxcsr: number;
}

/** A routine that may suspend. Compose with `yield*`; a bare `yield` belongs in this file. */
export type Blocking<T> = Generator<Effect, T, bigint>;

/** Calls driver code and gives its RAX. */
export function* callGuest(
  entry: Va,
  args: readonly bigint[],
  routine: string,
  subject?: string | null,
): Blocking<bigint> {
  return yield subject === undefined
    ? { kind: 'call-guest', entry, args, routine }
    : { kind: 'call-guest', entry, args, routine, subject };
}

/** Waits for one or all objects; the scheduler answers STATUS_WAIT_0 + index or STATUS_TIMEOUT. */
export function* wait(
  objects: readonly Va[],
  timeout: bigint | null,
  all = false,
  userMode = false,
): Blocking<NtStatus> {
  return ntStatus(yield { kind: 'wait', objects, all, timeout, userMode });
}

export function* giveWay(): Blocking<void> {
  yield { kind: 'yield' };
}

export function* resumeGuest(context: GuestContext): Blocking<never> {
  yield { kind: 'resume-guest', context };
  throw new TypeError('a resumed guest does not come back');
}

export function* exitThread(status: NtStatus): Blocking<never> {
  yield { kind: 'exit-thread', status };
  throw new TypeError('an ended thread does not come back');
}

export const isBlocking = (value: unknown): value is Blocking<unknown> =>
  typeof value === 'object' && value !== null && 'next' in value;
