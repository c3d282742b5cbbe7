/** Runs programs from their states on the processor and writes what happened as text. */
import type { MachineState } from '../../src/cpu/vectors/layout.ts';
import { type Form, printForm, printVector } from '../../src/cpu/vectors/text.ts';
import { runOnProcessor } from './oracle.ts';

/** One instruction, or several, with what it is run from. */
export interface Program {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly states: readonly MachineState[];
  /** Per state. */
  readonly undefinedFlags: readonly number[];
}

export function record(recorder: string, programs: readonly Program[]): string {
  const states = programs.flatMap((program) => program.states);
  const outcomes = runOnProcessor(recorder, image(programs), states);
  const lines = ['# Recorded by tools/oracle/generate.ts; text.ts tells how to read it.'];
  let at = 0;
  for (const { offset, bytes, text, states, undefinedFlags } of programs) {
    const form: Form = {
      offset,
      bytes,
      text,
      undefinedFlags: commonest(undefinedFlags),
      vectors: [],
    };
    lines.push(printForm(form));
    for (const [i, before] of states.entries()) {
      const outcome = outcomes[at++];
      if (outcome === undefined) throw new Error('the processor answered too little');
      lines.push(printVector(form, { before, ...outcome, undefinedFlags: undefinedFlags[i] ?? 0 }));
    }
  }
  return `${lines.join('\n')}\n`;
}

/** The code image: INT3 wherever no form is. */
function image(programs: readonly Program[]): Uint8Array {
  const end = Math.max(...programs.map(({ offset, bytes }) => offset + bytes.length));
  const code = new Uint8Array(end).fill(0xcc);
  for (const { offset, bytes } of programs) code.set(bytes, offset);
  return code;
}

function commonest(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a, x], [b, y]) => y - x || a - b)[0]?.[0] ?? 0;
}
