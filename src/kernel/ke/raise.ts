/** Exceptions that services raise into the driver, and what happens when nobody handles one. */

import { DISPATCH_LEVEL } from '../../units/irql.ts';
import { type NtStatus, statusName } from '../../units/status.ts';
import type { Blocking, GuestContext } from '../effects.ts';
import { bugCheck } from '../end.ts';
import type { Kernel } from '../kernel.ts';
import { processes } from '../ps/processes.ts';
import { dispatchException, type ExceptionFacts } from './exception.ts';
import { modules } from './modules.ts';

const KMODE_EXCEPTION_NOT_HANDLED = 0x1e;
/** In a request that came from user mode. */
const SYSTEM_SERVICE_EXCEPTION = 0x3b;
const SYSTEM_THREAD_EXCEPTION_NOT_HANDLED = 0x7e;
const EXCEPTION_NONCONTINUABLE = 1;

/** Looks for a handler; without one the machine stops as Windows does. */
export function* raise(
  kernel: Kernel,
  facts: ExceptionFacts,
  context: GuestContext,
): Blocking<never> {
  yield* dispatchException(kernel, facts, context);
  const { module, offset, symbol } = modules(kernel).frame(facts.address);
  const detail = `${statusName(facts.code)} at ${module}+${offset}${symbol === undefined ? '' : ` (${symbol})`} was not handled`;
  const code = BigInt(facts.code >>> 0);
  if (kernel.irql >= DISPATCH_LEVEL) {
    const [first = 0n, second = 0n] = facts.parameters;
    return bugCheck(KMODE_EXCEPTION_NOT_HANDLED, [code, facts.address, first, second], detail);
  }
  const isSystem = kernel.scheduler.currentProcess === processes(kernel).system;
  const stop = isSystem ? SYSTEM_THREAD_EXCEPTION_NOT_HANDLED : SYSTEM_SERVICE_EXCEPTION;
  return bugCheck(stop, [code, facts.address, 0n, 0n], detail);
}

/** Raises a status from a service, as ExRaiseStatus does: at the instruction after the call. */
export function* raiseStatus(
  kernel: Kernel,
  status: NtStatus,
  parameters: readonly bigint[] = [],
): Blocking<never> {
  const context = kernel.processor.callerContext();
  const facts = { code: status, address: context.rip, parameters, flags: EXCEPTION_NONCONTINUABLE };
  return yield* raise(kernel, facts, context);
}
