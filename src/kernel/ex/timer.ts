/** System-allocated timers (EX_TIMER): 100 ns periods, callbacks at DISPATCH_LEVEL. */

import { bool, i64, ptr, u32 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import type { Irql } from '../../units/irql.ts';
import { DISPATCH_LEVEL } from '../../units/irql.ts';
import { type Blocking, callGuest } from '../effects.ts';
import { initialiseHeader, setSignalState } from '../ke/dispatcher.ts';
import { KTIMER, OBJECT_TYPE } from '../ke/layout.ts';
import { systemTime } from '../ke/time.ts';
import { type Interruption, type Kernel, part } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import { pool } from './pool.ts';

/** EX_TIMER_NOTIFICATION (wdm.h): every waiter is let go, not one. */
const NOTIFICATION = 0x8000_0000;

interface Timer {
  readonly at: Va;
  readonly callback: Va;
  readonly context: Va;
  callOff: (() => void) | null;
}

class ExTimers {
  readonly #kernel: Kernel;
  readonly #timers = new Map<Va, Timer>();
  #due: Timer[] = [];

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    kernel.interruptSources.push((irql) => this.#interruption(irql));
  }

  /** A waitable object as a KTIMER is; NULL without RAM for it. */
  create(callback: Va, context: Va, attributes: number): Va {
    const at = pool(this.#kernel).allocate(KTIMER.bytes, 'ExTm', 'nonpaged', true);
    if (at === undefined) return NULL;
    const type =
      (attributes & NOTIFICATION) === 0
        ? OBJECT_TYPE.TimerSynchronization
        : OBJECT_TYPE.TimerNotification;
    initialiseHeader(this.#kernel, at, type, KTIMER.bytes, 0);
    this.#timers.set(at, { at, callback, context, callOff: null });
    return at;
  }

  /** True when it was set already. Negative due times are relative. */
  set(at: Va, dueTime: bigint, period: bigint): boolean {
    const was = this.cancel(at);
    const timer = this.#timers.get(at);
    if (timer === undefined) return false;
    setSignalState(this.#kernel, at, 0);
    const delay = dueTime < 0n ? -dueTime : dueTime - systemTime(this.#kernel);
    this.#arm(timer, delay > 0n ? delay : 0n, period);
    return was;
  }

  cancel(at: Va): boolean {
    const timer = this.#timers.get(at);
    const queued = this.#due.some((due) => due.at === at);
    this.#due = this.#due.filter((due) => due.at !== at);
    if (timer?.callOff == null) return queued;
    timer.callOff();
    timer.callOff = null;
    return true;
  }

  /** A timer that is still set never expires: Windows would put the deletion off until then. */
  delete(at: Va): void {
    this.cancel(at);
    this.#timers.delete(at);
    pool(this.#kernel).free(at);
  }

  #arm(timer: Timer, delay: bigint, period: bigint): void {
    timer.callOff = this.#kernel.clock.after(delay, () => {
      timer.callOff = null;
      if (period > 0n) this.#arm(timer, period, period);
      setSignalState(this.#kernel, timer.at, 1);
      if (timer.callback !== NULL && !this.#due.includes(timer)) this.#due.push(timer);
    });
  }

  #interruption(irql: Irql): Interruption | null {
    if (irql >= DISPATCH_LEVEL || this.#due.length === 0) return null;
    return { irql: DISPATCH_LEVEL, name: 'ExTimer', run: () => this.#drain() };
  }

  *#drain(): Blocking<void> {
    for (let next = this.#due.shift(); next !== undefined; next = this.#due.shift()) {
      yield* callGuest(next.callback, [next.at, next.context], 'ExTimerCallback');
    }
  }
}

const exTimers = part((kernel) => new ExTimers(kernel));

const Timer = ptr('EX_TIMER');

const ExAllocateTimer = service({
  name: 'ExAllocateTimer',
  doc: 'wdm/nf-wdm-exallocatetimer',
  params: { Callback: ptr('EXT_CALLBACK'), CallbackContext: ptr(), Attributes: u32 },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run: (kernel, { Callback, CallbackContext, Attributes }) =>
    exTimers(kernel).create(Callback, CallbackContext, Attributes),
});

const ExSetTimer = service({
  name: 'ExSetTimer',
  doc: 'wdm/nf-wdm-exsettimer',
  params: { Timer, DueTime: i64, Period: i64, Parameters: ptr('EXT_SET_PARAMETERS') },
  returns: 'bool',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, args) => exTimers(kernel).set(args.Timer, args.DueTime, args.Period),
});

const ExCancelTimer = service({
  name: 'ExCancelTimer',
  doc: 'wdm/nf-wdm-excanceltimer',
  params: { Timer, Parameters: ptr('EXT_CANCEL_PARAMETERS') },
  returns: 'bool',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, args) => exTimers(kernel).cancel(args.Timer),
});

/** EXT_DELETE_PARAMETERS: Version, Reserved, DeleteCallback, DeleteContext (wdm.h). */
const DELETE_CALLBACK = 8;
const DELETE_CONTEXT = 16;

const ExDeleteTimer = service({
  name: 'ExDeleteTimer',
  doc: 'wdm/nf-wdm-exdeletetimer',
  params: { Timer, Cancel: bool, Wait: bool, Parameters: ptr('EXT_DELETE_PARAMETERS') },
  returns: 'bool',
  *run(kernel, args): Blocking<boolean> {
    const cancelled = args.Cancel && exTimers(kernel).cancel(args.Timer);
    exTimers(kernel).delete(args.Timer);
    if (args.Parameters === NULL) return cancelled;
    const callback = kernel.mmu.pointer(vaAdd(args.Parameters, DELETE_CALLBACK));
    const context = kernel.mmu.u64(vaAdd(args.Parameters, DELETE_CONTEXT));
    if (callback !== NULL) yield* callGuest(callback, [context], 'ExTimerDelete');
    return cancelled;
  },
});

export const exTimerServices: readonly Service[] = [
  ExAllocateTimer,
  ExSetTimer,
  ExCancelTimer,
  ExDeleteTimer,
];
