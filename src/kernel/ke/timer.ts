/** Kernel timers: KTIMER objects that the virtual clock expires. */
import { NULL, type Va } from '../../units/address.ts';
import { TICKS_PER_MS } from '../../units/ticks.ts';
import { type Kernel, part } from '../kernel.ts';
import { initialiseHeader, setSignalState } from './dispatcher.ts';
import { dpcQueue } from './dpc.ts';
import { KTIMER, OBJECT_TYPE } from './layout.ts';
import { systemTime } from './time.ts';

class Timers {
  readonly #kernel: Kernel;
  readonly #pending = new Map<Va, () => void>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  initialise(timer: Va, synchronization: boolean): void {
    const type = synchronization ? OBJECT_TYPE.TimerSynchronization : OBJECT_TYPE.TimerNotification;
    initialiseHeader(this.#kernel, timer, type, KTIMER.bytes, 0);
    const view = KTIMER.at(this.#kernel.mmu, timer);
    view.DueTime = 0n;
    view.Period = 0;
    view.Dpc = NULL;
  }

  /** Negative due times are relative, others absolute system time. True when the timer was set before. */
  set(timer: Va, dueTime: bigint, periodMs: number, dpc: Va): boolean {
    const was = this.cancel(timer);
    const view = KTIMER.at(this.#kernel.mmu, timer);
    view.Header.SignalState = 0;
    view.Dpc = dpc;
    view.Period = periodMs;
    const delay = dueTime < 0n ? -dueTime : dueTime - systemTime(this.#kernel);
    view.DueTime = this.#kernel.clock.now + (delay > 0n ? delay : 0n);
    this.#arm(timer, delay > 0n ? delay : 0n);
    return was;
  }

  cancel(timer: Va): boolean {
    const callOff = this.#pending.get(timer);
    if (callOff === undefined) return false;
    callOff();
    this.#pending.delete(timer);
    return true;
  }

  isSet(timer: Va): boolean {
    return this.#pending.has(timer);
  }

  /** Timers that would still fire, for the unload check. */
  get armed(): readonly Va[] {
    return [...this.#pending.keys()];
  }

  #arm(timer: Va, delay: bigint): void {
    this.#pending.set(
      timer,
      this.#kernel.clock.after(delay, () => this.#expire(timer)),
    );
  }

  #expire(timer: Va): void {
    this.#pending.delete(timer);
    const view = KTIMER.at(this.#kernel.mmu, timer);
    if (view.Period > 0) this.#arm(timer, BigInt(view.Period) * TICKS_PER_MS);
    setSignalState(this.#kernel, timer, 1);
    if (view.Dpc !== NULL) dpcQueue(this.#kernel).insert(view.Dpc, NULL, NULL);
  }
}

export const timers = part((kernel) => new Timers(kernel));
