import { Mnemonic } from 'iced-x86';
import { expect, test } from 'vitest';
import { assert } from '../units/errors.ts';
import { CodeReader } from './code-reader.ts';
import type { GuestInstruction } from './decode.ts';
import { instructionRows, rowOf } from './instructions.ts';
import { bytesOf, CODE, Rig } from './rig.ts';

test.each(
  instructionRows.map((row) => [row.names.map((name) => Mnemonic[name]).join(' '), row] as const),
)('%s says in one way what it does', (_names, row) => {
  const meanings = [row.lower, row.condition, row.execute].filter((said) => said !== undefined);
  expect(meanings).toHaveLength(1);
  expect(row.undefines & ~row.writes).toBe(0);
});

function decoded(code: string): GuestInstruction {
  const rig = new Rig();
  rig.load(bytesOf(code));
  const reader = new CodeReader(rig.mmu);
  const fetched = reader.at(CODE);
  reader.close();
  assert(fetched.kind === 'instruction', 'the rig has mapped its code');
  return fetched.instruction;
}

test('a mnemonic with two meanings is told apart by its operands', () => {
  const rows = ['a5', 'f3a5', 'f20f10c1', '8ec0', '89c0'].map((code) => rowOf(decoded(code)));
  expect(new Set(rows).size).toBe(5);
});

test('MMX registers and AVX have no row', () => {
  for (const code of ['0ffcc1', 'c5f1fcc2', 'd9eb']) {
    expect(rowOf(decoded(code)).names, code).toHaveLength(0);
  }
});
