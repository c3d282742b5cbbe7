/** Forms that an encoder would not choose: every addressing byte, redundant and refused prefixes, undefined opcodes. */
import {
  baseState,
  CODE,
  DATA,
  type MachineState,
  randomWords,
} from '../../src/cpu/vectors/layout.ts';
import { decode } from './encode.ts';
import type { Random } from './forms.ts';
import { operandsOf, pointAt, setPart } from './operands.ts';
import type { Program } from './record.ts';
import { seedOf } from './states.ts';
import { draw } from './values.ts';

const SLOT = 32;
const ADDRESSING_STATES = 4;
const PREFIX_STATES = 8;
const SPL = 4;

const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

/** LEA with every ModRM and SIB byte that names memory, and REX or address-size prefixes drawn. */
export function addressing(): Program[] {
  const encodings: Uint8Array[] = [];
  for (let modrm = 0; modrm < 0xc0; modrm++) {
    const next = randomWords(modrm + 1);
    const sibs = (modrm & 7) === 4 ? 256 : 1;
    if (sibs > 1 && (modrm >> 3) % 8 !== (modrm >> 6) + 1) continue;
    for (let sib = 0; sib < sibs; sib++)
      encodings.push(lea(modrm, sibs > 1 ? sib : undefined, next));
  }
  return place(encodings, ADDRESSING_STATES);
}

function lea(modrm: number, sib: number | undefined, next: Random): Uint8Array {
  const prefix = next() % 6 === 0 ? [0x67] : [];
  const rex = 0x40 | (next() & 15);
  const mode = modrm >> 6;
  const needsWide =
    mode === 2 || (mode === 0 && ((modrm & 7) === 5 || (sib !== undefined && (sib & 7) === 5)));
  const displacement = Array.from({ length: needsWide ? 4 : mode }, () => next() & 0xff);
  return Uint8Array.of(
    ...prefix,
    rex,
    0x8d,
    modrm,
    ...(sib === undefined ? [] : [sib]),
    ...displacement,
  );
}

const PREFIXED = [
  // Redundant: repeat before RET, NOP and BSF-like opcodes without another meaning; segment overrides that do nothing.
  'f3 c3',
  'f2 c3',
  '2e 90',
  '3e 90',
  '26 8b 03',
  '2e 8b 03',
  '36 8b 03',
  '3e 8b 03',
  '36 48 89 03',
  // Operand size: REX.W wins; only a REX right before the opcode counts; the last of two prefixes.
  '66 48 01 d8',
  '48 66 01 d8',
  '66 66 01 d8',
  '4f 01 d8',
  '40 00 e0',
  '00 e0',
  '40 88 e7',
  '41 88 e4',
  '48 90',
  '49 90',
  '41 90',
  '66 90',
  '66 0f 1f 44 00 00',
  '66 2e 0f 1f 84 00 00 00 00 00',
  '0f 1f 80 00 00 00 00',
  '66 66 66 90',
  '0f 1f 40 00',
  'f3 90',
  'f3 0f 1e fa',
  '0f 18 c0',
  '0f 0d 03',
  '0f 19 03',
  '66 98',
  '48 98',
  '48 99',
  '66 99',
  '48 0f b7 c3',
  // Branch hints, and branches to the next instruction.
  '3e 74 00',
  '2e 75 00',
  '74 00',
  'eb 00',
  'e8 00 00 00 00',
  'e9 00 00 00 00',
  '0f 84 00 00 00 00',
  '48 e9 00 00 00 00',
  // LOCK where it is refused: register destination, no memory written, wrong instruction.
  'f0 01 d8',
  'f0 39 03',
  'f0 8b 03',
  'f0 90',
  'f0 85 03',
  'f0 0f a3 03',
  'f0 48 87 d8',
  'f0 c3',
  'f0 0f af 03',
  // LOCK implied or allowed, with other prefixes around.
  '87 03',
  'f0 87 03',
  '66 f0 01 03',
  'f0 66 01 03',
  'f2 f0 01 03',
  'f3 f0 48 0f b1 0b',
  'f0 48 0f c1 03',
  // Opcodes that 64-bit mode does not have, and undefined ones.
  '06',
  '07',
  '0e',
  '16',
  '17',
  '1e',
  '1f',
  '27',
  '2f',
  '37',
  '3f',
  '60',
  '61',
  '62 00 00 00 00 00',
  '82 00 00',
  '9a 00 00 00 00 00 00',
  'c4 00 00 00',
  'c5 00 00',
  'ce',
  'd4 0a',
  'd5 0a',
  'd6',
  'ea 00 00 00 00 00 00',
  '0f 0b',
  '0f b9 c0',
  '0f ff c0',
  '0f 04',
  '0f 0a',
  '0f 0c',
  '0f 24',
  '0f 36',
  '0f 39',
  'fe d0',
  'ff f8',
  '8f c8',
  'c6 c8 00',
  // Memory forms that do not exist: LEA and MOVNTI of a register, CMPXCHG8B of a register.
  '8d c0',
  '0f c3 c0',
  '0f c7 c8',
  '0f 12 03',
  '66 0f 12 c1',
  '66 0f 13 c1',
  '0f 2b c1',
  '66 0f e7 c1',
  // Same meaning, other encoding.
  '83 c3 7f',
  '81 c3 7f 00 00 00',
  '81 c3 80 ff ff ff',
  '48 81 c3 ff ff ff ff',
  '48 05 ff ff ff 7f',
  'f6 c9 01',
  'f7 c9 01 00 00 00',
  'c0 f3 03',
  'd0 f3',
  'd2 f3',
  'c1 f3 21',
  '48 c1 f3 41',
  '48 d1 f3',
  '0f b6 c4',
  '0f be fc',
  '0f b7 c4',
  '48 63 c3',
  '63 c3',
  '8b 5c 24 00',
  '8b 9c 24 00 00 00 00',
  '8b 44 25 00',
  '8b 04 64',
  '43 8b 04 24',
  '42 8b 04 20',
  '41 8b 45 00',
  '48 8b 04 63',
  // Longest: fourteen and fifteen bytes, and sixteen, which is refused.
  '66 66 66 66 66 2e 0f 1f 84 00 00 00 00 00',
  '66 66 66 66 66 66 2e 0f 1f 84 00 00 00 00 00',
  '66 66 66 66 66 66 66 2e 0f 1f 84 00 00 00 00 00',
  '66 66 66 66 66 66 66 66 66 66 66 66 66 66 90',
] as const;

export function prefixes(): Program[] {
  return place(PREFIXED.map(bytesOf), PREFIX_STATES);
}

function place(encodings: readonly Uint8Array[], count: number): Program[] {
  return encodings.map((bytes, i) => {
    const offset = 16 + i * SLOT;
    const at = CODE + BigInt(offset);
    const next = randomWords(seedOf(bytes) ^ i);
    const { instruction, text } = decode(bytes, at);
    const operands = operandsOf(instruction);
    const states = Array.from({ length: count }, (): MachineState => {
      const state = baseState();
      state.rip = at;
      for (const bit of [1, 4, 0x10, 0x40, 0x80, 0x800]) if (next() % 2) state.flags |= bit;
      for (const part of operands.registers) {
        if (part.number !== SPL) setPart(state, part, draw(next, part.width));
      }
      const target = DATA + BigInt(0x400 + (next() % 0x200) * 4);
      if (operands.memory !== undefined) pointAt(state, operands.memory, target, 0n);
      else if (bytes.includes(0x03)) state.gpr[3] = target;
      return state;
    });
    return { offset, bytes, text, states, undefinedFlags: states.map(() => undefinedAfter(text)) };
  });
}

const undefinedAfter = (text: string): number => {
  if (/^(test|and)/.test(text)) return 0x10;
  if (/^imul/.test(text)) return 0xd4;
  if (!/^(shl|sal)/.test(text)) return 0;
  return text.endsWith('cl') ? 0x811 : 0x810;
};
