/** The states an instruction is run from: edges first, then seeded ones, then accesses that fault. */
import { baseState, DATA, type MachineState, randomWords } from '../../src/cpu/vectors/layout.ts';
import type { Choosing } from './choosing.ts';
import type { CodeEntry, Encoded } from './encode.ts';
import { isConditional } from './families.ts';
import type { Random } from './forms.ts';
import { operandsOf, patch, patchValue, pointAt, setPart } from './operands.ts';
import { STACK_USERS, specialise } from './special.ts';
import { draw, drawFloats, drawVector, edges, littleEndian, pairs } from './values.ts';

const STATES = 30;
const STATUS = [1, 4, 0x10, 0x40, 0x80, 0x800];

/** Addresses that cannot be accessed, whole or in part; the read-only page only refuses stores. */
const faultTargets = (size: number): bigint[] => [
  DATA + 0x2000n - (size > 1 ? BigInt(Math.ceil(size / 2)) : 0n),
  DATA + 0x2440n,
  DATA + 0x3100n,
  DATA - BigInt(Math.ceil(size / 2)),
  0x8000_0000_0040_0000n,
];

export function seedOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

export function statesFor(entry: CodeEntry, encoded: Encoded, at: bigint): MachineState[] {
  const operands = operandsOf(encoded.instruction);
  const next = randomWords(seedOf(encoded.bytes));
  const count = isConditional(entry.mnemonic) ? 32 : STATES;
  const { memory } = operands;
  const movable = memory !== undefined && memory.fixed === undefined;
  const faults = movable ? faultTargets(memory.size) : [];
  const stack = STACK_USERS.has(entry.mnemonic) ? 5 : 0;
  const states: MachineState[] = [];
  for (let index = 0; index < count + Math.max(faults.length, stack); index++) {
    const target =
      memory?.fixed ?? faults[index - count] ?? normalTarget(next, memory?.size ?? 8, index);
    const choosing = { entry, operands, encoded, next, index, count, target };
    const state = baseState();
    state.rip = at;
    state.flags = flagsFor(choosing);
    fillVectors(state, choosing);
    fillValues(state, choosing);
    specialise(state, choosing);
    if (movable) pointAt(state, memory, target, BigInt((next() % 41) - 20));
    if (specialise(state, choosing, true)) states.push(state);
  }
  return states;
}

/** Aligned mostly; also odd, across a cache line, across the page, and at the very end. */
function normalTarget(next: Random, size: number, index: number): bigint {
  const half = BigInt(size >> 1);
  if (index === 3) return DATA + 0x1000n - (half || 1n);
  if (index === 7) return DATA + 0x2000n - BigInt(size);
  if (index === 15) return DATA + 0x840n - half;
  if (index === 21) return DATA + 0xfffn;
  const offset = 0x180 + (next() % 0x1c00);
  const aligned = next() % 3 > 0;
  return DATA + BigInt(aligned ? offset - (offset % Math.max(8, Math.min(64, size))) : offset);
}

function flagsFor({ entry, encoded, next, index }: Choosing): number {
  const { rflagsRead } = encoded.instruction;
  let flags = 0;
  for (const bit of STATUS) if (next() % 2) flags |= bit;
  if (isConditional(entry.mnemonic)) {
    flags &= 0x10;
    for (const [i, bit] of [1, 4, 0x40, 0x80, 0x800].entries()) if ((index >> i) & 1) flags |= bit;
  } else if (rflagsRead !== 0) {
    flags = (flags & ~1) | (index & 1);
  }
  return next() % 8 === 0 ? flags | 0x400 : flags;
}

function fillVectors(state: MachineState, { operands, entry, next, index }: Choosing): void {
  const floats = floatWidth(entry);
  for (const vector of operands.vectors) {
    const bytes = floats === undefined ? drawVector(next, index) : drawFloats(next, floats);
    state.xmm.set(bytes, vector * 16);
  }
}

function floatWidth({ mnemonic, name }: CodeEntry): 32 | 64 | undefined {
  if (/^Cvt(dq2|si2)/.test(mnemonic)) return undefined;
  if (/^Cvtt?(ss|ps)/.test(mnemonic)) return 32;
  if (/^Cvtt?(sd|pd)/.test(mnemonic)) return 64;
  if (/^(Add|Sub|Mul|Div|Sqrt|Min|Max|Cmp|Comi|Ucomi)[a-z]*_xmm/.test(name)) {
    return /[sp]s_/.test(name.replace(/^(Comi|Ucomi|Cmp)/, '')) ? 32 : 64;
  }
  return undefined;
}

/** The first operands meet in the pairs where carries turn; the rest are drawn. */
function fillValues(state: MachineState, choosing: Choosing): void {
  const { entry, operands, next, index, target, encoded } = choosing;
  const { memory, registers } = operands;
  const readsCarry = encoded.instruction.rflagsRead !== 0 && !isConditional(entry.mnemonic);
  const step = readsCarry ? index >> 1 : index;
  const widths = registers.map(({ width }) => width);
  if (memory?.read) widths.push(Math.min(64, memory.size * 8));
  const values = choose(next, widths, step, readsCarry);
  for (const [i, register] of registers.entries()) setPart(state, register, values[i] ?? 0n);
  if (memory?.read !== true) return;
  const floats = floatWidth(entry);
  const value = values[registers.length] ?? 0n;
  if (floats !== undefined) patch(state, target, drawFloats(next, floats).subarray(0, memory.size));
  else if (memory.size <= 8) patchValue(state, target, value, memory.size);
  else if (memory.size === 16) patch(state, target, drawVector(next, index));
  else patch(state, target, littleEndian(value, 8));
}

function choose(next: Random, widths: readonly number[], step: number, carry: boolean): bigint[] {
  const width = widths[0] ?? 64;
  if (widths.length === 1) {
    const edge = edges(width)[step];
    return [edge !== undefined && step < 20 ? edge : draw(next, width)];
  }
  const pair = step < 15 || carry ? pairs(width)[step % 15] : undefined;
  return widths.map((other, i) => {
    const given = i < 2 ? pair?.[i] : undefined;
    return given === undefined ? draw(next, other) : BigInt.asUintN(other, signed(given, width));
  });
}

const signed = (value: bigint, width: number): bigint => BigInt.asIntN(width, value);
