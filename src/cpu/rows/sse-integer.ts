/** Packed integer arithmetic, logic and comparison (SSE2). */
import { Mnemonic } from 'iced-x86';
import { instruction } from '../instruction.ts';
import type { Ir } from '../ir.ts';
import { constI32, constI64, type I32, select, type V128 } from '../wasm/expression.ts';
import { i64, wrap } from '../wasm/integer.ts';
import { byteLanes, i8x16, i16x8, i32x4, i64x2, v128, ZERO_VECTOR } from '../wasm/vector.ts';

type Combine = (a: V128, b: V128) => V128;

/** Target and source combined into the target; memory must be aligned. */
export const packed = (combine: Combine, ...names: Mnemonic[]) =>
  instruction({
    names,
    lower(ir) {
      const [target, source] = [ir.operand(0), ir.operand(1)];
      const b = ir.readVector(source, 'aligned');
      ir.writeVector(target, combine(ir.readVector(target), b));
    },
  });

/** The high halves of 16-bit products, from the 32-bit ones. */
function highProducts(low: V128, high: V128): V128 {
  return v128.shuffle(low, high, byteLanes(2, [1, 3, 5, 7, 9, 11, 13, 15]));
}

/** Even 32-bit lanes brought together. */
const evenDwords = (a: V128): V128 => v128.shuffle(a, a, byteLanes(4, [0, 2, 0, 2]));

/** Sums of absolute differences of eight bytes each. */
function absoluteDifferences(a: V128, b: V128): V128 {
  const difference = i8x16.sub(i8x16.maxU(a, b), i8x16.minU(a, b));
  const dwords = i32x4.extaddPairwiseU(i16x8.extaddPairwiseU(difference));
  const low = v128.shuffle(dwords, ZERO_VECTOR, byteLanes(4, [0, 4, 2, 4]));
  return i64x2.add(low, i64x2.shrU(dwords, constI32(32)));
}

interface ShiftLanes {
  readonly bits: number;
  readonly shift: (value: V128, count: I32) => V128;
  /** Arithmetic shifts fill with the sign however large the count. */
  readonly arithmetic?: boolean;
}

function shiftByConstant(
  value: V128,
  count: bigint,
  { bits, shift, arithmetic }: ShiftLanes,
): V128 {
  if (count < BigInt(bits)) return shift(value, constI32(Number(count)));
  return arithmetic === true ? shift(value, constI32(bits - 1)) : ZERO_VECTOR;
}

function shiftByVector(
  ir: Ir,
  value: V128,
  by: V128,
  { bits, shift, arithmetic }: ShiftLanes,
): V128 {
  const count = ir.keep(i64x2.extract(by, 0));
  const tooLarge = i64.gtU(count, constI64(BigInt(bits - 1)));
  if (arithmetic === true) {
    return shift(value, select(tooLarge, constI32(bits - 1), wrap(count)));
  }
  return select(tooLarge, ZERO_VECTOR, shift(value, wrap(count)));
}

const shifts = (name: Mnemonic, lanes: ShiftLanes) =>
  instruction({
    names: [name],
    lower(ir) {
      const [target, source] = [ir.operand(0), ir.operand(1)];
      if (source.kind === 'immediate') {
        const count = BigInt.asUintN(8, source.value);
        ir.writeVector(target, shiftByConstant(ir.readVector(target), count, lanes));
        return;
      }
      const by = ir.readVector(source, 'aligned');
      ir.writeVector(target, shiftByVector(ir, ir.readVector(target), by, lanes));
    },
  });

/** Whole-register byte shifts. */
const byteShift = (name: Mnemonic, left: boolean) =>
  instruction({
    names: [name],
    lower(ir) {
      const target = ir.operand(0);
      const by = Math.min(16, Number(BigInt.asUintN(8, ir.immediate(1))));
      const start = left ? 16 - by : by;
      const lanes = Array.from({ length: 16 }, (_, i) => start + i);
      const value = ir.readVector(target);
      const [low, high] = left ? [ZERO_VECTOR, value] : [value, ZERO_VECTOR];
      ir.writeVector(target, v128.shuffle(low, high, lanes));
    },
  });

export const sseIntegerRows = [
  packed(v128.and, Mnemonic.Pand, Mnemonic.Andps, Mnemonic.Andpd),
  packed(v128.or, Mnemonic.Por, Mnemonic.Orps, Mnemonic.Orpd),
  packed(v128.xor, Mnemonic.Pxor, Mnemonic.Xorps, Mnemonic.Xorpd),
  packed((a, b) => v128.andnot(b, a), Mnemonic.Pandn, Mnemonic.Andnps, Mnemonic.Andnpd),
  packed(i8x16.add, Mnemonic.Paddb),
  packed(i16x8.add, Mnemonic.Paddw),
  packed(i32x4.add, Mnemonic.Paddd),
  packed(i64x2.add, Mnemonic.Paddq),
  packed(i8x16.sub, Mnemonic.Psubb),
  packed(i16x8.sub, Mnemonic.Psubw),
  packed(i32x4.sub, Mnemonic.Psubd),
  packed(i64x2.sub, Mnemonic.Psubq),
  packed(i8x16.addSatS, Mnemonic.Paddsb),
  packed(i16x8.addSatS, Mnemonic.Paddsw),
  packed(i8x16.addSatU, Mnemonic.Paddusb),
  packed(i16x8.addSatU, Mnemonic.Paddusw),
  packed(i8x16.subSatS, Mnemonic.Psubsb),
  packed(i16x8.subSatS, Mnemonic.Psubsw),
  packed(i8x16.subSatU, Mnemonic.Psubusb),
  packed(i16x8.subSatU, Mnemonic.Psubusw),
  packed(i8x16.eq, Mnemonic.Pcmpeqb),
  packed(i16x8.eq, Mnemonic.Pcmpeqw),
  packed(i32x4.eq, Mnemonic.Pcmpeqd),
  packed(i8x16.gtS, Mnemonic.Pcmpgtb),
  packed(i16x8.gtS, Mnemonic.Pcmpgtw),
  packed(i32x4.gtS, Mnemonic.Pcmpgtd),
  packed(i8x16.minU, Mnemonic.Pminub),
  packed(i8x16.maxU, Mnemonic.Pmaxub),
  packed(i16x8.minS, Mnemonic.Pminsw),
  packed(i16x8.maxS, Mnemonic.Pmaxsw),
  packed(i8x16.avgU, Mnemonic.Pavgb),
  packed(i16x8.avgU, Mnemonic.Pavgw),
  packed(i16x8.mul, Mnemonic.Pmullw),
  packed((a, b) => highProducts(i32x4.extmulLowS(a, b), i32x4.extmulHighS(a, b)), Mnemonic.Pmulhw),
  packed((a, b) => highProducts(i32x4.extmulLowU(a, b), i32x4.extmulHighU(a, b)), Mnemonic.Pmulhuw),
  packed((a, b) => i64x2.extmulLowU(evenDwords(a), evenDwords(b)), Mnemonic.Pmuludq),
  packed(i32x4.dotS, Mnemonic.Pmaddwd),
  packed(absoluteDifferences, Mnemonic.Psadbw),
  shifts(Mnemonic.Psllw, { bits: 16, shift: i16x8.shl }),
  shifts(Mnemonic.Pslld, { bits: 32, shift: i32x4.shl }),
  shifts(Mnemonic.Psllq, { bits: 64, shift: i64x2.shl }),
  shifts(Mnemonic.Psrlw, { bits: 16, shift: i16x8.shrU }),
  shifts(Mnemonic.Psrld, { bits: 32, shift: i32x4.shrU }),
  shifts(Mnemonic.Psrlq, { bits: 64, shift: i64x2.shrU }),
  shifts(Mnemonic.Psraw, { bits: 16, shift: i16x8.shrS, arithmetic: true }),
  shifts(Mnemonic.Psrad, { bits: 32, shift: i32x4.shrS, arithmetic: true }),
  byteShift(Mnemonic.Pslldq, true),
  byteShift(Mnemonic.Psrldq, false),
];
