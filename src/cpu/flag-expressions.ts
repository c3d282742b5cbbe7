/** The status flags of a thunk as WebAssembly expressions: the one place that says what each flag is. */
import {
  AF,
  CARRY_APART,
  CF,
  FLAGS_RAW,
  type FlagOperation,
  OF,
  operationOf,
  PF,
  SF,
  sizeOf,
  ZF,
} from './flag-thunk.ts';
import { constI32, constI64, type I32, type I64 } from './wasm/expression.ts';
import { extendS, i32, i64, wrap } from './wasm/integer.ts';
import { mulHighSigned, mulHighUnsigned } from './wide-multiply.ts';
import { type Int, type Width, widthOf } from './width.ts';

/** Each flag as 0 or 1. */
export interface Flags {
  readonly cf: () => I32;
  readonly pf: () => I32;
  readonly af: () => I32;
  readonly zf: () => I32;
  readonly sf: () => I32;
  readonly of: () => I32;
  /** Fused comparisons, where the operation allows them: CF or ZF; SF not OF; ZF or (SF not OF). */
  readonly belowOrEqual?: () => I32;
  readonly less?: () => I32;
  readonly lessOrEqual?: () => I32;
}

const ZERO = constI32(0);
const ONE = constI32(1);

export interface ThunkOperands {
  readonly a: I64;
  readonly b: I64;
  readonly c: I64;
}

/** Evaluates what several flags have in common; by default each has its own copy. */
export type Keep = (value: Int) => Int;

/** A thunk whose operation is known at translation time. */
export function flagsOf(code: number, operands: ThunkOperands, keep: Keep = (x) => x): Flags {
  const base = code & ~CARRY_APART;
  const flags =
    base === FLAGS_RAW
      ? wordFlags(wrap(operands.a))
      : operationFlags(operationOf(base), widthOf(sizeOf(base)), operands, keep);
  if ((code & CARRY_APART) === 0) return flags;
  const { pf, af, zf, sf, of } = flags;
  return { cf: () => wrap(operands.c), pf, af, zf, sf, of };
}

/** Flags of a materialised word. */
export function wordFlags(word: I32): Flags {
  const bit = (mask: number) => () => i32.and(i32.shrU(word, constI32(31 - Math.clz32(mask))), ONE);
  return { cf: bit(CF), pf: bit(PF), af: bit(AF), zf: bit(ZF), sf: bit(SF), of: bit(OF) };
}

export function wordOf(flags: Flags): I32 {
  const at = (flag: I32, mask: number): I32 =>
    mask === 1 ? flag : i32.shl(flag, constI32(31 - Math.clz32(mask)));
  return [
    at(flags.pf(), PF),
    at(flags.af(), AF),
    at(flags.zf(), ZF),
    at(flags.sf(), SF),
    at(flags.of(), OF),
  ].reduce((word, flag) => i32.or(word, flag), flags.cf());
}

const parity = (w: Width, result: Int): I32 =>
  i32.eqz(i32.and(i32.popcnt(i32.and(w.toI32(result), constI32(0xff))), ONE));

const bit4 = (w: Width, value: Int): I32 => i32.and(i32.shrU(w.toI32(value), constI32(4)), ONE);

/** Flags that follow from the result alone. */
function resultFlags(w: Width, result: Int) {
  return {
    pf: () => parity(w, result),
    zf: () => w.isZero(result),
    sf: () => w.sign(result),
  };
}

function operationFlags(
  operation: FlagOperation,
  w: Width,
  operands: ThunkOperands,
  keep: Keep,
): Flags {
  const x = keep(w.fromI64(operands.a));
  if (operation === 'logic') return logic(w, x);
  if (operation === 'inc' || operation === 'dec') return step(w, x, operands, operation);
  const y = keep(w.fromI64(operands.b));
  switch (operation) {
    case 'add':
      return sum(w, x, y, keep(w.cut(w.add(x, y))));
    case 'sub':
      return { ...difference(w, x, y, keep(w.cut(w.sub(x, y)))), ...comparison(w, x, y) };
    case 'adc':
      return withCarry(w, x, y, operands.c, keep);
    case 'sbb':
      return withBorrow(w, x, y, operands.c, keep);
    case 'shl':
    case 'shr':
    case 'sar':
      return shift(w, x, y, operation, keep);
    case 'mul':
    case 'imul':
      return product(w, x, y, operation);
  }
}

function sum(w: Width, x: Int, y: Int, r: Int): Flags {
  return {
    ...resultFlags(w, r),
    cf: () => w.ltU(r, x),
    af: () => bit4(w, w.xor(w.xor(x, y), r)),
    of: () => w.sign(w.and(w.xor(x, r), w.xor(y, r))),
  };
}

function difference(w: Width, x: Int, y: Int, r: Int): Flags {
  return {
    ...resultFlags(w, r),
    cf: () => w.ltU(x, y),
    af: () => bit4(w, w.xor(w.xor(x, y), r)),
    of: () => w.sign(w.and(w.xor(x, y), w.xor(x, r))),
  };
}

const comparison = (w: Width, x: Int, y: Int) => ({
  zf: () => w.eq(x, y),
  belowOrEqual: () => w.leU(x, y),
  less: () => w.ltS(x, y),
  lessOrEqual: () => w.leS(x, y),
});

function withCarry(w: Width, x: Int, y: Int, c: I64, keep: Keep): Flags {
  const r = keep(w.cut(w.add(w.add(x, y), w.fromI64(c))));
  const cf = (): I32 => i32.or(w.ltU(r, x), i32.and(wrap(c), w.eq(r, x)));
  return { ...sum(w, x, y, r), cf };
}

function withBorrow(w: Width, x: Int, y: Int, c: I64, keep: Keep): Flags {
  const r = keep(w.cut(w.sub(w.sub(x, y), w.fromI64(c))));
  const cf = (): I32 => i32.or(w.ltU(x, y), i32.and(wrap(c), w.eq(x, y)));
  return { ...difference(w, x, y, r), cf };
}

function logic(w: Width, r: Int): Flags {
  const zero = (): I32 => ZERO;
  return {
    ...resultFlags(w, r),
    cf: zero,
    af: zero,
    of: zero,
    belowOrEqual: () => w.isZero(r),
    less: () => w.sign(r),
    lessOrEqual: () => w.leS(r, w.const(0)),
  };
}

function step(w: Width, r: Int, operands: ThunkOperands, operation: 'inc' | 'dec'): Flags {
  const minimum = w.const(1n << BigInt(w.bits - 1));
  const maximum = w.const((1n << BigInt(w.bits - 1)) - 1n);
  const low = i32.and(w.toI32(r), constI32(15));
  return {
    ...resultFlags(w, r),
    cf: () => wrap(operands.c),
    of: () => w.eq(r, operation === 'inc' ? minimum : maximum),
    af: () => i32.eq(low, constI32(operation === 'inc' ? 0 : 15)),
  };
}

function product(w: Width, x: Int, y: Int, operation: 'mul' | 'imul'): Flags {
  const high = (): I32 =>
    operation === 'mul' ? unsignedOverflow(w, x, y) : signedOverflow(w, x, y);
  return { ...resultFlags(w, w.cut(w.mul(x, y))), cf: high, of: high, af: () => ZERO };
}

function unsignedOverflow(w: Width, x: Int, y: Int): I32 {
  if (w.size === 8) return i64.ne(mulHighUnsigned(x as I64, y as I64), constI64(0n));
  const whole = i64.mul(w.toI64(x), w.toI64(y));
  return i64.ne(i64.shrU(whole, constI64(BigInt(w.bits))), constI64(0n));
}

function signedOverflow(w: Width, x: Int, y: Int): I32 {
  if (w.size === 8) {
    const low = i64.mul(x as I64, y as I64);
    return i64.ne(mulHighSigned(x as I64, y as I64), i64.shrS(low, constI64(63n)));
  }
  const whole = i64.mul(extendS(w.signed(x) as I32), extendS(w.signed(y) as I32));
  const extend = { 1: i64.extend8, 2: i64.extend16, 4: i64.extend32 }[w.size];
  return i64.ne(whole, extend(whole));
}

/** OF as hardware has it for a count of one; AF is undefined, and set on AMD processors. */
function shift(w: Width, x: Int, count: Int, operation: 'shl' | 'shr' | 'sar', keep: Keep): Flags {
  // Counts beyond the operand of 8 and 16 bits still shift an i32 correctly.
  const by = (value: Int): Int => {
    if (operation === 'shl') return w.cut(w.shl(x, value));
    return operation === 'shr' ? w.shrU(x, value) : w.cut(w.shrS(w.signed(x), value));
  };
  const result = keep(by(count));
  const last = keep(by(w.sub(count, w.const(1))));
  const cf = (): I32 => (operation === 'shl' ? w.sign(last) : i32.and(w.toI32(last), ONE));
  const of = (): I32 => {
    if (operation === 'sar') return ZERO;
    return operation === 'shl' ? i32.xor(w.sign(result), cf()) : w.sign(x);
  };
  return { ...resultFlags(w, result), cf, of, af: () => ONE };
}

/** The sixteen conditions of Jcc, SETcc and CMOVcc in encoding order; odd ones negate. */
export function conditionOf(flags: Flags, condition: number): I32 {
  const holds = positiveCondition(flags, condition >> 1);
  return (condition & 1) === 0 ? holds : i32.eqz(holds);
}

function positiveCondition(flags: Flags, pair: number): I32 {
  const unequal = (): I32 => i32.xor(flags.sf(), flags.of());
  switch (pair) {
    case 0:
      return flags.of();
    case 1:
      return flags.cf();
    case 2:
      return flags.zf();
    case 3:
      return flags.belowOrEqual?.() ?? i32.or(flags.cf(), flags.zf());
    case 4:
      return flags.sf();
    case 5:
      return flags.pf();
    case 6:
      return flags.less?.() ?? unequal();
    default:
      return flags.lessOrEqual?.() ?? i32.or(flags.zf(), unequal());
  }
}
