/** Runs driver code on the CPU and answers what it stops for: service calls, returns, faults, budgets. */
import type { Cpu } from '../cpu/cpu.ts';
import type { Exit } from '../cpu/exit.ts';
import type { GuestContext } from '../kernel/effects.ts';
import { bugCheck, outOfBudget } from '../kernel/end.ts';
import { updateSharedTime } from '../kernel/ke/time.ts';
import { handleTrap, type Trap } from '../kernel/ke/trap.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { type GuestFault, isGuestFault } from '../memory/fault.ts';
import { faultOf } from '../memory/mmu.ts';
import { hexVa, type Va } from '../units/address.ts';
import { assert } from '../units/errors.ts';
import { ntStatus } from '../units/status.ts';
import { type Budget, COST } from './budget.ts';
import { INSTRUCTIONS_PER_TICK, type VirtualClock } from './clock.ts';
import { captureRegisters, restoreRegisters } from './registers.ts';
import type { ServiceCalls } from './service-calls.ts';
import { type GuestActivation, type RoutineActivation, type Thread, topOf } from './thread.ts';

/** Instructions between two looks at the clock's page and other threads. */
const SLICE = 1_000_000;
const PAGE_FAULT = 14;
const STATUS_ROUTINES =
  /^(DriverEntry|AddDevice|Dispatch|Miniport(SetOptions|Initialize|Pause|Restart|Reset|OidRequest|AddDevice))/;
const INTERRUPT_FLAG = 0x200n;

export interface DriverCodeParts {
  readonly cpu: Cpu;
  readonly clock: VirtualClock;
  readonly kernel: () => Kernel;
  readonly services: ServiceCalls;
  readonly returnThunk: Va;
  readonly budget: Budget;
}

export class DriverCode {
  readonly #parts: DriverCodeParts;

  constructor(parts: DriverCodeParts) {
    this.#parts = parts;
  }

  entered(thread: Thread, activation: GuestActivation): void {
    this.#parts.budget.spend(COST.routine);
    thread.activations.push(activation);
    const { routine, subject } = activation;
    this.#parts.kernel().emit({ kind: 'callback-enter', routine, subject });
  }

  /** Driver code that cleared IF is not interrupted. */
  interruptible(thread: Thread): boolean {
    if (topOf(thread)?.kind !== 'guest') return true;
    return (this.#parts.cpu.state.rflags & INTERRUPT_FLAG) !== 0n;
  }

  /** Runs the guest call on top of the thread until something happens. */
  run(thread: Thread): 'go-on' | 'give-way' {
    const { cpu, clock, budget } = this.#parts;
    const now = cpu.state.instructions;
    const due = clock.untilNext;
    const slice = Math.min(SLICE, budget.left);
    cpu.state.limit =
      now +
      (due === undefined
        ? slice
        : Math.min(slice, Math.max(1, Number(due) * INSTRUCTIONS_PER_TICK)));
    updateSharedTime(this.#parts.kernel());
    const { modules } = cpu.statistics;
    const exit = cpu.run();
    budget.spend((cpu.statistics.modules - modules) * COST.translation);
    if (exit.kind === 'budget') return cpu.state.instructions - now >= SLICE ? 'give-way' : 'go-on';
    this.#answer(thread, exit);
    return 'go-on';
  }

  /** Leaves everything above the frame that `context` continues in, and continues there. */
  unwindTo(thread: Thread, context: GuestContext): void {
    for (let top = topOf(thread); top !== undefined; top = topOf(thread)) {
      if (top.kind === 'guest' && top.entryRsp >= context.rsp - 8n) break;
      if (top.kind === 'guest') this.#left(top, null);
      else this.#abandon(top);
      thread.activations.pop();
    }
    assert(topOf(thread) !== undefined, 'the frame to resume belongs to the thread');
    restoreRegisters(this.#parts.cpu.state, context);
  }

  /** A routine of ours that will not go on; what it has to put right it does now. */
  #abandon({ body, service }: RoutineActivation): void {
    body.return(undefined);
    if (service === undefined) return;
    this.#parts
      .kernel()
      .emit({ kind: 'service-leave', service: service.name, result: 'exception' });
  }

  /** A service touched an address that the driver gave it and that is not there. */
  faultInService(thread: Thread, fault: GuestFault, context: GuestContext): void {
    const { address, access, reason } = fault;
    this.#trap(thread, { vector: PAGE_FAULT, address, access, reason, context });
  }

  /** Stops the machine with a bug check of ours. */
  stop(code: number, detail: string): never {
    return bugCheck(code, [], detail);
  }

  #answer(thread: Thread, exit: Exclude<Exit, { kind: 'budget' }>): void {
    const { clock } = this.#parts;
    switch (exit.kind) {
      case 'host-call':
        this.#hostCall(thread);
        break;
      case 'exception':
        this.#exception(thread, exit);
        break;
      case 'halt':
        if (!clock.skipToNext())
          outOfBudget('the driver halted the processor and nothing will wake it');
        break;
      case 'not-modelled': {
        const bytes = [...exit.bytes].map((b) => b.toString(16).padStart(2, '0')).join(' ');
        const name = `instruction ${exit.mnemonic} (${bytes}) at ${hexVa(exit.address)}`;
        throw Object.freeze({
          runEnd: 'not-modelled',
          name,
          dll: null,
          where: this.#parts.kernel().stack(),
        });
      }
      case 'cr8':
        break;
      default:
        exit satisfies never;
    }
  }

  #hostCall(thread: Thread): void {
    const { cpu, returnThunk, services, budget } = this.#parts;
    if (cpu.state.rip === returnThunk) {
      this.#returned(thread);
      return;
    }
    budget.spend(COST.service);
    let caller: GuestContext | undefined;
    try {
      const call = services.begin();
      caller = call.context;
      const blocking = services.start(call);
      if (blocking === undefined) return;
      thread.activations.push({
        kind: 'routine',
        name: call.name,
        body: blocking,
        caller: call.context,
        ...(call.callable.kind === 'service' && { service: call.callable.service }),
        done: (result) => services.finish(call, result),
      });
    } catch (thrown) {
      if (!isGuestFault(thrown)) throw thrown;
      this.faultInService(thread, thrown, caller ?? captureRegisters(cpu.state));
    }
  }

  /** Driver code returned to the routine that called it. */
  #returned(thread: Thread): void {
    const { cpu } = this.#parts;
    const top = topOf(thread);
    assert(top?.kind === 'guest', 'the return thunk ends a guest call');
    const result = cpu.state.gpr(0);
    this.#left(top, result);
    thread.activations.pop();
    restoreRegisters(cpu.state, top.saved);
    thread.answer = result;
  }

  #left({ routine, subject }: GuestActivation, result: bigint | null): void {
    const reports = result !== null && STATUS_ROUTINES.test(routine);
    const status = reports ? ntStatus(result) : null;
    this.#parts.kernel().emit({ kind: 'callback-leave', routine, subject, status });
  }

  #exception(thread: Thread, exit: Extract<Exit, { kind: 'exception' }>): void {
    const { cpu, kernel } = this.#parts;
    const context = captureRegisters(cpu.state);
    if (exit.vector !== PAGE_FAULT || exit.address === undefined) {
      this.#trap(thread, { vector: exit.vector, context });
      return;
    }
    const code = exit.errorCode ?? 0;
    const access = (code & 16) !== 0 ? 'execute' : (code & 2) !== 0 ? 'write' : 'read';
    const reason = faultOf(kernel().mmu, exit.address, access)?.reason ?? 'not-present';
    this.#trap(thread, { vector: PAGE_FAULT, address: exit.address, access, reason, context });
  }

  #trap(thread: Thread, trap: Trap): void {
    const kernel = this.#parts.kernel();
    thread.activations.push({
      kind: 'routine',
      name: 'trap',
      body: handleTrap(kernel, trap),
      caller: null,
      done: () => {},
    });
  }
}
