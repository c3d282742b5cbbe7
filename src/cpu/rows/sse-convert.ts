/** Conversions between integers and floating-point formats, rounding to nearest or towards zero. */
import { Mnemonic } from 'iced-x86';
import { instruction } from '../instruction.ts';
import {
  constI32,
  constI64,
  type Expr,
  type F32,
  type F64,
  type I64,
  node,
  select,
  simd,
  type V128,
} from '../wasm/expression.ts';
import { i32 } from '../wasm/integer.ts';
import { byteLanes, f32x4, f64x2, i32x4, v128, ZERO_VECTOR } from '../wasm/vector.ts';
import type { Int } from '../width.ts';
import { lowFrom } from './sse-move.ts';

type Float = 'single' | 'double';

const F32_LT = 0x5d;
const F64_LT = 0x63;
const F32_GE = 0x60;
const F64_GE = 0x66;
const F32_NEAREST = 0x90;
const F64_NEAREST = 0x9e;
const F32_CONST = 0x43;
const F64_CONST = 0x44;

const extractF32 = (value: V128): F32 => simd('f32', 31, [value], [0]);
const extractF64 = (value: V128): F64 => simd('f64', 33, [value], [0]);

function constant(format: Float, value: number): Expr {
  const view = new DataView(new ArrayBuffer(8));
  const bytes = format === 'single' ? 4 : 8;
  if (format === 'single') view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  return {
    type: format === 'single' ? 'f32' : 'f64',
    op: format === 'single' ? F32_CONST : F64_CONST,
    args: [],
    immediate: { form: 'bytes', value: new Uint8Array(view.buffer, 0, bytes) },
  };
}

/** A signed integer, or the indefinite one when the value does not fit. */
function toInteger(format: Float, value: Expr, size: number): Int {
  const limit = 2 ** (size * 8 - 1);
  const single = format === 'single';
  const below = node('i32', single ? F32_LT : F64_LT, value, constant(format, limit));
  // Between the lowest integer and the next double below it, truncation still gives the lowest.
  const lowest = single || size === 8 ? -limit : -limit - 1;
  const above =
    lowest === -limit
      ? node('i32', single ? F32_GE : F64_GE, value, constant(format, lowest))
      : node('i32', F64_LT, constant(format, lowest), value);
  const fits = i32.and(below, above);
  const truncated = truncation(format, value, size);
  const indefinite = size === 8 ? constI64(-(1n << 63n)) : constI32(-(2 ** 31));
  return select(fits, truncated as I64, indefinite as I64);
}

/** The saturating forms, which do not trap (opcode page FC). */
function truncation(format: Float, value: Expr, size: number): Int {
  const number = (format === 'single' ? 0 : 2) + (size === 8 ? 4 : 0);
  return node(size === 8 ? 'i64' : 'i32', 0xfc00 + number, value) as Int;
}

const floatToInteger = (name: Mnemonic, format: Float, round: boolean) =>
  instruction({
    names: [name],
    lower(ir) {
      const target = ir.operand(0);
      const vector = ir.readVector(ir.operand(1));
      const value: Expr = format === 'single' ? extractF32(vector) : extractF64(vector);
      const nearest = format === 'single' ? F32_NEAREST : F64_NEAREST;
      const rounded = ir.keep(round ? node(value.type, nearest, value) : value);
      ir.write(target, toInteger(format, rounded, target.size));
    },
  });

/** f32.convert_i32_s, f32.convert_i64_s, f64.convert_i32_s, f64.convert_i64_s. */
const CONVERT = { single: { 4: 0xb2, 8: 0xb4 }, double: { 4: 0xb7, 8: 0xb9 } };

const integerToFloat = (name: Mnemonic, format: Float) =>
  instruction({
    names: [name],
    lower(ir) {
      const [target, source] = [ir.operand(0), ir.operand(1)];
      const type = format === 'single' ? 'f32' : 'f64';
      const op = CONVERT[format][source.size as 4 | 8];
      const value = node(type, op, ir.read(source));
      const splat = (format === 'single' ? f32x4 : f64x2).splat(value);
      const bytes = format === 'single' ? 4 : 8;
      ir.writeVector(target, lowFrom(ir.readVector(target), splat, bytes));
    },
  });

type Convert = (value: V128) => V128;

const converted = (name: Mnemonic, convert: Convert) =>
  instruction({
    names: [name],
    lower(ir) {
      const source = ir.operand(1);
      const value = ir.readVector(source, source.size === 16 ? 'aligned' : 'any');
      ir.writeVector(ir.operand(0), convert(value));
    },
  });

/** The low lane alone, under the target's others. */
const convertedLow = (name: Mnemonic, bytes: 4 | 8, convert: Convert) =>
  instruction({
    names: [name],
    lower(ir) {
      const target = ir.operand(0);
      const value = convert(ir.readVector(ir.operand(1)));
      ir.writeVector(target, lowFrom(ir.readVector(target), value, bytes));
    },
  });

const INDEFINITE = i32x4.splat(constI32(-(2 ** 31)));

/** Saturation gives the lowest integer where the processor does, but not above the range and for NaN. */
function singlesToIntegers(value: V128): V128 {
  const tooLarge = f32x4.ge(value, f32x4.splat(constant('single', 2 ** 31)));
  const bad = v128.or(tooLarge, f32x4.ne(value, value));
  return v128.bitselect(INDEFINITE, i32x4.truncSatF32(value), bad);
}

function doublesToIntegers(value: V128): V128 {
  const tooLarge = f64x2.ge(value, f64x2.splat(constant('double', 2 ** 31)));
  const bad = v128.or(tooLarge, f64x2.ne(value, value));
  const lanes = v128.shuffle(bad, ZERO_VECTOR, byteLanes(4, [0, 2, 4, 4]));
  return v128.bitselect(INDEFINITE, i32x4.truncSatF64(value), lanes);
}

export const sseConvertRows = [
  floatToInteger(Mnemonic.Cvttss2si, 'single', false),
  floatToInteger(Mnemonic.Cvtss2si, 'single', true),
  floatToInteger(Mnemonic.Cvttsd2si, 'double', false),
  floatToInteger(Mnemonic.Cvtsd2si, 'double', true),
  integerToFloat(Mnemonic.Cvtsi2ss, 'single'),
  integerToFloat(Mnemonic.Cvtsi2sd, 'double'),
  converted(Mnemonic.Cvtdq2ps, f32x4.convertI32),
  converted(Mnemonic.Cvtdq2pd, f64x2.convertLowI32),
  converted(Mnemonic.Cvtps2pd, f64x2.promoteLowF32),
  converted(Mnemonic.Cvtpd2ps, f32x4.demoteF64),
  converted(Mnemonic.Cvttps2dq, singlesToIntegers),
  converted(Mnemonic.Cvtps2dq, (value) => singlesToIntegers(f32x4.nearest(value))),
  converted(Mnemonic.Cvttpd2dq, doublesToIntegers),
  converted(Mnemonic.Cvtpd2dq, (value) => doublesToIntegers(f64x2.nearest(value))),
  convertedLow(Mnemonic.Cvtss2sd, 8, f64x2.promoteLowF32),
  convertedLow(Mnemonic.Cvtsd2ss, 4, f32x4.demoteF64),
];
