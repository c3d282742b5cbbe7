/** Which status flags something may still look at after each instruction of a block. */
import type { GuestInstruction } from './decode.ts';
import { STATUS_FLAGS } from './flag-thunk.ts';
import type { Row } from './instruction.ts';

/** For each instruction, the flags it writes that are seen before they are overwritten. */
export function neededFlags(
  block: readonly GuestInstruction[],
  rowOf: (instruction: GuestInstruction) => Row,
): number[] {
  const needed: number[] = new Array(block.length).fill(0);
  let live = STATUS_FLAGS;
  for (let i = block.length - 1; i >= 0; i--) {
    const instruction = block[i];
    if (instruction === undefined) continue;
    const row = rowOf(instruction);
    needed[i] = live & row.writes;
    if (!row.maybeWrites) live &= ~row.writes;
    live |= row.reads;
    if (mayLeaveEarly(instruction, row)) live = STATUS_FLAGS;
  }
  return needed;
}

/** A fault, a slow access or an exception shows the flags before the instruction. */
const mayLeaveEarly = (instruction: GuestInstruction, row: Row): boolean =>
  row.mayLeave || instruction.operands.some((operand) => operand.kind === 'memory');
