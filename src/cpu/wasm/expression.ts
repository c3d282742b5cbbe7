/** WebAssembly expressions as typed trees: built by the rows, written out once when a statement uses them. */
import type { ByteWriter } from './bytes.ts';

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

export const VALUE_TYPE_CODE: Record<ValueType, number> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

/** What follows the opcode: nothing, a constant, an index, a memory offset, or raw bytes (lanes). */
type Immediate =
  | { readonly form: 'none' }
  | { readonly form: 'i32'; readonly value: number }
  | { readonly form: 'i64'; readonly value: bigint }
  | { readonly form: 'index'; readonly value: number }
  | { readonly form: 'memory'; readonly value: number }
  | { readonly form: 'bytes'; readonly value: ArrayLike<number> };

export interface Expr<T extends ValueType = ValueType> {
  readonly type: T;
  readonly op: number;
  readonly args: readonly Expr[];
  readonly immediate: Immediate;
}
export type I32 = Expr<'i32'>;
export type I64 = Expr<'i64'>;
export type F32 = Expr<'f32'>;
export type F64 = Expr<'f64'>;
export type V128 = Expr<'v128'>;

const NONE: Immediate = { form: 'none' };
/** Opcodes of the SIMD page carry this mark above their number. */
const SIMD = 0xfd00;

export const node = <T extends ValueType>(type: T, op: number, ...args: Expr[]): Expr<T> => ({
  type,
  op,
  args,
  immediate: NONE,
});

/** An operation of the SIMD page; `lanes` are its immediate bytes. */
export const simd = <T extends ValueType>(
  type: T,
  number: number,
  args: readonly Expr[],
  lanes?: ArrayLike<number>,
): Expr<T> => ({
  type,
  op: SIMD + number,
  args,
  immediate: lanes === undefined ? NONE : { form: 'bytes', value: lanes },
});

export const call = <T extends ValueType>(
  type: T,
  functionIndex: number,
  ...args: Expr[]
): Expr<T> => ({ type, op: 0x10, args, immediate: { form: 'index', value: functionIndex } });

export const localGet = <T extends ValueType>(type: T, index: number): Expr<T> => ({
  type,
  op: 0x20,
  args: [],
  immediate: { form: 'index', value: index },
});

export const isLocal = (expr: Expr): boolean => expr.op === 0x20;

export const select = <T extends ValueType>(condition: I32, yes: Expr<T>, no: Expr<T>): Expr<T> => {
  if (yes.type !== 'v128') return node(yes.type, 0x1b, yes, no, condition);
  const bytes = [1, VALUE_TYPE_CODE.v128];
  return {
    type: yes.type,
    op: 0x1c,
    args: [yes, no, condition],
    immediate: { form: 'bytes', value: bytes },
  };
};

export const constI32 = (value: number): I32 => ({
  type: 'i32',
  op: 0x41,
  args: [],
  immediate: { form: 'i32', value: value | 0 },
});

export const constI64 = (value: bigint): I64 => ({
  type: 'i64',
  op: 0x42,
  args: [],
  immediate: { form: 'i64', value: BigInt.asIntN(64, value) },
});

export const i32Value = (expr: Expr): number | undefined =>
  expr.immediate.form === 'i32' ? expr.immediate.value : undefined;

export const i64Value = (expr: Expr): bigint | undefined =>
  expr.immediate.form === 'i64' ? expr.immediate.value : undefined;

/** A load from host memory at `address + offset`. */
export const load = <T extends ValueType>(
  type: T,
  op: number,
  address: I32,
  offset = 0,
): Expr<T> => ({ type, op, args: [address], immediate: { form: 'memory', value: offset } });

export const LOAD = {
  i32: 0x28,
  i64: 0x29,
  f32: 0x2a,
  f64: 0x2b,
  i32from8: 0x2d,
  i32from16: 0x2f,
  v128: SIMD + 0x00,
} as const;

export const STORE = {
  i32: 0x36,
  i64: 0x37,
  f32: 0x38,
  f64: 0x39,
  i32to8: 0x3a,
  i32to16: 0x3b,
  v128: SIMD + 0x0b,
} as const;

export function writeOpcode(out: ByteWriter, op: number): void {
  if (op < 0x100) {
    out.byte(op);
    return;
  }
  out.byte(op >> 8);
  out.unsigned(op & 0xff);
}

/** Alignment hint 0 (any) keeps every access valid; hosts ignore it otherwise. */
export function writeMemoryOperand(out: ByteWriter, offset: number): void {
  out.byte(0);
  out.unsigned(offset);
}

export function writeExpr(out: ByteWriter, expr: Expr): void {
  for (const arg of expr.args) writeExpr(out, arg);
  writeOpcode(out, expr.op);
  const { immediate } = expr;
  switch (immediate.form) {
    case 'none':
      break;
    case 'i32':
      out.signed(immediate.value);
      break;
    case 'i64':
      out.signed64(immediate.value);
      break;
    case 'index':
      out.unsigned(immediate.value);
      break;
    case 'memory':
      writeMemoryOperand(out, immediate.value);
      break;
    case 'bytes':
      out.bytes(immediate.value);
  }
}
