/** Puts short programs into the code image one after the other, each with the states it is run from. */
import { type Instruction, Register } from 'iced-x86';
import { baseState, CODE, type MachineState } from '../../src/cpu/vectors/layout.ts';
import { assemble, type Item } from './assemble.ts';
import { codes } from './encode.ts';
import type { Random } from './forms.ts';
import { operandsOf, setPart } from './operands.ts';
import type { Program } from './record.ts';
import { draw, drawVector } from './values.ts';

export const BY_NAME = new Map(codes().map((entry) => [entry.name, entry]));
export const CONDITIONS = 'o no b ae e ne be a s ns p np l ge le g'.split(' ');
/** Loop counter of the programs that loop. */
export const COUNTER = Register.R15;
const COUNTER_NUMBER = 15;
const FIRST = 16;

export class Placement {
  readonly programs: Program[] = [];
  #offset = FIRST;

  /** `mask`: the status flags that are undefined at the end. */
  add(items: readonly Item[], mask: number, next: Random, count: number): void {
    const offset = this.#offset;
    const { bytes, text, instructions } = assemble(items, CODE + BigInt(offset));
    const states = Array.from({ length: count }, () => startFor(offset, instructions, next));
    this.programs.push({ offset, bytes, text, states, undefinedFlags: states.map(() => mask) });
    this.#offset += (bytes.length + 47) & ~15;
  }
}

/** A few of the registers that the program reads get values; the loop counter is small. */
function startFor(
  offset: number,
  instructions: readonly { instruction: Instruction }[],
  next: Random,
): MachineState {
  const state = baseState();
  state.rip = CODE + BigInt(offset);
  for (const bit of [1, 4, 0x10, 0x40, 0x80, 0x800]) if (next() % 2) state.flags |= bit;
  const operands = instructions.map(({ instruction }) => operandsOf(instruction));
  for (const part of operands.flatMap(({ registers }) => registers)) {
    if (part.number !== 4 && next() % 2) setPart(state, part, draw(next, part.width));
  }
  for (const vector of new Set(operands.flatMap(({ vectors }) => vectors))) {
    if (next() % 2) state.xmm.set(drawVector(next, next() % 16), vector * 16);
  }
  state.gpr[COUNTER_NUMBER] = BigInt(1 + (next() % 5));
  return state;
}
