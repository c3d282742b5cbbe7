import { expect, test } from 'vitest';
import { va } from '../units/address.ts';
import { bytesOf, CODE, Rig } from './rig.ts';

/** Offsets of the functions below. */
const MAIN = 0x00;
const CALLED = 0x20;
const TAIL = 0x30;
const ON_CONDITION = 0x40;
const NOT_TAKEN = 0x50;
const AHEAD = 0x60;
const HOST = 0x70;
const THROUGH = 0x80;
const INSIDE = 0x33;
const ALL = [MAIN, CALLED, TAIL, ON_CONDITION, NOT_TAKEN, AHEAD, HOST, THROUGH, INSIDE];
const RAN = [MAIN, CALLED, TAIL, ON_CONDITION, HOST, THROUGH, INSIDE];

const PROGRAM: readonly (readonly [at: number, hex: string])[] = [
  // call CALLED; xor eax, eax; jz +5; call AHEAD; jmp HOST
  [MAIN, 'e8 1b000000 31c0 7405 e8 52000000 eb60'],
  // xor eax, eax; jnz NOT_TAKEN; jmp TAIL
  [CALLED, '31c0 752c eb0a'],
  // mov ecx, 3; dec ecx; jnz back to the dec; jz ON_CONDITION
  [TAIL, '6a03 59 ffc9 75fc 7407'],
  [ON_CONDITION, 'c3'],
  [NOT_TAKEN, 'c3'],
  [AHEAD, 'c3'],
  // cpuid, which the host executes; nops into the next one
  [HOST, '0fa2 90909090909090909090909090 90'],
  [THROUGH, 'c3'],
];

function loaded(): Rig {
  const rig = new Rig();
  const code = new Uint8Array(0x100).fill(0xcc);
  for (const [at, hex] of PROGRAM) code.set(bytesOf(hex), at);
  rig.load(code);
  for (const at of ALL) rig.cpu.entries.watch(va(CODE + BigInt(at)));
  return rig;
}

const entered = ({ cpu }: Rig): number[] =>
  ALL.filter((at) => cpu.entries.wasEntered(va(CODE + BigInt(at))));

test('every watched address that ran is known, however control came there, and no other', () => {
  const rig = loaded();
  rig.call(CODE);
  expect(rig.cpu.statistics.regions).toBeGreaterThan(RAN.length);
  expect(entered(rig)).toEqual(RAN);
});

test('instruction by instruction it is the same', () => {
  const rig = loaded();
  rig.prepareCall(CODE);
  const { cpu } = rig;
  const seen = new Set<number>();
  for (let exit = cpu.step(); exit === undefined; exit = cpu.step()) {
    seen.add(Number(cpu.state.rip - CODE));
  }
  expect(entered(rig)).toEqual(RAN);
  expect(ALL.filter((at) => at === MAIN || seen.has(at))).toEqual(RAN);
});

test('what was entered stays so when its translation goes', () => {
  const rig = loaded();
  rig.call(CODE);
  rig.cpu.invalidateAll();
  rig.call(CODE);
  expect(entered(rig)).toEqual(RAN);
});
