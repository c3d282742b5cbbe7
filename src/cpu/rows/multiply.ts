/** Multiplication and division. */
import { Mnemonic } from 'iced-x86';
import { callHelper, LEAVE } from '../helpers.ts';
import { ARITHMETIC, instruction } from '../instruction.ts';
import type { Ir } from '../ir.ts';
import { constI32, constI64, type I32, type I64 } from '../wasm/expression.ts';
import { extendS, i32, i64, wrap } from '../wasm/integer.ts';
import { mulHighSigned, mulHighUnsigned } from '../wide-multiply.ts';
import { type Int, type Width, widthOf } from '../width.ts';

const RAX = 0;
const RDX = 2;

const signedI64 = (w: Width, value: Int): I64 =>
  w.size === 8 ? (value as I64) : extendS(w.signed(value) as I32);

/** AX, or the high and low halves in DX:AX and its wider kin. */
function writeProduct(ir: Ir, w: Width, operation: 'mul' | 'imul', a: Int, b: Int): void {
  const signed = operation === 'imul';
  if (w.size === 8) {
    const keep = (value: I64): I64 => ir.keep(value);
    const high = (signed ? mulHighSigned : mulHighUnsigned)(a as I64, b as I64, keep);
    ir.setGpr(RDX, ir.keep(high));
    ir.setGpr(RAX, i64.mul(a as I64, b as I64));
    return;
  }
  const wide = (value: Int): I64 => (signed ? signedI64(w, value) : w.toI64(value));
  const product = ir.keep(i64.mul(wide(a), wide(b)));
  if (w.size === 1) {
    const x = widthOf(2);
    ir.write(ir.register(RAX, 2), x.fromI64(product));
    return;
  }
  ir.write(ir.register(RAX, w.size), w.fromI64(product));
  const high = i64.shrU(product, constI64(BigInt(w.bits)));
  ir.write(ir.register(RDX, w.size), w.fromI64(high));
}

function multiplyAccumulator(ir: Ir, operation: 'mul' | 'imul'): void {
  const source = ir.operand(0);
  const w = widthOf(source.size);
  const b = ir.keepInt(ir.read(source));
  const a = ir.read(ir.register(RAX, w.size));
  ir.flags.set(operation, w, a, b);
  writeProduct(ir, w, operation, a, b);
}

/** Quotient to AL, remainder to AH, or to AX, DX and their wider kin. */
function writeQuotient(ir: Ir, w: Width, quotient: Int, remainder: Int): void {
  if (w.size === 1) {
    const pair = i32.or(i32.shl(w.cut(remainder) as I32, constI32(8)), w.cut(quotient) as I32);
    ir.write(ir.register(RAX, 2), pair);
    return;
  }
  ir.write(ir.register(RAX, w.size), quotient);
  ir.write(ir.register(RDX, w.size), remainder);
}

/** The dividend of 16, 32 or 64 bits. */
function narrowDividend(ir: Ir, w: Width, signed: boolean): I64 {
  if (w.size === 1) {
    const x = widthOf(2);
    const value = ir.read(ir.register(RAX, 2));
    return signed ? signedI64(x, value) : x.toI64(value);
  }
  const low = w.toI64(ir.read(ir.register(RAX, w.size)));
  const high = ir.read(ir.register(RDX, w.size));
  const upper = signed ? signedI64(w, high) : w.toI64(high);
  return i64.or(i64.shl(upper, constI64(BigInt(w.bits))), low);
}

function divideNarrow(ir: Ir, w: Width, divisorValue: Int, signed: boolean): void {
  const wide = signed ? signedI64(w, divisorValue) : w.toI64(divisorValue);
  const divisor = ir.keep(wide);
  const dividend = ir.keep(narrowDividend(ir, w, signed));
  ir.raiseIf(i64.eqz(divisor), LEAVE.divideError);
  if (signed) {
    const lowest = i64.eq(dividend, constI64(-(1n << 63n)));
    const minusOne = i64.eq(divisor, constI64(-1n));
    ir.raiseIf(i32.and(lowest, minusOne), LEAVE.divideError);
  }
  const quotient = ir.keep((signed ? i64.divS : i64.divU)(dividend, divisor));
  const back = w.fromI64(quotient);
  const whole = signed ? signedI64(w, back) : w.toI64(back);
  ir.raiseIf(i64.ne(whole, quotient), LEAVE.divideError);
  const remainder = i64.sub(dividend, i64.mul(quotient, divisor));
  writeQuotient(ir, w, back, ir.keepInt(w.fromI64(remainder)));
}

/** RDX:RAX by 64 bits; in the common case RDX only extends RAX and one division does. */
function divideWide(ir: Ir, divisor: I64, signed: boolean): void {
  const [low, high] = [ir.gpr(RAX), ir.gpr(RDX)];
  ir.raiseIf(i64.eqz(divisor), LEAVE.divideError);
  const extension = signed ? i64.shrS(low, constI64(63n)) : constI64(0n);
  const traps = i32.and(i64.eq(low, constI64(-(1n << 63n))), i64.eq(divisor, constI64(-1n)));
  const extended = i64.eq(high, extension);
  const common = ir.keep(signed ? i32.and(extended, i32.eqz(traps)) : extended);
  ir.leaveRareCase(i32.eqz(common));
  const divided = (signed ? i64.divS : i64.divU)(low, divisor);
  const quotient = ir.place.single
    ? longQuotient(ir, { common, divided, divisor, signed })
    : ir.keep(divided);
  ir.setGpr(RAX, quotient);
  ir.setGpr(RDX, i64.sub(low, i64.mul(quotient, divisor)));
}

interface LongDivision {
  readonly common: I32;
  readonly divided: I64;
  readonly divisor: I64;
  readonly signed: boolean;
}

function longQuotient(ir: Ir, { common, divided, divisor, signed }: LongDivision): I64 {
  const { writer } = ir.frame;
  const [low, high] = [ir.gpr(RAX), ir.gpr(RDX)];
  const quotient = ir.temporary('i64');
  writer.if(common);
  writer.set(quotient, divided);
  writer.else();
  const fits = signed ? 'signedQuotientFits' : 'unsignedQuotientFits';
  ir.raiseIf(i32.eqz(callHelper('i32', fits, high, low, divisor)), LEAVE.divideError);
  const divide = signed ? 'divideSigned' : 'divideUnsigned';
  writer.set(quotient, callHelper('i64', divide, high, low, divisor));
  writer.end();
  return quotient.get;
}

const divisionRow = (name: Mnemonic, signed: boolean) =>
  instruction({
    names: [name],
    // Undefined by the manuals; they stay.
    mayLeave: true,
    lower(ir) {
      const source = ir.operand(0);
      const w = widthOf(source.size);
      const divisor = ir.keepInt(ir.read(source));
      if (w.size === 8) divideWide(ir, divisor as I64, signed);
      else divideNarrow(ir, w, divisor, signed);
    },
  });

export const multiplyRows = [
  instruction({
    names: [Mnemonic.Mul],
    writes: ARITHMETIC,
    undefines: ['PF', 'AF', 'ZF', 'SF'],
    lower: (ir) => multiplyAccumulator(ir, 'mul'),
  }),
  instruction({
    names: [Mnemonic.Imul],
    writes: ARITHMETIC,
    undefines: ['PF', 'AF', 'ZF', 'SF'],
    lower(ir, { operands }) {
      if (operands.length === 1) {
        multiplyAccumulator(ir, 'imul');
        return;
      }
      const target = ir.operand(0);
      const w = widthOf(target.size);
      const [first, second] = operands.length === 2 ? [0, 1] : [1, 2];
      const a = ir.read(ir.operand(first));
      const b = ir.read(ir.operand(second));
      ir.flags.set('imul', w, a, b);
      ir.write(target, w.cut(w.mul(a, b)));
    },
  }),
  divisionRow(Mnemonic.Div, false),
  divisionRow(Mnemonic.Idiv, true),
  instruction({
    names: [Mnemonic.Mulx],
    lower(ir) {
      const [high, low, source] = [ir.operand(0), ir.operand(1), ir.operand(2)];
      const w = widthOf(source.size);
      const b = ir.keepInt(ir.read(source));
      const a = ir.read(ir.register(RDX, w.size));
      ir.write(low, w.mul(a, b));
      if (w.size === 8) {
        ir.write(
          high,
          mulHighUnsigned(a as I64, b as I64, (value) => ir.keep(value)),
        );
      } else {
        ir.write(high, wrap(i64.shrU(i64.mul(w.toI64(a), w.toI64(b)), constI64(32n))));
      }
    },
  }),
];
