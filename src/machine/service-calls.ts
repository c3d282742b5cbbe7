/** A driver's call into Windows: which service, its typed arguments, its result, and what is told of it. */
import type { Cpu } from '../cpu/cpu.ts';
import { type Blocking, type GuestContext, isBlocking } from '../kernel/effects.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { type Result, type ServiceCall, toRegister } from '../kernel/service.ts';
import { hexVa, type Va, va } from '../units/address.ts';
import { formatArguments, formatResult } from './format-call.ts';
import { ARGUMENT_REGISTERS, returnFromCall } from './guest-call.ts';
import { outputsOf, pointeesOf } from './pointees.ts';
import { captureRegisters } from './registers.ts';
import type { Callable } from './service-table.ts';

export interface CallInProgress extends ServiceCall {
  readonly name: string;
  readonly callable: Callable;
  /** The caller's registers as they will be after the return, but for RAX. */
  readonly context: GuestContext;
}

export interface ServiceCallParts {
  readonly cpu: Cpu;
  readonly kernel: () => Kernel;
  readonly callableAt: (at: Va) => Callable | undefined;
}

export class ServiceCalls {
  readonly #parts: ServiceCallParts;
  /** Names of services that were answered by the user's stubs, in order of first call. */
  readonly stubbed = new Set<string>();

  constructor(parts: ServiceCallParts) {
    this.#parts = parts;
  }

  /** Reads the call that the CPU stopped at. */
  begin(): CallInProgress {
    const { cpu, callableAt } = this.#parts;
    const { mmu } = this.#parts.kernel();
    const callable = callableAt(cpu.state.rip);
    const registers = captureRegisters(cpu.state);
    const { rsp } = cpu.state;
    const returnAddress = mmu.pointer(rsp);
    const context = { ...registers, rip: returnAddress, rsp: rsp + 8n };
    if (callable === undefined) {
      const name = `code at ${hexVa(cpu.state.rip)}, inside a system module but at no export,`;
      throw Object.freeze({ runEnd: 'not-modelled', name, dll: null, where: null });
    }
    const name = callable.kind === 'service' ? callable.service.name : callable.name;
    const slot = (index: number): bigint => {
      const register = ARGUMENT_REGISTERS[index];
      if (register !== undefined) return registers.gpr[register] ?? 0n;
      return mmu.read(va(rsp + 8n + BigInt(index) * 8n), 8);
    };
    return { name, callable, context, returnAddress, slot };
  }

  /** Runs it. A generator comes back when it may wait; otherwise the call is over. */
  start(call: CallInProgress): Blocking<Result> | undefined {
    const kernel = this.#parts.kernel();
    const { callable } = call;
    if (callable.kind === 'unmodelled') {
      throw Object.freeze({
        runEnd: 'not-modelled',
        name: callable.name,
        dll: callable.dll,
        where: kernel.stack(),
      });
    }
    if (callable.kind === 'stub') {
      this.stubbed.add(callable.name);
      kernel.emit({ kind: 'stubbed', service: callable.name, value: hexVa(callable.value) });
      this.finish(call, callable.value);
      return undefined;
    }
    const { service } = callable;
    const args = service.decode(call);
    kernel.emit({
      kind: 'service-enter',
      service: service.name,
      dll: service.dll,
      args: formatArguments(service, args),
      ...pointeesOf(kernel.mmu, service, args),
      maxIrql: service.maxIrql(kernel, args),
    });
    const result = service.run(kernel, args, call);
    if (isBlocking(result)) return result;
    this.finish(call, result);
    return undefined;
  }

  /** Returns to the driver. */
  finish(call: CallInProgress, result: unknown): void {
    const { cpu } = this.#parts;
    const kernel = this.#parts.kernel();
    const value = toRegister(result as Result);
    if (call.callable.kind === 'service') {
      const { service } = call.callable;
      kernel.emit({
        kind: 'service-leave',
        service: service.name,
        result: formatResult(service, value),
        ...outputsOf(kernel.mmu, service, service.decode(call)),
      });
    }
    returnFromCall(cpu.state, kernel.mmu, value);
  }
}
