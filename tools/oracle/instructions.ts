/** Single instructions: every encoding of a topic's mnemonics in every shape, at its own place in the code image. */
import { EncodingKind } from 'iced-x86';
import { CODE, type MachineState, randomWords } from '../../src/cpu/vectors/layout.ts';
import { type CodeEntry, codes, type Encoded, encode } from './encode.ts';
import { AMBIGUOUS, isShift, TOPICS, type Topic } from './families.ts';
import { build, shapes } from './forms.ts';
import { operandsOf } from './operands.ts';
import type { Program } from './record.ts';
import { operandWidth } from './special.ts';
import { seedOf, statesFor } from './states.ts';
import { undefinedFlags } from './undefined-flags.ts';

/** Room before and after, so that short jumps land on INT3. */
const SLOT = 64;
const START = 24;

const UNUSABLE =
  /^(seg_reg|cr_reg|dr_reg|mm_|farbr|br16|br32|xbegin|sibmem|bnd|ymm|zmm|k_|st0|sti|mem_vsib|mem_mpx|mem_mib)/;
/** Word-sized branches and MOVSXD differ between vendors, BSWAP of a word is undefined, ENTERW and LEAVEW are not met. */
const LEFT_OUT =
  /^(Bswap_r16|Movsxd_r16.*|Retnw.*|Call_rm(16|32)|Jmp_rm(16|32)|Enterw.*|Leavew|Loop.*_16_.*|.*_rel(8|16|32)_(16|32)|(Call|Jmp)_m.*|[LMS]fence_E.+)$/;

function belongs(topic: Topic, entry: CodeEntry): boolean {
  if (!TOPICS.get(topic)?.has(entry.mnemonic) || LEFT_OUT.test(entry.name)) return false;
  if (entry.operands.some((kind) => UNUSABLE.test(kind)) || entry.info.isPrivileged) return false;
  const vex = entry.info.encoding === EncodingKind.VEX;
  if (entry.info.encoding !== EncodingKind.Legacy && !(vex && topic === 'optional')) return false;
  if (!AMBIGUOUS.has(entry.mnemonic)) return true;
  return (topic === 'string') === /^(Movsd|Cmpsd)_m/.test(entry.name);
}

export function instructions(topic: Topic): Program[] {
  const found: Program[] = [];
  for (const entry of codes().filter((candidate) => belongs(topic, candidate))) {
    const known = new Set<string>();
    for (const [number, shape] of [...shapes(entry)].entries()) {
      const offset = found.length * SLOT + START;
      const at = CODE + BigInt(offset);
      const next = randomWords(seedOf(new TextEncoder().encode(`${entry.name}${number}`)));
      const instruction = build(entry, shape, at, next);
      const encoded = instruction && encode(instruction, at);
      if (encoded === undefined || known.has(encoded.text)) continue;
      known.add(encoded.text);
      const states = statesFor(entry, encoded, at);
      const masks = states.map((state) => undefinedAfter(entry, encoded, state));
      found.push({ offset, ...encoded, states, undefinedFlags: masks });
    }
  }
  return found;
}

function undefinedAfter(entry: CodeEntry, encoded: Encoded, state: MachineState): number {
  const { mnemonic, operands } = entry;
  const width = operandWidth({ entry, operands: operandsOf(encoded.instruction) });
  const inRegister = operands.includes('cl');
  const immediate = isShift(mnemonic) && !inRegister;
  const count = immediate
    ? encoded.instruction.immediate(operands.length - 1)
    : (state.gpr[1] ?? 0n);
  return undefinedFlags(mnemonic, width, Number(count & 0xffn));
}
