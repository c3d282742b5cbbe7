/** Shifts and rotates. */
import { Mnemonic } from 'iced-x86';
import type { Operand } from '../decode.ts';
import { wordFlags, wordOf } from '../flag-expressions.ts';
import { AF, CF, OF, STATUS_FLAGS } from '../flag-thunk.ts';
import { ARITHMETIC, instruction } from '../instruction.ts';
import type { Ir } from '../ir.ts';
import { constI32, constI64, type I32, type I64, i32Value, select } from '../wasm/expression.ts';
import { extendU, i32, i64, wrap } from '../wasm/integer.ts';
import { type Int, type Width, widthOf } from '../width.ts';

const RCX = 1;

/** The count, masked as hardware does; a constant when the encoding has one, else from CL. */
function countOf(ir: Ir, w: Width, operand: Operand | undefined): I32 {
  const mask = w.size === 8 ? 63 : 31;
  if (operand === undefined) return constI32(1);
  if (operand.kind === 'immediate') return constI32(Number(operand.value & BigInt(mask)));
  return ir.keep(i32.and(wrap(ir.gpr(RCX)), constI32(mask)));
}

/** WebAssembly masks the counts of its own sizes by itself. */
const maskedAnyway = (ir: Ir, w: Width, operand: Operand | undefined): Int | undefined =>
  operand?.kind === 'register' && w.size >= 4 ? w.fromI32(wrap(ir.gpr(RCX))) : undefined;

const isNonZero = (count: I32): I32 => i32.ne(count, constI32(0));

/** Flags that change unless the count is zero, which is known for constant counts. */
function setUnlessZero(ir: Ir, count: I32, word: () => I32): void {
  if (!ir.flags.matter(STATUS_FLAGS) || i32Value(count) === 0) return;
  if (i32Value(count) !== undefined) ir.flags.setWord(word());
  else ir.flags.setWord(select(isNonZero(count), word(), ir.flags.word()));
}

function shift(ir: Ir, operation: 'shl' | 'shr' | 'sar'): void {
  const target = ir.operand(0);
  const w = widthOf(target.size);
  const counted = ir.instruction.operands[1];
  const count = countOf(ir, w, counted);
  ir.modify(target, (x) => {
    const constant = i32Value(count);
    const masked = w.fromI32(count);
    if (constant === undefined) ir.flags.setIf(isNonZero(count), operation, w, x, masked);
    else if (constant !== 0) ir.flags.set(operation, w, x, masked);
    const by = maskedAnyway(ir, w, counted) ?? masked;
    if (operation === 'shl') return w.cut(w.shl(x, by));
    return operation === 'shr' ? w.shrU(x, by) : w.cut(w.shrS(w.signed(x), by));
  });
}

/** Rotates inside the operand. */
function rotated(w: Width, x: Int, count: I32, left: boolean): Int {
  if (w.size === 8) return (left ? i64.rotl : i64.rotr)(x as I64, extendU(count));
  if (w.size === 4) return (left ? i32.rotl : i32.rotr)(x as I32, count);
  const by = i32.and(count, constI32(w.bits - 1));
  const rest = i32.sub(constI32(w.bits), by);
  const [up, down] = left ? [by, rest] : [rest, by];
  return w.cut(w.or(w.shl(x, up), w.shrU(x, down)));
}

function rotate(ir: Ir, left: boolean): void {
  const target = ir.operand(0);
  const w = widthOf(target.size);
  const count = countOf(ir, w, ir.instruction.operands[1]);
  ir.modify(target, (x) => {
    const result = ir.keepInt(rotated(w, x, count, left));
    setUnlessZero(ir, count, () => {
      const low = i32.and(w.toI32(result), constI32(1));
      const next = i32.and(w.toI32(w.shrU(result, w.const(w.bits - 2))), constI32(1));
      const carry = left ? low : w.sign(result);
      const overflow = i32.xor(w.sign(result), left ? low : next);
      return carryAndOverflow(ir, carry, overflow);
    });
    return result;
  });
}

function carryAndOverflow(ir: Ir, carry: I32, overflow: I32): I32 {
  const kept = i32.and(ir.flags.word(), constI32(~(CF | OF)));
  return i32.or(kept, i32.or(carry, i32.shl(overflow, constI32(11))));
}

/** Result and carry of a rotation through the carry, for a count that is not zero. */
interface ThroughCarry {
  readonly result: Int;
  readonly carry: I32;
}

/** Up to 32 bits: a rotation of the operand with the carry above it, done in 64 bits. */
function narrowThroughCarry(ir: Ir, w: Width, x: Int, carry: I64, count: I64): ThroughCarry {
  const bits = BigInt(w.bits);
  const ring = ir.keep(i64.or(w.toI64(x), i64.shl(carry, constI64(bits))));
  const rest = i64.sub(constI64(bits + 1n), count);
  const turned = ir.keep(i64.or(i64.shl(ring, count), i64.shrU(ring, rest)));
  return {
    result: w.fromI64(turned),
    carry: i32.and(wrap(i64.shrU(turned, constI64(bits))), constI32(1)),
  };
}

function wideThroughCarry(x: I64, carry: I64, count: I64): ThroughCarry {
  const one = constI64(1n);
  const rest = i64.sub(constI64(64n), count);
  const above = i64.sub(count, one);
  const high = i64.or(i64.shl(i64.shl(x, one), above), i64.shl(carry, above));
  const low = i64.shrU(i64.shrU(x, one), rest);
  return { result: i64.or(high, low), carry: i32.and(wrap(i64.shrU(x, rest)), constI32(1)) };
}

function rotateThroughCarry(ir: Ir, left: boolean): void {
  const target = ir.operand(0);
  const w = widthOf(target.size);
  const ring = w.bits + 1;
  const masked = countOf(ir, w, ir.instruction.operands[1]);
  const count = ir.keep(w.size < 4 ? i32.remU(masked, constI32(ring)) : masked);
  const leftCount = left ? count : i32.sub(constI32(ring), count);
  const turns = ir.keep(extendU(leftCount));
  const old = ir.keep(ir.flags.current().cf());
  ir.modify(target, (x) => {
    const through =
      w.size === 8
        ? wideThroughCarry(x as I64, extendU(old), turns)
        : narrowThroughCarry(ir, w, x, extendU(old), turns);
    const result = ir.keepInt(select(isNonZero(count), through.result as I64, x as I64));
    setUnlessZero(ir, count, () => {
      const carry = ir.keep(through.carry);
      const next = i32.and(w.toI32(w.shrU(result, w.const(w.bits - 2))), constI32(1));
      return carryAndOverflow(ir, carry, i32.xor(w.sign(result), left ? carry : next));
    });
    return result;
  });
}

function doubleShift(ir: Ir, left: boolean): void {
  const [target, source] = [ir.operand(0), ir.operand(1)];
  const w = widthOf(target.size);
  const count = countOf(ir, w, ir.operand(2));
  const by = w.fromI32(count);
  const rest = w.sub(w.const(w.bits), by);
  const filler = ir.keepInt(ir.read(source));
  ir.modify(target, (x) => {
    const shifted = left
      ? w.or(w.shl(x, by), w.shrU(filler, rest))
      : w.or(w.shrU(x, by), w.shl(filler, rest));
    const result = ir.keepInt(select(isNonZero(count), w.cut(shifted) as I64, x as I64));
    setUnlessZero(ir, count, () => {
      const before = w.sub(by, w.const(1));
      const out = left ? w.sign(w.cut(w.shl(x, before))) : w.toI32(w.shrU(x, before));
      const logic = wordFlags(i32.and(logicWord(ir, w, result), constI32(~AF)));
      const overflow = (): I32 => w.sign(w.xor(x, result));
      return wordOf({ ...logic, cf: () => i32.and(out, constI32(1)), of: overflow });
    });
    return result;
  });
}

/** PF, ZF and SF of a value. */
function logicWord(ir: Ir, w: Width, value: Int): I32 {
  return ir.keep(ir.flags.wordOf('logic', w, value));
}

type Lower = (ir: Ir) => void;

const shiftRow = (names: Mnemonic[], lower: Lower) =>
  instruction({
    names,
    writes: ARITHMETIC,
    undefines: ['AF', 'OF'],
    maybeWrites: true,
    lower,
  });

const rotateRow = (name: Mnemonic, throughCarry: boolean, lower: Lower) =>
  instruction({
    names: [name],
    reads: throughCarry ? ['CF'] : [],
    writes: ['CF', 'OF'],
    undefines: ['OF'],
    maybeWrites: true,
    lower,
  });

export const shiftRows = [
  shiftRow([Mnemonic.Shl, Mnemonic.Sal], (ir) => shift(ir, 'shl')),
  shiftRow([Mnemonic.Shr], (ir) => shift(ir, 'shr')),
  shiftRow([Mnemonic.Sar], (ir) => shift(ir, 'sar')),
  shiftRow([Mnemonic.Shld], (ir) => doubleShift(ir, true)),
  shiftRow([Mnemonic.Shrd], (ir) => doubleShift(ir, false)),
  rotateRow(Mnemonic.Rol, false, (ir) => rotate(ir, true)),
  rotateRow(Mnemonic.Ror, false, (ir) => rotate(ir, false)),
  rotateRow(Mnemonic.Rcl, true, (ir) => rotateThroughCarry(ir, true)),
  rotateRow(Mnemonic.Rcr, true, (ir) => rotateThroughCarry(ir, false)),
];
