/** Integer operations of WebAssembly as functions on expressions, the same set for i32 and i64. */
import {
  constI32,
  constI64,
  type Expr,
  type I32,
  type I64,
  i32Value,
  i64Value,
  node,
} from './expression.ts';

/** Opcode of each operation for i32; i64's lies at a fixed distance per group (core 5.4.7). */
function operations<T extends 'i32' | 'i64'>(type: T, compare: number, arithmetic: number) {
  type X = Expr<T>;
  const binary =
    (op: number) =>
    (a: X, b: X): X =>
      node(type, op, a, b);
  const unary =
    (op: number) =>
    (a: X): X =>
      node(type, op, a);
  const test =
    (op: number) =>
    (a: X, b: X): I32 =>
      node('i32', op, a, b);
  const a = arithmetic;
  const c = compare;
  return {
    eqz: (x: X): I32 => node('i32', c, x),
    eq: test(c + 1),
    ne: test(c + 2),
    ltS: test(c + 3),
    ltU: test(c + 4),
    gtS: test(c + 5),
    gtU: test(c + 6),
    leS: test(c + 7),
    leU: test(c + 8),
    geS: test(c + 9),
    geU: test(c + 10),
    clz: unary(a),
    ctz: unary(a + 1),
    popcnt: unary(a + 2),
    add: binary(a + 3),
    sub: binary(a + 4),
    mul: binary(a + 5),
    divS: binary(a + 6),
    divU: binary(a + 7),
    remS: binary(a + 8),
    remU: binary(a + 9),
    and: binary(a + 10),
    or: binary(a + 11),
    xor: binary(a + 12),
    shl: binary(a + 13),
    shrS: binary(a + 14),
    shrU: binary(a + 15),
    rotl: binary(a + 16),
    rotr: binary(a + 17),
  };
}

const narrow = operations('i32', 0x45, 0x67);
const wide = operations('i64', 0x50, 0x79);

const isZero = (expr: Expr): boolean => i32Value(expr) === 0 || i64Value(expr) === 0n;

export const i32 = {
  ...narrow,
  const: constI32,
  add: (a: I32, b: I32): I32 => (isZero(b) ? a : isZero(a) ? b : narrow.add(a, b)),
  extend8: (a: I32): I32 => node('i32', 0xc0, a),
  extend16: (a: I32): I32 => node('i32', 0xc1, a),
};

export const i64 = {
  ...wide,
  const: constI64,
  add(a: I64, b: I64): I64 {
    if (isZero(b)) return a;
    if (isZero(a)) return b;
    const [x, y] = [i64Value(a), i64Value(b)];
    return x !== undefined && y !== undefined ? constI64(x + y) : wide.add(a, b);
  },
  extend8: (a: I64): I64 => node('i64', 0xc2, a),
  extend16: (a: I64): I64 => node('i64', 0xc3, a),
  extend32: (a: I64): I64 => node('i64', 0xc4, a),
};

const EXTEND_I32_U = 0xad;

export function wrap(value: I64): I32 {
  const constant = i64Value(value);
  if (constant !== undefined) return constI32(Number(BigInt.asIntN(32, constant)));
  const [inner] = value.args;
  if (value.op === EXTEND_I32_U && inner !== undefined) return inner as I32;
  return node('i32', 0xa7, value);
}

export const extendS = (value: I32): I64 => node('i64', 0xac, value);

export function extendU(value: I32): I64 {
  const constant = i32Value(value);
  return constant === undefined
    ? node('i64', EXTEND_I32_U, value)
    : constI64(BigInt(constant >>> 0));
}
