/** Compare-and-exchange, table lookup and additions that touch one flag. */
import { Mnemonic } from 'iced-x86';
import { CF, OF } from '../flag-thunk.ts';
import { LEAVE } from '../helpers.ts';
import { ARITHMETIC, instruction } from '../instruction.ts';
import type { Ir } from '../ir.ts';
import { constI32, constI64, type I32, type I64, select } from '../wasm/expression.ts';
import { extendU, i32, i64, wrap } from '../wasm/integer.ts';
import { type Int, type Width, widthOf } from '../width.ts';

const [RAX, RCX, RDX, RBX] = [0, 1, 2, 3];

function compareExchange(ir: Ir): void {
  const [target, source] = [ir.operand(0), ir.operand(1)];
  const w = widthOf(target.size);
  const expected = ir.keepInt(ir.read(ir.register(RAX, w.size)));
  const replacement = ir.keepInt(ir.read(source));
  const old = ir.keepInt(
    ir.modify(target, (value) => {
      ir.flags.set('sub', w, expected, value);
      return select(w.eq(expected, value), replacement as I64, value as I64);
    }),
  );
  const same = ir.keep(w.eq(expected, old));
  if (w.size < 4) {
    const isAccumulator = target.kind === 'register' && target.index === RAX && !target.high;
    const left = select(same, expected as I64, old as I64);
    if (!isAccumulator) ir.write(ir.register(RAX, w.size), left);
    return;
  }
  // The register that is not the outcome keeps even its upper half.
  if (target.kind === 'register') {
    const { index } = target;
    ir.setGpr(index, select(same, ir.pendingGpr(index), ir.gpr(index)));
    if (index === RAX) return;
  }
  ir.write(ir.register(RAX, w.size), old);
  ir.setGpr(RAX, select(same, ir.gpr(RAX), ir.pendingGpr(RAX)));
}

/** CMPXCHG8B and CMPXCHG16B: halves in RDX:RAX and RCX:RBX. */
function compareExchangePair(ir: Ir, half: number): void {
  const target = ir.operand(0);
  if (target.kind !== 'memory') return;
  const w = widthOf(half);
  const address = ir.keep(ir.address(target));
  if (half === 8) {
    const misaligned = wrap(i64.and(address, constI64(15n)));
    ir.raiseIf(misaligned, LEAVE.protection);
  }
  const place = ir.openAt(address, half * 2, 'modify');
  const low = ir.keepInt(place.load(w));
  const high = ir.keepInt(place.load(w, half));
  const register = (index: number): Int => ir.read(ir.register(index, half));
  const equal = ir.keep(i32.and(w.eq(low, register(RAX)), w.eq(high, register(RDX))));
  const choose = (yes: Int, no: Int): Int => select(equal, yes as I64, no as I64);
  place.store(w, choose(register(RBX), low));
  place.store(w, choose(register(RCX), high), half);
  const word = i32.and(ir.flags.word(), constI32(~0x40));
  ir.flags.setWord(i32.or(word, i32.shl(equal, constI32(6))));
  ir.setGpr(RAX, select(equal, ir.gpr(RAX), w.toI64(low)));
  ir.setGpr(RDX, select(equal, ir.gpr(RDX), w.toI64(high)));
}

/** ADCX and ADOX: addition with one flag as carry in and out, the others kept. */
function addWithFlag(ir: Ir, flag: number): void {
  const [target, source] = [ir.operand(0), ir.operand(1)];
  const w: Width = widthOf(target.size);
  const word = ir.keep(ir.flags.word());
  const shift = constI32(31 - Math.clz32(flag));
  const carry = ir.keep(extendU(i32.and(i32.shrU(word, shift), constI32(1))));
  const a = ir.read(target);
  const b = ir.keepInt(ir.read(source));
  const result = ir.keepInt(w.cut(w.add(w.add(a, b), w.fromI64(carry))));
  const out: I32 = i32.or(w.ltU(result, a), i32.and(wrap(carry), w.eq(result, a)));
  ir.flags.setWord(i32.or(i32.and(word, constI32(~flag)), i32.shl(out, shift)));
  ir.write(target, result);
}

export const exchangeRows = [
  instruction({ names: [Mnemonic.Cmpxchg], writes: ARITHMETIC, lower: compareExchange }),
  instruction({
    names: [Mnemonic.Cmpxchg8b],
    writes: ['ZF'],
    lower: (ir) => compareExchangePair(ir, 4),
  }),
  instruction({
    names: [Mnemonic.Cmpxchg16b],
    writes: ['ZF'],
    lower: (ir) => compareExchangePair(ir, 8),
  }),
  instruction({
    names: [Mnemonic.Adcx],
    reads: ['CF'],
    writes: ['CF'],
    lower: (ir) => addWithFlag(ir, CF),
  }),
  instruction({
    names: [Mnemonic.Adox],
    reads: ['OF'],
    writes: ['OF'],
    lower: (ir) => addWithFlag(ir, OF),
  }),
  instruction({
    names: [Mnemonic.Xlatb],
    mayLeave: true,
    lower(ir, { segment, address32 }) {
      const w = widthOf(1);
      const al = ir.read(ir.register(RAX, 1)) as I32;
      const table = i64.add(ir.gpr(RBX), extendU(al));
      const offset = address32 ? extendU(wrap(table)) : table;
      const address = ir.keep(ir.linear(segment, offset));
      ir.write(ir.register(RAX, 1), ir.keepInt(ir.openAt(address, 1, 'read').load(w)));
    },
  }),
];
