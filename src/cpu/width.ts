/** Integer arithmetic at an x86 operand size: 1, 2 and 4 bytes live zero-extended in an i32, 8 in an i64. */
import type { Expr, I32, I64 } from './wasm/expression.ts';
import { constI32, constI64, LOAD, load, STORE } from './wasm/expression.ts';
import { extendU, i32, i64, wrap } from './wasm/integer.ts';

export type OperandSize = 1 | 2 | 4 | 8;
/** An integer value of some operand size. */
export type Int = Expr<'i32'> | Expr<'i64'>;

type Binary = (a: Int, b: Int) => Int;
type Test = (a: Int, b: Int) => I32;

export interface Width {
  readonly size: OperandSize;
  readonly bits: number;
  readonly type: 'i32' | 'i64';
  /** Operations that may leave bits above the size; `cut` clears them. */
  readonly add: Binary;
  readonly sub: Binary;
  readonly mul: Binary;
  readonly shl: Binary;
  readonly and: Binary;
  readonly or: Binary;
  readonly xor: Binary;
  /** Logical shift of a fitting value; fits. */
  readonly shrU: Binary;
  /** Arithmetic shift of a `signed` value. */
  readonly shrS: Binary;
  readonly eq: Test;
  readonly ne: Test;
  readonly ltU: Test;
  readonly leU: Test;
  isZero(value: Int): I32;
  const(value: bigint | number): Int;
  /** Zero-extends from the operand size. */
  cut(value: Int): Int;
  /** Sign-extends from the operand size to the wasm type. */
  signed(value: Int): Int;
  /** 1 when the sign bit of the operand size is set. */
  sign(value: Int): I32;
  ltS(a: Int, b: Int): I32;
  leS(a: Int, b: Int): I32;
  /** A fitting value as 64 bits. */
  toI64(value: Int): I64;
  fromI64(value: I64): Int;
  /** The low 32 bits. */
  toI32(value: Int): I32;
  fromI32(value: I32): Int;
  load(address: I32, offset?: number): Int;
  readonly storeOp: number;
}

function narrow(size: 1 | 2 | 4): Width {
  const bits = size * 8;
  const mask = size === 4 ? -1 : (1 << bits) - 1;
  const n = (value: Int): I32 => value as I32;
  const cut = (value: Int): Int => (size === 4 ? value : i32.and(n(value), constI32(mask)));
  const extend = { 1: i32.extend8, 2: i32.extend16, 4: (x: I32) => x }[size];
  const signed = (value: Int): I32 => extend(n(value));
  const loadOp = { 1: LOAD.i32from8, 2: LOAD.i32from16, 4: LOAD.i32 }[size];
  return {
    size,
    bits,
    type: 'i32',
    ...(i32 as unknown as Pick<Width, 'add' | 'sub' | 'mul' | 'shl' | 'and' | 'or' | 'xor'>),
    ...(i32 as unknown as Pick<Width, 'shrU' | 'shrS' | 'eq' | 'ne' | 'ltU' | 'leU'>),
    isZero: (value) => i32.eqz(n(value)),
    const: (value) => constI32(Number(BigInt.asIntN(32, BigInt(value))) & mask),
    cut,
    signed,
    sign: (value) =>
      size === 4
        ? i32.shrU(n(value), constI32(31))
        : i32.and(i32.shrU(n(value), constI32(bits - 1)), constI32(1)),
    ltS: (a, b) => i32.ltS(signed(a), signed(b)),
    leS: (a, b) => i32.leS(signed(a), signed(b)),
    toI64: (value) => extendU(n(value)),
    fromI64: (value) => cut(wrap(value)),
    toI32: n,
    fromI32: (value) => value,
    load: (address, offset = 0) => load('i32', loadOp, address, offset),
    storeOp: { 1: STORE.i32to8, 2: STORE.i32to16, 4: STORE.i32 }[size],
  };
}

const wide: Width = {
  size: 8,
  bits: 64,
  type: 'i64',
  ...(i64 as unknown as Pick<Width, 'add' | 'sub' | 'mul' | 'shl' | 'and' | 'or' | 'xor'>),
  ...(i64 as unknown as Pick<Width, 'shrU' | 'shrS' | 'eq' | 'ne' | 'ltU' | 'leU'>),
  isZero: (value) => i64.eqz(value as I64),
  const: (value) => constI64(BigInt(value)),
  cut: (value) => value,
  signed: (value) => value,
  sign: (value) => wrap(i64.shrU(value as I64, constI64(63n))),
  ltS: (a, b) => i64.ltS(a as I64, b as I64),
  leS: (a, b) => i64.leS(a as I64, b as I64),
  toI64: (value) => value as I64,
  fromI64: (value) => value,
  toI32: (value) => wrap(value as I64),
  fromI32: extendU,
  load: (address, offset = 0) => load('i64', LOAD.i64, address, offset),
  storeOp: STORE.i64,
};

const WIDTHS: Record<OperandSize, Width> = { 1: narrow(1), 2: narrow(2), 4: narrow(4), 8: wide };
export const widthOf = (size: number): Width => WIDTHS[size as OperandSize];
