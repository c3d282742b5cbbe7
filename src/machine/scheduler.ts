/**
 * The one scheduler: decides which thread runs, steps its routines and its driver code, delivers
 * interruptions, and lets the clock jump when everybody waits. Only this file calls a generator's `next`.
 */
import type { Cpu } from '../cpu/cpu.ts';
import type {
  Blocking,
  CallGuestEffect,
  Effect,
  GuestContext,
  WaitEffect,
} from '../kernel/effects.ts';
import { bugCheck, outOfBudget } from '../kernel/end.ts';
import { describeAddress } from '../kernel/ke/describe-address.ts';
import { trySatisfy } from '../kernel/ke/dispatcher.ts';
import { systemTime } from '../kernel/ke/time.ts';
import type { Kernel, Scheduler } from '../kernel/kernel.ts';
import { isGuestFault } from '../memory/fault.ts';
import type { Va } from '../units/address.ts';
import { DISPATCH_LEVEL, HIGH_LEVEL } from '../units/irql.ts';
import { STATUS } from '../units/status.ts';
import type { VirtualClock } from './clock.ts';
import type { DriverCode } from './driver-code.ts';
import { enterGuest } from './guest-call.ts';
import { captureRegisters, restoreRegisters } from './registers.ts';
import {
  type DriverRoutine,
  innermostRoutine,
  type RoutineActivation,
  type Thread,
  topOf,
} from './thread.ts';
import type { ThreadFactory } from './thread-factory.ts';

/** Virtual time after which a run that only waits is called endless: one hour. */
const LONGEST_RUN_TICKS = 36_000_000_000n;
const ATTEMPTED_SWITCH_FROM_DPC = 0xb8;
const PAGE_FAULT_IN_NONPAGED_AREA = 0x50;

export interface SchedulerParts {
  readonly cpu: Cpu;
  readonly clock: VirtualClock;
  readonly threads: ThreadFactory;
  readonly driverCode: DriverCode;
  /** Where guest calls return to: leaves translated code. */
  readonly returnThunk: Va;
  readonly kernel: () => Kernel;
}

export class MachineScheduler implements Scheduler {
  readonly #parts: SchedulerParts;
  readonly #ready: Thread[] = [];
  readonly #waiting = new Set<Thread>();
  readonly #idle: Thread;
  #running: Thread;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
    this.#idle = parts.threads.create('idle');
    this.#running = this.#idle;
    restoreRegisters(parts.cpu.state, this.#idle.context);
    parts.threads.makeCurrent(this.#idle);
  }

  get #kernel(): Kernel {
    return this.#parts.kernel();
  }

  get current(): Thread {
    return this.#running;
  }
  get currentThread(): Va {
    return this.#running.object;
  }
  get currentProcess(): Va {
    return this.#running.process;
  }

  attach(process: Va): void {
    this.#running.process = process;
  }

  setUserApc(object: Va, pending: boolean): void {
    const threads = [this.#running, ...this.#ready, ...this.#waiting];
    const thread = threads.find((candidate) => candidate.object === object);
    if (thread === undefined) return;
    thread.userApc = pending;
    if (pending && thread.waiting?.userMode === true) this.#wake(thread, BigInt(STATUS.USER_APC));
  }

  callerBeyond({ rip, rsp }: GuestContext): GuestContext | undefined {
    if (rip !== this.#parts.returnThunk) return undefined;
    const { activations } = this.#running;
    const ended = activations.findIndex(
      (activation) => activation.kind === 'guest' && activation.entryRsp + 8n === rsp,
    );
    const caller = activations[ended - 1];
    if (caller?.kind !== 'routine' || caller.service?.passesExceptions !== true) return undefined;
    return caller.caller ?? undefined;
  }

  spawn(name: string, body: () => Blocking<unknown>): Va {
    const thread = this.#parts.threads.create(name);
    const done = (): void => {};
    thread.activations.push({ kind: 'routine', name, body: body(), done, caller: null });
    this.#ready.push(thread);
    return thread.object;
  }

  signalled(_object: Va): void {
    for (const thread of [...this.#waiting]) {
      const { waiting } = thread;
      if (waiting === null) continue;
      const index = trySatisfy(this.#kernel, waiting.objects, waiting.all, thread.object);
      if (index >= 0) this.#wake(thread, BigInt(index));
    }
  }

  /** Runs `body` on a thread of its own until it ends, with everything that it sets going. */
  run<T>(name: string, body: () => Blocking<T>, driver?: DriverRoutine): T {
    const outcome: { value?: T } = {};
    const thread = this.#parts.threads.create(name);
    const done = (result: unknown): void => {
      outcome.value = result as T;
    };
    const routine: RoutineActivation = { kind: 'routine', name, body: body(), done, caller: null };
    thread.activations.push(driver === undefined ? routine : { ...routine, driver });
    this.#ready.push(thread);
    while (!('value' in outcome)) this.#shieldedTurn();
    this.#settle(thread);
    return outcome.value as T;
  }

  /** Runs `body` at HIGH_LEVEL once the machine has crashed: nothing else moves, and the crash stays on top. */
  runAfterCrash(name: string, body: () => Blocking<unknown>): void {
    const crashed = this.#running;
    const thread = this.#parts.threads.create(name);
    thread.irql = HIGH_LEVEL;
    const done = (): void => {};
    thread.activations.push({ kind: 'routine', name, body: body(), done, caller: null });
    this.#switchTo(thread);
    try {
      while (thread.state !== 'ended') this.#runThread(thread);
    } finally {
      this.#switchTo(crashed);
    }
  }

  /** After the body's last step the thread is still current: let it end. */
  #settle(thread: Thread): void {
    if (this.#running === thread) this.#switchTo(this.#idle);
    this.#end(thread);
  }

  /** A fault of the system's own work on what the driver left in memory (a timer, a DPC object) is its bug check. */
  #shieldedTurn(): void {
    try {
      this.#turn();
    } catch (thrown) {
      if (!isGuestFault(thrown)) throw thrown;
      const { description } = describeAddress(this.#kernel, thrown.address);
      bugCheck(
        PAGE_FAULT_IN_NONPAGED_AREA,
        [thrown.address],
        `the system ${thrown.access}s ${description}`,
      );
    }
  }

  #turn(): void {
    const next = this.#ready.shift();
    if (next !== undefined) {
      this.#switchTo(next);
      this.#runThread(next);
      return;
    }
    this.#switchTo(this.#idle);
    if (this.#interrupt()) this.#runThread(this.#idle);
    else if (!this.#parts.clock.skipToNext()) {
      outOfBudget(
        `every thread waits for something that nothing will signal (${this.#whoWaits()})`,
      );
    } else if (this.#parts.clock.now > LONGEST_RUN_TICKS) {
      outOfBudget(`an hour of virtual time passed without an end (${this.#whoWaits()} waits)`);
    }
  }

  /** Waiting threads, with the driver routine that each is in. */
  #whoWaits(): string {
    const names = [...this.#waiting].map((thread) => {
      const within = innermostRoutine(thread);
      if (within === undefined) return thread.name;
      const { routine, subject } = within;
      return `${thread.name} in ${routine}${subject === null ? '' : ` of ${subject}`}`;
    });
    return names.join(', ');
  }

  /** Steps one thread until it waits, ends or gives way. */
  #runThread(thread: Thread): void {
    thread.state = 'running';
    while (thread.state === 'running') {
      this.#parts.clock.runDue();
      this.#interrupt();
      const top = topOf(thread);
      if (top === undefined) {
        if (thread === this.#idle) return;
        this.#end(thread);
      } else if (top.kind === 'routine') this.#stepRoutine(thread, top);
      else if (this.#parts.driverCode.run(thread) === 'give-way') this.#giveWay(thread);
    }
  }

  #stepRoutine(thread: Thread, routine: RoutineActivation): void {
    const { answer } = thread;
    thread.answer = 0n;
    let step: IteratorResult<Effect, unknown>;
    try {
      step = routine.body.next(answer);
    } catch (thrown) {
      if (!isGuestFault(thrown) || routine.caller === null) throw thrown;
      this.#drop(thread, routine);
      this.#parts.driverCode.faultInService(thread, thrown, routine.caller);
      return;
    }
    if (step.done === true) {
      this.#drop(thread, routine);
      routine.done(step.value);
    } else this.#carryOut(thread, step.value);
  }

  #carryOut(thread: Thread, effect: Effect): void {
    switch (effect.kind) {
      case 'call-guest':
        this.#callGuest(thread, effect);
        break;
      case 'wait':
        this.#wait(thread, effect);
        break;
      case 'yield':
        this.#giveWay(thread);
        break;
      case 'resume-guest':
        this.#parts.driverCode.unwindTo(thread, effect.context);
        break;
      case 'exit-thread':
        thread.activations.length = 0;
        this.#end(thread);
        break;
      default:
        effect satisfies never;
    }
  }

  #callGuest(thread: Thread, { entry, args, routine, subject }: CallGuestEffect): void {
    const { cpu, returnThunk, driverCode } = this.#parts;
    const saved = captureRegisters(cpu.state);
    const inherited = innermostRoutine(thread)?.subject ?? null;
    const entryRsp = enterGuest(cpu.state, this.#kernel.mmu, entry, args, returnThunk);
    driverCode.entered(thread, {
      kind: 'guest',
      routine,
      subject: subject === undefined ? inherited : subject,
      saved,
      entryRsp,
      irql: this.#kernel.irql,
      instructionsBefore: cpu.state.instructions,
    });
  }

  #wait(thread: Thread, { objects, all, timeout, userMode }: WaitEffect): void {
    const kernel = this.#kernel;
    const index = trySatisfy(kernel, objects, all, thread.object);
    if (index >= 0) {
      thread.answer = BigInt(index);
      return;
    }
    if (timeout === 0n) {
      thread.answer = BigInt(STATUS.TIMEOUT);
      return;
    }
    if (userMode && thread.userApc) {
      thread.answer = BigInt(STATUS.USER_APC);
      return;
    }
    if (kernel.irql >= DISPATCH_LEVEL) {
      this.#parts.driverCode.stop(ATTEMPTED_SWITCH_FROM_DPC, 'a wait at DISPATCH_LEVEL or above');
    }
    thread.state = 'waiting';
    thread.waiting = { objects, all, userMode, callOff: this.#timeOut(thread, timeout) };
    this.#waiting.add(thread);
  }

  #timeOut(thread: Thread, timeout: bigint | null): () => void {
    if (timeout === null) return () => {};
    const delay = timeout < 0n ? -timeout : timeout - systemTime(this.#kernel);
    return this.#parts.clock.after(delay, () => this.#wake(thread, BigInt(STATUS.TIMEOUT)));
  }

  #wake(thread: Thread, answer: bigint): void {
    thread.waiting?.callOff();
    thread.waiting = null;
    this.#waiting.delete(thread);
    thread.answer = answer;
    thread.state = 'ready';
    this.#ready.push(thread);
  }

  #giveWay(thread: Thread): void {
    thread.state = 'ready';
    this.#ready.push(thread);
  }

  #end(thread: Thread): void {
    thread.state = 'ended';
    this.#parts.threads.end(thread);
    this.signalled(thread.object);
  }

  #switchTo(thread: Thread): void {
    if (thread === this.#running) return;
    const { cpu, threads } = this.#parts;
    const before = this.#running;
    before.context = captureRegisters(cpu.state);
    before.irql = this.#kernel.irql;
    this.#running = thread;
    restoreRegisters(cpu.state, thread.context);
    cpu.state.cr8 = thread.irql;
    threads.makeCurrent(thread);
  }

  /** Starts the most urgent interruption above the current IRQL on the running thread. */
  #interrupt(): boolean {
    const kernel = this.#kernel;
    const interruption = mostUrgent(kernel);
    if (interruption === null || !this.#parts.driverCode.interruptible(this.#running)) return false;
    const thread = this.#running;
    const saved = captureRegisters(this.#parts.cpu.state);
    const { irql } = kernel;
    const { answer } = thread;
    thread.answer = 0n;
    const { irql: level, name } = interruption;
    kernel.setIrql(level);
    const done = (): void => {
      restoreRegisters(this.#parts.cpu.state, saved);
      kernel.setIrql(irql);
      thread.answer = answer;
    };
    thread.activations.push({
      kind: 'routine',
      name,
      body: interruption.run(),
      done,
      caller: null,
    });
    return true;
  }

  #drop(thread: Thread, routine: RoutineActivation): void {
    const index = thread.activations.lastIndexOf(routine);
    thread.activations.length = index;
  }
}

function mostUrgent(kernel: Kernel) {
  let best = null;
  for (const source of kernel.interruptSources) {
    const offered = source(best?.irql ?? kernel.irql);
    if (offered !== null) best = offered;
  }
  return best;
}
