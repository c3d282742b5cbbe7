/** Which status flags have a defined value at a point of a program. */
import { OpKind, Register, RflagsBits } from 'iced-x86';
import type { CodeEntry, Encoded } from './encode.ts';
import { isShift } from './families.ts';
import { operandsOf } from './operands.ts';
import { operandWidth } from './special.ts';
import { undefinedFlags } from './undefined-flags.ts';

const BITS: readonly (readonly [RflagsBits, number])[] = [
  [RflagsBits.CF, 1],
  [RflagsBits.PF, 4],
  [RflagsBits.AF, 0x10],
  [RflagsBits.ZF, 0x40],
  [RflagsBits.SF, 0x80],
  [RflagsBits.OF, 0x800],
];
export const STATUS_FLAGS = 0x8d5;

const real = (bits: number): number =>
  BITS.reduce((sum, [theirs, ours]) => ((bits & theirs) === 0 ? sum : sum | ours), 0);

/** The undefined flags after an instruction; undefined (no number) when it reads one of them. */
export function after(before: number, entry: CodeEntry, encoded: Encoded): number | undefined {
  const { instruction } = encoded;
  if ((real(instruction.rflagsRead) & before) !== 0) return undefined;
  const width = operandWidth({ entry, operands: operandsOf(instruction) });
  const modified = real(instruction.rflagsModified);
  if (!isShift(entry.mnemonic)) {
    return (before & ~modified) | undefinedFlags(entry.mnemonic, width, 0);
  }
  const last = entry.operands.length - 1;
  if (
    instruction.opKind(last) === OpKind.Register &&
    instruction.opRegister(last) === Register.CL
  ) {
    return before | undefinedFlags(entry.mnemonic, width, width < 32 ? 31 : 2);
  }
  const count = Number(instruction.immediate(last) & 0xffn);
  if ((count & (width === 64 ? 63 : 31)) === 0) return before;
  return (before & ~modified) | undefinedFlags(entry.mnemonic, width, count);
}
