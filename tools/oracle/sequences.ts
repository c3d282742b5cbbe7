/**
 * Short programs, for what one instruction cannot show: flags that are consumed later, by every condition,
 * across blocks, in loops and calls, and the exact state when an instruction in the middle faults.
 */
import { Code, EncodingKind, Instruction, MemoryOperand, Register } from 'iced-x86';
import { CODE, randomWords } from '../../src/cpu/vectors/layout.ts';
import { branch, type Item, label, plain } from './assemble.ts';
import { type CodeEntry, decode, encode } from './encode.ts';
import { after } from './flags-known.ts';
import { build, type Random } from './forms.ts';
import { BY_NAME, CONDITIONS, Placement } from './programs.ts';
import { addRandomProgram } from './random-programs.ts';
import type { Program } from './record.ts';

const RANDOM_PROGRAMS = 300;
const RANDOM_STATES = 6;

const named = (name: string): Code => {
  const entry = BY_NAME.get(name);
  if (entry === undefined) throw new Error(`no encoding is called ${name}`);
  return entry.code;
};

export function sequences(): Program[] {
  const placement = new Placement();
  for (const producer of producers()) {
    const next = randomWords(producer.code);
    for (const consume of [jumps, sets, moves]) consumed(producer, consume, next, placement);
  }
  for (let seed = 1; seed <= RANDOM_PROGRAMS; seed++) {
    addRandomProgram(placement, seed, RANDOM_STATES);
  }
  return placement.programs;
}

/** Every way of setting flags, in registers. */
function producers(): CodeEntry[] {
  const wanted =
    /^((Add|Sub|Cmp|And|Or|Xor|Test|Adc|Sbb|Xadd|Cmpxchg)_rm(8|16|32|64)_r|(Inc|Dec|Neg)_rm|(Shl|Shr|Sar|Rol|Ror|Rcl|Rcr)_rm(8|16|32|64)_(1|CL)$|(Add|Cmp|Test|And)_rm(8|32|64)_imm|Sh[lr]d_rm(32|64)_r.*_CL|(Bt|Bts)_rm(32|64)_r|(Tzcnt|Lzcnt|Popcnt|Bsf|Bsr)_r(32|64)|Imul_r(32|64)_rm(32|64)$|Mul_rm|(Ucomisd|Comiss)_)/;
  return [...BY_NAME.values()].filter(
    ({ name, info }) =>
      wanted.test(name) && info.encoding === EncodingKind.Legacy && !/82$|F6r1|F7r1/.test(name),
  );
}

function consumed(
  producer: CodeEntry,
  consume: (condition: string, i: number) => Item[],
  next: Random,
  placement: Placement,
): void {
  const seed = next();
  const make = (at: bigint) =>
    build(producer, { registers: 'low', immediate: 5 + (seed % 7) }, at, randomWords(seed));
  const probe = make(CODE);
  const encoded = probe && encode(probe, CODE);
  if (encoded === undefined) return;
  const mask = after(0, producer, encoded) ?? 0;
  const usable = CONDITIONS.filter((condition) => {
    const reader = decode(Uint8Array.of(0x70 | CONDITIONS.indexOf(condition), 0), CODE);
    const entry = BY_NAME.get(`J${condition}_rel8_64`);
    return entry !== undefined && after(mask, entry, reader) !== undefined;
  });
  placement.add([plain(make), ...usable.flatMap(consume)], mask, next, 8);
}

const jumps = (condition: string, i: number): Item[] => [
  branch(named(`J${condition}_rel8_64`), `skip${i}`),
  plain(() =>
    Instruction.createRegMem(
      Code.Lea_r64_m,
      Register.R15,
      MemoryOperand.createBaseDispl(Register.R15, BigInt(1 << i)),
    ),
  ),
  label(`skip${i}`),
];

const sets = (condition: string, i: number): Item[] => [
  plain(() =>
    Instruction.createMem(
      named(`Set${condition}_rm8`),
      MemoryOperand.createBaseDispl(Register.RSP, BigInt(i)),
    ),
  ),
];

const moves = (condition: string, i: number): Item[] => [
  plain(() =>
    Instruction.createRegReg(
      named(`Cmov${condition}_r${i % 2 ? 32 : 64}_rm${i % 2 ? 32 : 64}`),
      (i % 2 ? Register.R8D : Register.R8) + (i >> 1),
      i % 2 ? Register.ESP : Register.RSP,
    ),
  ),
];
