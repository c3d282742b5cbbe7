/** Packed integer instructions of SSSE3 and SSE4.1. */
import { Mnemonic } from 'iced-x86';
import { instruction } from '../instruction.ts';
import { constI32, type I32, type I64, simd, type V128 } from '../wasm/expression.ts';
import { i32 } from '../wasm/integer.ts';
import { byteLanes, i8x16, i16x8, i32x4, i64x2, v128, ZERO_VECTOR } from '../wasm/vector.ts';
import { widthOf } from '../width.ts';
import { packed } from './sse-integer.ts';

const Q15MULR = 130;

/** Neighbours of both operands combined. */
const horizontal = (bytes: 2 | 4, combine: (a: V128, b: V128) => V128) => (a: V128, b: V128) => {
  const count = 32 / bytes;
  const lanes = (first: number): number[] =>
    byteLanes(
      bytes,
      Array.from({ length: count / 2 }, (_, i) => first + i * 2),
    );
  return combine(v128.shuffle(a, b, lanes(0)), v128.shuffle(a, b, lanes(1)));
};

interface SignLanes {
  readonly sub: (a: V128, b: V128) => V128;
  readonly eq: (a: V128, b: V128) => V128;
  readonly gtS: (a: V128, b: V128) => V128;
}

/** The first operand negated where the second is negative, zero where it is zero. */
const withSign =
  ({ sub, eq, gtS }: SignLanes) =>
  (a: V128, b: V128): V128 => {
    const negative = gtS(ZERO_VECTOR, b);
    return v128.andnot(sub(v128.xor(a, negative), negative), eq(b, ZERO_VECTOR));
  };

/** Unsigned times signed bytes, neighbours added with saturation. */
function multiplyAddBytes(a: V128, b: V128): V128 {
  const eight = constI32(8);
  const even = i16x8.mul(
    v128.and(a, i16x8.splat(constI32(0xff))),
    i16x8.shrS(i16x8.shl(b, eight), eight),
  );
  return i16x8.addSatS(even, i16x8.mul(i16x8.shrU(a, eight), i16x8.shrS(b, eight)));
}

/** Rounded high products; the one that overflows wraps instead of saturating. */
function multiplyRound(a: V128, b: V128): V128 {
  const lowest = i16x8.splat(constI32(-0x8000));
  const wraps = v128.and(i16x8.eq(a, lowest), i16x8.eq(b, lowest));
  return v128.xor(simd('v128', Q15MULR, [a, b]), wraps);
}

const evenDwords = (a: V128): V128 => v128.shuffle(a, a, byteLanes(4, [0, 2, 0, 2]));

/** The low elements, extended step by step to the wide size. */
const extension = (name: Mnemonic, steps: readonly ((a: V128) => V128)[]) =>
  instruction({
    names: [name],
    lower(ir) {
      const value = ir.readVector(ir.operand(1));
      ir.writeVector(
        ir.operand(0),
        steps.reduce((narrow, step) => step(narrow), value),
      );
    },
  });

const absolute = (name: Mnemonic, abs: (a: V128) => V128) =>
  instruction({
    names: [name],
    lower(ir) {
      ir.writeVector(ir.operand(0), abs(ir.readVector(ir.operand(1), 'aligned')));
    },
  });

/** A shuffle of target and source whose byte lanes an immediate gives. */
const arranged = (name: Mnemonic, arrange: (target: V128, source: V128, control: number) => V128) =>
  instruction({
    names: [name],
    lower(ir) {
      const source = ir.readVector(ir.operand(1), 'aligned');
      const control = Number(BigInt.asUintN(8, ir.immediate(2)));
      ir.writeVector(ir.operand(0), arrange(ir.readVector(ir.operand(0)), source, control));
    },
  });

const from = (start: number): number[] => Array.from({ length: 16 }, (_, i) => start + i);

function alignRight(target: V128, source: V128, by: number): V128 {
  if (by >= 32) return ZERO_VECTOR;
  return by < 16
    ? v128.shuffle(source, target, from(by))
    : v128.shuffle(target, ZERO_VECTOR, from(by - 16));
}

const blendWords = (target: V128, source: V128, choice: number): V128 =>
  v128.shuffle(
    target,
    source,
    byteLanes(
      2,
      Array.from({ length: 8 }, (_, i) => ((choice >> i) & 1) * 8 + i),
    ),
  );

interface Lane {
  readonly count: number;
  readonly extract: (value: V128, lane: number) => I32 | I64;
  readonly replace: (value: V128, lane: number, part: I32 | I64) => V128;
}

const laneOf = (control: bigint, { count }: Lane): number => Number(control) & (count - 1);

const extraction = (name: Mnemonic, lane: Lane) =>
  instruction({
    names: [name],
    lower(ir) {
      const target = ir.operand(0);
      const value = lane.extract(ir.readVector(ir.operand(1)), laneOf(ir.immediate(2), lane));
      const w = widthOf(target.size);
      ir.write(target, value.type === 'i64' ? value : w.fromI32(value as I32));
    },
  });

const insertion = (name: Mnemonic, lane: Lane) =>
  instruction({
    names: [name],
    lower(ir) {
      const target = ir.operand(0);
      const source = ir.operand(1);
      const whole = ir.read(source);
      const part = lane === QWORD ? whole : widthOf(source.size).toI32(whole);
      const at = laneOf(ir.immediate(2), lane);
      ir.writeVector(target, lane.replace(ir.readVector(target), at, part));
    },
  });

const BYTE: Lane = { count: 16, extract: i8x16.extract, replace: i8x16.replace };
const DWORD: Lane = { count: 4, extract: i32x4.extract, replace: i32x4.replace };
const QWORD: Lane = { count: 2, extract: i64x2.extract, replace: i64x2.replace };

export const sseLaterRows = [
  packed((a, b) => v128.swizzle(a, v128.and(b, i8x16.splat(constI32(0x8f)))), Mnemonic.Pshufb),
  packed(horizontal(2, i16x8.add), Mnemonic.Phaddw),
  packed(horizontal(4, i32x4.add), Mnemonic.Phaddd),
  packed(horizontal(2, i16x8.addSatS), Mnemonic.Phaddsw),
  packed(horizontal(2, i16x8.sub), Mnemonic.Phsubw),
  packed(horizontal(4, i32x4.sub), Mnemonic.Phsubd),
  packed(horizontal(2, i16x8.subSatS), Mnemonic.Phsubsw),
  packed(multiplyAddBytes, Mnemonic.Pmaddubsw),
  packed(multiplyRound, Mnemonic.Pmulhrsw),
  packed(withSign(i8x16), Mnemonic.Psignb),
  packed(withSign(i16x8), Mnemonic.Psignw),
  packed(withSign(i32x4), Mnemonic.Psignd),
  absolute(Mnemonic.Pabsb, i8x16.abs),
  absolute(Mnemonic.Pabsw, i16x8.abs),
  absolute(Mnemonic.Pabsd, i32x4.abs),
  extension(Mnemonic.Pmovsxbw, [i16x8.extendLowS]),
  extension(Mnemonic.Pmovsxbd, [i16x8.extendLowS, i32x4.extendLowS]),
  extension(Mnemonic.Pmovsxbq, [i16x8.extendLowS, i32x4.extendLowS, i64x2.extendLowS]),
  extension(Mnemonic.Pmovsxwd, [i32x4.extendLowS]),
  extension(Mnemonic.Pmovsxwq, [i32x4.extendLowS, i64x2.extendLowS]),
  extension(Mnemonic.Pmovsxdq, [i64x2.extendLowS]),
  extension(Mnemonic.Pmovzxbw, [i16x8.extendLowU]),
  extension(Mnemonic.Pmovzxbd, [i16x8.extendLowU, i32x4.extendLowU]),
  extension(Mnemonic.Pmovzxbq, [i16x8.extendLowU, i32x4.extendLowU, i64x2.extendLowU]),
  extension(Mnemonic.Pmovzxwd, [i32x4.extendLowU]),
  extension(Mnemonic.Pmovzxwq, [i32x4.extendLowU, i64x2.extendLowU]),
  extension(Mnemonic.Pmovzxdq, [i64x2.extendLowU]),
  packed((a, b) => i64x2.extmulLowS(evenDwords(a), evenDwords(b)), Mnemonic.Pmuldq),
  packed(i32x4.mul, Mnemonic.Pmulld),
  packed(i64x2.eq, Mnemonic.Pcmpeqq),
  packed(i64x2.gtS, Mnemonic.Pcmpgtq),
  packed(i16x8.narrowU, Mnemonic.Packusdw),
  packed(i8x16.minS, Mnemonic.Pminsb),
  packed(i32x4.minS, Mnemonic.Pminsd),
  packed(i16x8.minU, Mnemonic.Pminuw),
  packed(i32x4.minU, Mnemonic.Pminud),
  packed(i8x16.maxS, Mnemonic.Pmaxsb),
  packed(i32x4.maxS, Mnemonic.Pmaxsd),
  packed(i16x8.maxU, Mnemonic.Pmaxuw),
  packed(i32x4.maxU, Mnemonic.Pmaxud),
  arranged(Mnemonic.Palignr, alignRight),
  arranged(Mnemonic.Pblendw, blendWords),
  extraction(Mnemonic.Pextrb, BYTE),
  extraction(Mnemonic.Pextrd, DWORD),
  extraction(Mnemonic.Pextrq, QWORD),
  insertion(Mnemonic.Pinsrb, BYTE),
  insertion(Mnemonic.Pinsrd, DWORD),
  insertion(Mnemonic.Pinsrq, QWORD),
  instruction({
    names: [Mnemonic.Ptest],
    writes: ['CF', 'PF', 'AF', 'ZF', 'SF', 'OF'],
    lower(ir) {
      const b = ir.readVector(ir.operand(1), 'aligned');
      const a = ir.readVector(ir.operand(0));
      const zero = i32.eqz(v128.anyTrue(v128.and(a, b)));
      const carry = i32.eqz(v128.anyTrue(v128.andnot(b, a)));
      ir.flags.setWord(i32.or(carry, i32.shl(zero, constI32(6))));
    },
  }),
];
