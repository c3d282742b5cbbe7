/** Drivers written in TypeScript: the same declared services, called with typed arguments. */
import { type Blocking, isBlocking } from '../kernel/effects.ts';
import type { Kernel } from '../kernel/kernel.ts';
import {
  type Args,
  type Params,
  type Service,
  type ServiceCall,
  type ServiceOf,
  toRegister,
} from '../kernel/service.ts';
import { NULL } from '../units/address.ts';
import { InternalError } from '../units/errors.ts';
import { formatArguments, formatResult } from './format-call.ts';
import { outputsOf, pointeesOf } from './pointees.ts';

const NO_REGISTERS: ServiceCall = {
  returnAddress: NULL,
  slot() {
    throw new InternalError('a service called from TypeScript has no variable arguments');
  },
};

/**
 * Calls a service as a driver would, e.g.
 * `const base = yield* callService(kernel, MmMapIoSpace, { PhysicalAddress: 0xfeb0_0000n, NumberOfBytes: 0x1000n, CacheType: 0 })`.
 * Gives what the driver would find in RAX.
 */
export function* callService<P extends Params>(
  kernel: Kernel,
  service: ServiceOf<P>,
  args: Args<P>,
): Blocking<bigint> {
  const untyped: Service = service;
  kernel.emit({
    kind: 'service-enter',
    service: service.name,
    dll: service.dll,
    args: formatArguments(service, args),
    ...pointeesOf(kernel.mmu, service, args),
    maxIrql: untyped.maxIrql(kernel, args),
  });
  const outcome = untyped.run(kernel, args, NO_REGISTERS);
  const result = toRegister(isBlocking(outcome) ? yield* outcome : outcome);
  kernel.emit({
    kind: 'service-leave',
    service: service.name,
    result: formatResult(service, result),
    ...outputsOf(kernel.mmu, service, args),
  });
  return result;
}
