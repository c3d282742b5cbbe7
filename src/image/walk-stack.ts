/** Return addresses up a guest stack, as far as it can be followed. */
import type { Va } from '../units/address.ts';
import type { UnwindModule } from './function-table.ts';
import { type ReadMemory, type UnwindContext, virtualUnwind } from './unwind.ts';

/** The module an address is in. */
export type LookupModule = (at: Va) => UnwindModule | undefined;

/**
 * The innermost return address first, at most `limit`. Stops without complaint at an address in no
 * module, at memory that cannot be read, at damaged unwind data, and when the stack does not shrink.
 */
export function walkStack(
  context: UnwindContext,
  readMemory: ReadMemory,
  lookupModule: LookupModule,
  limit: number,
): Va[] {
  const returns: Va[] = [];
  let current = context;
  let module = lookupModule(current.rip);
  while (returns.length < limit) {
    const unwound = virtualUnwind(module, current, readMemory);
    if (unwound.kind !== 'unwound' || unwound.context.rsp <= current.rsp) break;
    current = unwound.context;
    module = lookupModule(current.rip);
    if (!module) break;
    returns.push(current.rip);
  }
  return returns;
}
