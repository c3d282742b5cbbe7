/** 128-bit operations of WebAssembly as functions on expressions (core 5.4.8). */
import { type Expr, type I32, type I64, simd, type V128 } from './expression.ts';
import { extendU } from './integer.ts';

type Unary = (a: V128) => V128;
type Binary = (a: V128, b: V128) => V128;
type Shift = (a: V128, count: I32) => V128;

const unary =
  (op: number): Unary =>
  (a) =>
    simd('v128', op, [a]);
const binary =
  (op: number): Binary =>
  (a, b) =>
    simd('v128', op, [a, b]);
const shift =
  (op: number): Shift =>
  (a, count) =>
    simd('v128', op, [a, count]);
const mask =
  (op: number) =>
  (a: V128): I32 =>
    simd('i32', op, [a]);

const splat =
  (op: number) =>
  (value: Expr): V128 =>
    simd('v128', op, [value]);
const replace =
  (op: number) =>
  (a: V128, lane: number, value: Expr): V128 =>
    simd('v128', op, [a, value], [lane]);
const extract =
  <T extends 'i32' | 'i64' | 'f32' | 'f64'>(type: T, op: number) =>
  (a: V128, lane: number): Expr<T> =>
    simd(type, op, [a], [lane]);

export const v128 = {
  not: unary(77),
  and: binary(78),
  /** a and not b. */
  andnot: binary(79),
  or: binary(80),
  xor: binary(81),
  /** Bits of `yes` where the mask is one. */
  bitselect: (yes: V128, no: V128, choice: V128): V128 => simd('v128', 82, [yes, no, choice]),
  anyTrue: mask(83),
  const: (bytes: readonly number[]): V128 => simd('v128', 12, [], bytes),
  /** Byte lanes 0 to 15 from `a`, 16 to 31 from `b`. */
  shuffle: (a: V128, b: V128, lanes: readonly number[]): V128 => simd('v128', 13, [a, b], lanes),
  /** Indexes beyond 15 give zero. */
  swizzle: binary(14),
};

export const ZERO_VECTOR = v128.const(new Array(16).fill(0));

export const i8x16 = {
  splat: splat(15),
  extract: extract('i32', 22),
  replace: replace(23),
  eq: binary(35),
  gtS: binary(39),
  gtU: binary(40),
  abs: unary(96),
  neg: unary(97),
  bitmask: mask(100),
  narrowS: binary(101),
  narrowU: binary(102),
  add: binary(110),
  addSatS: binary(111),
  addSatU: binary(112),
  sub: binary(113),
  subSatS: binary(114),
  subSatU: binary(115),
  minS: binary(118),
  minU: binary(119),
  maxS: binary(120),
  maxU: binary(121),
  avgU: binary(123),
};

export const i16x8 = {
  splat: splat(16),
  extract: extract('i32', 25),
  replace: replace(26),
  eq: binary(45),
  gtS: binary(49),
  extaddPairwiseU: unary(125),
  abs: unary(128),
  neg: unary(129),
  narrowS: binary(133),
  narrowU: binary(134),
  extendLowS: unary(135),
  extendLowU: unary(137),
  extendHighS: unary(136),
  extendHighU: unary(138),
  shl: shift(139),
  shrS: shift(140),
  shrU: shift(141),
  add: binary(142),
  addSatS: binary(143),
  addSatU: binary(144),
  sub: binary(145),
  subSatS: binary(146),
  subSatU: binary(147),
  mul: binary(149),
  minS: binary(150),
  minU: binary(151),
  maxS: binary(152),
  maxU: binary(153),
  avgU: binary(155),
};

export const i32x4 = {
  splat: splat(17),
  extract: extract('i32', 27),
  replace: replace(28),
  eq: binary(55),
  gtS: binary(59),
  extaddPairwiseU: unary(127),
  abs: unary(160),
  neg: unary(161),
  bitmask: mask(164),
  extendLowS: unary(167),
  extendLowU: unary(169),
  shl: shift(171),
  shrS: shift(172),
  shrU: shift(173),
  add: binary(174),
  sub: binary(177),
  mul: binary(181),
  minS: binary(182),
  minU: binary(183),
  maxS: binary(184),
  maxU: binary(185),
  dotS: binary(186),
  extmulLowS: binary(188),
  extmulHighS: binary(189),
  extmulLowU: binary(190),
  extmulHighU: binary(191),
  truncSatF32: unary(248),
  truncSatF64: unary(252),
};

export const i64x2 = {
  splat: splat(18),
  extract: extract('i64', 29),
  replace: replace(30),
  bitmask: mask(196),
  extendLowS: unary(199),
  extendLowU: unary(201),
  shl: shift(203),
  shrS: shift(204),
  shrU: shift(205),
  add: binary(206),
  sub: binary(209),
  eq: binary(214),
  gtS: binary(217),
  extmulLowS: binary(220),
  extmulLowU: binary(222),
};

/** The operations that f32x4 and f64x2 have alike. */
export interface FloatLanes {
  readonly eq: Binary;
  readonly ne: Binary;
  readonly lt: Binary;
  readonly le: Binary;
  readonly ge: Binary;
  readonly nearest: Unary;
  readonly sqrt: Unary;
  readonly add: Binary;
  readonly sub: Binary;
  readonly mul: Binary;
  readonly div: Binary;
  /** b where b < a, else a. */
  readonly pmin: Binary;
  /** b where a < b, else a. */
  readonly pmax: Binary;
}

export const f32x4: FloatLanes & {
  splat: (value: Expr) => V128;
  convertI32: Unary;
  demoteF64: Unary;
} = {
  splat: splat(19),
  eq: binary(65),
  ne: binary(66),
  lt: binary(67),
  le: binary(69),
  ge: binary(70),
  nearest: unary(106),
  sqrt: unary(227),
  add: binary(228),
  sub: binary(229),
  mul: binary(230),
  div: binary(231),
  pmin: binary(234),
  pmax: binary(235),
  convertI32: unary(250),
  demoteF64: unary(94),
};

export const f64x2: FloatLanes & {
  splat: (value: Expr) => V128;
  convertLowI32: Unary;
  promoteLowF32: Unary;
} = {
  splat: splat(20),
  eq: binary(71),
  ne: binary(72),
  lt: binary(73),
  le: binary(75),
  ge: binary(76),
  nearest: unary(148),
  sqrt: unary(239),
  add: binary(240),
  sub: binary(241),
  mul: binary(242),
  div: binary(243),
  pmin: binary(246),
  pmax: binary(247),
  convertLowI32: unary(254),
  promoteLowF32: unary(95),
};

/** A value in the low lane, zero above. */
export const lowI64 = (value: I64): V128 => i64x2.replace(ZERO_VECTOR, 0, value);
export const lowI32 = (value: I32): V128 => lowI64(extendU(value));

/** Byte lanes of a shuffle from lanes of `bytes` each. */
export const byteLanes = (bytes: number, lanes: readonly number[]): number[] =>
  lanes.flatMap((lane) => Array.from({ length: bytes }, (_, i) => lane * bytes + i));
