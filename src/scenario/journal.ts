/** Announces phases and notes every step of a life cycle with its status and cost. */
import type { LifecycleStep } from '../events/run.ts';
import type { Blocking } from '../kernel/effects.ts';
import type { Machine } from '../machine/machine.ts';
import { isSuccess, type NtStatus, statusName } from '../units/status.ts';

export interface Step {
  readonly phase: string;
  /** Device it is about, such as `edu#1`, or null for the driver as a whole. */
  readonly subject: string | null;
}

/** Calls without whose success nothing of the driver is seen. */
const LOADING = ['DriverEntry', 'AddDevice'];
const STARTING = ['IRP_MN_START_DEVICE', 'MiniportInitializeEx', 'MiniportInitialize'];

export class Journal {
  readonly steps: LifecycleStep[] = [];
  /** Steps under way, with the instructions run before them. */
  readonly #open = new Map<number, number>();
  #hasStarted = false;
  #refusal: string | null = null;
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** The first answer that kept a device from starting, unless another one did start. */
  get notStarted(): string | null {
    return this.#hasStarted ? null : this.#refusal;
  }

  /** The driver loaded, and there is nothing through which it could be used. */
  noteNothingMade(): void {
    this.#refusal ??= 'DriverEntry left neither a device nor an AddDevice routine';
  }

  /** Runs `body` as the phase; `statusOf` gives what the driver under test answered. */
  *phase<T>(
    { phase, subject }: Step,
    body: () => Blocking<T>,
    statusOf: (result: T) => NtStatus | null,
  ): Blocking<T> {
    const machine = this.#machine;
    const { emit } = machine.kernel;
    const before = machine.instructions;
    machine.phase = phase;
    emit({ kind: 'phase-begin', name: phase, subject });
    const result = yield* body();
    emit({
      kind: 'phase-end',
      name: phase,
      subject,
      status: statusOf(result),
      instructions: machine.instructions - before,
    });
    return result;
  }

  /** One call of the framework within a phase. A step that never ends stays in the list without status. */
  *call<T>(
    step: Step,
    callback: string,
    body: () => Blocking<T>,
    statusOf: (result: T) => NtStatus | null,
  ): Blocking<T> {
    const machine = this.#machine;
    const before = machine.instructions;
    const index = this.steps.push({ ...step, callback, status: null, instructions: 0 }) - 1;
    this.#open.set(index, before);
    const result = yield* body();
    this.#open.delete(index);
    const status = statusOf(result);
    const name = status === null ? null : statusName(status);
    if (status !== null) this.#noteStart(callback, status);
    this.#note(index, { status: name, instructions: machine.instructions - before });
    return result;
  }

  /** The run is over: steps that it cut short have cost what they have cost. */
  close(): void {
    for (const [index, before] of this.#open) {
      this.#note(index, { instructions: this.#machine.instructions - before });
    }
    this.#open.clear();
  }

  #noteStart(callback: string, status: NtStatus): void {
    const isStart = STARTING.includes(callback);
    if (isStart && isSuccess(status)) this.#hasStarted = true;
    if ((isStart || LOADING.includes(callback)) && !isSuccess(status)) {
      this.#refusal ??= `${callback} answered ${statusName(status)}`;
    }
  }

  #note(index: number, change: Partial<LifecycleStep>): void {
    const step = this.steps[index];
    if (step !== undefined) this.steps[index] = { ...step, ...change };
  }
}
