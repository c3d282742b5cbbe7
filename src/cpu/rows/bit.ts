/** Single bits, bit counts and byte order. */
import { Mnemonic } from 'iced-x86';
import type { GuestInstruction } from '../decode.ts';
import { ARITHMETIC, instruction } from '../instruction.ts';
import type { Ir } from '../ir.ts';
import { constI32, constI64, type I32, type I64, select } from '../wasm/expression.ts';
import { i32, i64 } from '../wasm/integer.ts';
import { type Int, type Width, widthOf } from '../width.ts';

type Change = (w: Width, value: Int, bit: Int) => Int;

/** BT and kin; in memory a register offset reaches beyond the operand. */
function bitTest(ir: Ir, change: Change | undefined): void {
  const [target, offset] = [ir.operand(0), ir.operand(1)];
  const w = widthOf(target.size);
  const index = ir.keepInt(ir.read(offset));
  const position =
    offset.kind === 'immediate'
      ? w.const(offset.value & BigInt(w.bits - 1))
      : ir.keepInt(w.and(index, w.const(w.bits - 1)));
  const carryOf = (value: Int): void => {
    ir.flags.setCarry(i32.and(w.toI32(w.shrU(value, position)), constI32(1)));
  };
  const apply = (value: Int): Int => {
    carryOf(value);
    return w.cut(change?.(w, value, w.shl(w.const(1), position)) ?? value);
  };
  if (target.kind !== 'memory') {
    if (change === undefined) carryOf(ir.read(target));
    else ir.modify(target, apply);
    return;
  }
  const start = ir.address(target);
  const address = offset.kind === 'immediate' ? start : i64.add(start, byteDistance(w, index));
  const place = ir.openAt(ir.keep(address), w.size, change === undefined ? 'read' : 'modify');
  const value = ir.keepInt(place.load(w));
  if (change === undefined) carryOf(value);
  else place.store(w, apply(value));
}

/** Bytes from the operand's address to the word that holds a signed bit index. */
function byteDistance(w: Width, index: Int): I64 {
  const wide = { 2: i64.extend16, 4: i64.extend32, 8: (x: I64) => x }[w.size as 2 | 4 | 8];
  const words = i64.shrS(wide(w.toI64(index)), constI64(BigInt(Math.log2(w.bits))));
  return i64.mul(words, constI64(BigInt(w.size)));
}

const bitRow = (name: Mnemonic, change?: Change) =>
  instruction({ names: [name], writes: ['CF'], lower: (ir) => bitTest(ir, change) });

/** ZF tells a source of zero, for which the target stays. */
function scan(ir: Ir, find: (w: Width, value: Int) => Int): void {
  const [target, source] = [ir.operand(0), ir.operand(1)];
  const w = widthOf(target.size);
  const value = ir.keepInt(ir.read(source));
  ir.flags.set('logic', w, value);
  if (target.kind !== 'register') return;
  const whole = ir.gpr(target.index);
  ir.write(target, find(w, value));
  ir.setGpr(target.index, select(w.isZero(value), whole, ir.pendingGpr(target.index)));
}

/** Leading zeros inside the operand. */
function leadingZeros(w: Width, value: Int): Int {
  if (w.size === 8) return i64.clz(value as I64);
  return i32.sub(i32.clz(value as I32), constI32(32 - w.bits));
}

function trailingZeros(w: Width, value: Int): Int {
  if (w.size === 8) return i64.ctz(value as I64);
  const stop = w.size === 4 ? (value as I32) : i32.or(value as I32, constI32(1 << w.bits));
  return i32.ctz(stop);
}

/** CF tells a source of zero, ZF a result of zero. */
function count(ir: Ir, how: (w: Width, value: Int) => Int): void {
  const [target, source] = [ir.operand(0), ir.operand(1)];
  const w = widthOf(target.size);
  const value = ir.keepInt(ir.read(source));
  const result = ir.keepInt(how(w, value));
  ir.flags.setWord(i32.or(w.isZero(value), i32.shl(w.isZero(result), constI32(6))));
  ir.write(target, result);
}

function byteSwapped(w: Width, value: Int): Int {
  if (w.size === 2) {
    return w.cut(w.or(w.shl(value, w.const(8)), w.shrU(value, w.const(8))));
  }
  if (w.size === 4) {
    const x = value as I32;
    const odd = i32.and(i32.rotl(x, constI32(8)), constI32(0x00ff_00ff));
    return i32.or(odd, i32.and(i32.rotr(x, constI32(8)), constI32(0xff00_ff00 | 0)));
  }
  let x = value as I64;
  for (const [shift, mask] of [
    [8n, 0x00ff_00ff_00ff_00ffn],
    [16n, 0x0000_ffff_0000_ffffn],
  ] as const) {
    const up = i64.shl(i64.and(x, constI64(mask)), constI64(shift));
    x = i64.or(up, i64.and(i64.shrU(x, constI64(shift)), constI64(mask)));
  }
  return i64.rotl(x, constI64(32n));
}

type Bmi = (w: Width, a: Int, b: Int) => Int;

/** VEX-coded logic: flags of the result, CF by its own rule. */
function bmiRow(name: Mnemonic, combine: Bmi, carry: (w: Width, a: Int) => I32) {
  return instruction({
    names: [name],
    writes: ARITHMETIC,
    undefines: ['PF', 'AF'],
    lower(ir, { operands }: GuestInstruction) {
      const target = ir.operand(0);
      const w = widthOf(target.size);
      const a = ir.keepInt(ir.read(ir.operand(1)));
      const b = operands.length === 3 ? ir.keepInt(ir.read(ir.operand(2))) : a;
      const result = ir.keepInt(combine(w, a, b));
      const word = ir.flags.wordOf('logic', w, result);
      ir.flags.setWord(i32.or(word, carry(w, a)));
      ir.write(target, result);
    },
  });
}
const noCarry = (): I32 => constI32(0);
const minusOne = (w: Width, a: Int): Int => w.cut(w.sub(a, w.const(1)));

export const bitRows = [
  bitRow(Mnemonic.Bt),
  bitRow(Mnemonic.Bts, (w, value, bit) => w.or(value, bit)),
  bitRow(Mnemonic.Btr, (w, value, bit) => w.and(value, w.xor(bit, w.const(-1)))),
  bitRow(Mnemonic.Btc, (w, value, bit) => w.xor(value, bit)),
  instruction({
    names: [Mnemonic.Bsf],
    writes: ARITHMETIC,
    undefines: ['CF', 'PF', 'AF', 'SF', 'OF'],
    lower: (ir) => scan(ir, trailingZeros),
  }),
  instruction({
    names: [Mnemonic.Bsr],
    writes: ARITHMETIC,
    undefines: ['CF', 'PF', 'AF', 'SF', 'OF'],
    lower: (ir) => scan(ir, (w, x) => w.sub(w.const(w.bits - 1), leadingZeros(w, x))),
  }),
  instruction({
    names: [Mnemonic.Tzcnt],
    writes: ARITHMETIC,
    undefines: ['PF', 'AF', 'SF', 'OF'],
    lower: (ir) => count(ir, trailingZeros),
  }),
  instruction({
    names: [Mnemonic.Lzcnt],
    writes: ARITHMETIC,
    undefines: ['PF', 'AF', 'SF', 'OF'],
    lower: (ir) => count(ir, leadingZeros),
  }),
  instruction({
    names: [Mnemonic.Popcnt],
    writes: ARITHMETIC,
    lower(ir) {
      const [target, source] = [ir.operand(0), ir.operand(1)];
      const w = widthOf(target.size);
      const value = ir.keepInt(ir.read(source));
      const popcnt = w.size === 8 ? i64.popcnt(value as I64) : i32.popcnt(value as I32);
      ir.flags.setWord(i32.shl(w.isZero(value), constI32(6)));
      ir.write(target, popcnt);
    },
  }),
  instruction({
    names: [Mnemonic.Bswap],
    lower(ir) {
      const target = ir.operand(0);
      const w = widthOf(target.size);
      // Undefined for 16 bits; processors clear the register.
      ir.write(target, w.size === 2 ? w.const(0) : byteSwapped(w, ir.read(target)));
    },
  }),
  instruction({
    names: [Mnemonic.Movbe],
    lower(ir) {
      const [target, source] = [ir.operand(0), ir.operand(1)];
      ir.write(target, byteSwapped(widthOf(target.size), ir.keepInt(ir.read(source))));
    },
  }),
  bmiRow(Mnemonic.Andn, (w, a, b) => w.and(w.xor(a, w.const(-1)), b), noCarry),
  bmiRow(
    Mnemonic.Blsi,
    (w, a) => w.and(a, w.cut(w.sub(w.const(0), a))),
    (w, a) => i32.eqz(w.isZero(a)),
  ),
  bmiRow(
    Mnemonic.Blsr,
    (w, a) => w.and(a, minusOne(w, a)),
    (w, a) => w.isZero(a),
  ),
  bmiRow(
    Mnemonic.Blsmsk,
    (w, a) => w.xor(a, minusOne(w, a)),
    (w, a) => w.isZero(a),
  ),
  ...(
    [
      [Mnemonic.Shlx, (w, x, by) => w.shl(x, by)],
      [Mnemonic.Shrx, (w, x, by) => w.shrU(x, by)],
      [Mnemonic.Sarx, (w, x, by) => w.shrS(x, by)],
    ] as const satisfies (readonly [Mnemonic, Bmi])[]
  ).map(([name, shift]) =>
    instruction({
      names: [name],
      lower(ir) {
        const w = widthOf(ir.operand(0).size);
        // WebAssembly masks the count as these instructions do.
        ir.write(ir.operand(0), shift(w, ir.read(ir.operand(1)), ir.read(ir.operand(2))));
      },
    }),
  ),
  instruction({
    names: [Mnemonic.Rorx],
    lower(ir) {
      const w = widthOf(ir.operand(0).size);
      const by = w.const(ir.operand(2).kind === 'immediate' ? ir.immediate(2) : 0n);
      const x = ir.read(ir.operand(1));
      ir.write(
        ir.operand(0),
        w.size === 8 ? i64.rotr(x as I64, by as I64) : i32.rotr(x as I32, by as I32),
      );
    },
  }),
];
