/** Whether an exception that a service raises now would meet a __try with an __except. */
import { readScopeTable } from '../../image/scope-table.ts';
import { virtualUnwind } from '../../image/unwind.ts';
import { rva, va } from '../../units/address.ts';
import { fromUnwind, toUnwind } from '../ke/context.ts';
import { guestReader } from '../ke/exception.ts';
import { modules } from '../ke/modules.ts';
import type { Kernel } from '../kernel.ts';

const MAX_FRAMES = 64;

/**
 * Looks through the frames of the calling driver code. A handler whose data is no C scope table (C++)
 * counts as one that takes the exception.
 */
export function handledOnStack(kernel: Kernel): boolean {
  const read = guestReader(kernel);
  let current = kernel.processor.callerContext();
  for (let frames = 0; frames < MAX_FRAMES; frames++) {
    const module = modules(kernel).at(current.rip);
    if (module === undefined) return false;
    const unwound = virtualUnwind(module, toUnwind(current), read);
    if (unwound.kind !== 'unwound' || unwound.context.rsp <= current.rsp) return false;
    const { handler } = unwound;
    if (handler?.exception === true) {
      const at = (offset: number, length: number) => read(va(module.base + BigInt(offset)), length);
      const scopes = readScopeTable(at, handler.dataRva);
      const pc = rva(Number(current.rip - module.base));
      const inside = scopes?.some(
        ({ begin, end, jumpTarget }) => jumpTarget !== undefined && pc >= begin && pc < end,
      );
      if (inside ?? true) return true;
    }
    current = fromUnwind(unwound.context, current);
  }
  return false;
}
