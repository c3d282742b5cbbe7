import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AF, CARRY_APART, CF, FLAG_OPERATIONS, flagCode, OF, PF, SF, ZF } from './flag-thunk.ts';
import { Rig } from './rig.ts';
import { STATE } from './state.ts';

interface Model {
  readonly result: bigint;
  readonly carry: boolean;
  readonly overflow: boolean;
  readonly adjust?: boolean;
}

const signedOf = (bits: bigint, value: bigint): bigint => BigInt.asIntN(Number(bits), value);

/** The flags of sums and differences as the manuals define them, on unlimited integers. */
function sumModel(bits: bigint, a: bigint, b: bigint, carry: bigint, sign: 1n | -1n): Model {
  const width = Number(bits);
  const exact = a + sign * (b + carry);
  const signed = signedOf(bits, a) + sign * (signedOf(bits, b) + carry);
  const nibbles = (a & 15n) + sign * ((b & 15n) + carry);
  return {
    result: BigInt.asUintN(width, exact),
    carry: exact < 0n || exact >> bits !== 0n,
    overflow: signed !== BigInt.asIntN(width, signed),
    adjust: nibbles < 0n || nibbles > 15n,
  };
}

function word(bits: bigint, { result, carry, overflow, adjust }: Model): number {
  let ones = 0;
  for (let i = 0n; i < 8n; i++) ones += Number((result >> i) & 1n);
  return (
    (carry ? CF : 0) |
    (ones % 2 === 0 ? PF : 0) |
    (adjust === true ? AF : 0) |
    (result === 0n ? ZF : 0) |
    ((result >> (bits - 1n)) & 1n ? SF : 0) |
    (overflow ? OF : 0)
  );
}

const rig = new Rig();
const view = rig.mmu.physical.view;

/** What the translator's own evaluation says of a thunk. */
function flagsOfThunk(code: number, a: bigint, b: bigint, c: bigint): number {
  view.setInt32(STATE.flagOp, code, true);
  [a, b, c].forEach((value, i) => {
    view.setBigUint64(STATE.flagA + i * 8, value, true);
  });
  return Number(rig.cpu.state.rflags) & (CF | PF | AF | ZF | SF | OF);
}

const value = (size: number) =>
  fc.oneof(
    fc.bigInt({ min: 0n, max: (1n << BigInt(size * 8)) - 1n }),
    fc.constantFrom(0n, 1n, (1n << BigInt(size * 8 - 1)) - 1n, 1n << BigInt(size * 8 - 1)),
  );
const cases = fc
  .constantFrom(1, 2, 4, 8)
  .chain((size) => fc.tuple(fc.constant(size), value(size), value(size), fc.constantFrom(0n, 1n)));

test.each([
  ['add', 1n, false],
  ['adc', 1n, true],
  ['sub', -1n, false],
  ['sbb', -1n, true],
] as const)('%s flags are those of the exact sum', (operation, sign, withCarry) => {
  fc.assert(
    fc.property(cases, ([size, a, b, c]) => {
      const bits = BigInt(size * 8);
      const expected = word(bits, sumModel(bits, a, b, withCarry ? c : 0n, sign));
      expect(flagsOfThunk(flagCode(operation, size), a, b, c)).toBe(expected);
    }),
  );
});

test('products tell when their high half matters', () => {
  fc.assert(
    fc.property(cases, ([size, a, b]) => {
      const bits = BigInt(size * 8);
      const signed = signedOf(bits, a) * signedOf(bits, b);
      const overflow = CF | OF;
      expect(flagsOfThunk(flagCode('mul', size), a, b, 0n) & overflow).toBe(
        (a * b) >> bits !== 0n ? overflow : 0,
      );
      expect(flagsOfThunk(flagCode('imul', size), a, b, 0n) & overflow).toBe(
        signed !== BigInt.asIntN(size * 8, signed) ? overflow : 0,
      );
    }),
  );
});

test('a carry kept apart replaces CF and nothing else', () => {
  fc.assert(
    fc.property(cases, fc.constantFrom(...FLAG_OPERATIONS), ([size, a, b, c], operation) => {
      fc.pre(operation !== 'adc' && operation !== 'sbb');
      const count = operation.startsWith('s') && operation !== 'sub' ? 1n : b;
      const plain = flagsOfThunk(flagCode(operation, size), a, count, c);
      const apart = flagsOfThunk(flagCode(operation, size) | CARRY_APART, a, count, c);
      expect(apart).toBe((plain & ~CF) | Number(c));
    }),
  );
});

test('RFLAGS written is RFLAGS read', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0x3f_ffff }), (flags) => {
      rig.cpu.state.rflags = BigInt(flags);
      expect(rig.cpu.state.rflags).toBe((BigInt(flags) & 0x25_7fd5n) | 2n);
    }),
  );
});
