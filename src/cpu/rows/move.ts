/** Data movement between registers and memory. */
import { Mnemonic } from 'iced-x86';
import type { Operand } from '../decode.ts';
import { instruction } from '../instruction.ts';
import { RSP } from '../state.ts';
import { constI64, type I64, select } from '../wasm/expression.ts';
import { i64 } from '../wasm/integer.ts';
import { widthOf } from '../width.ts';

export const moveRows = [
  instruction({
    names: [Mnemonic.Mov, Mnemonic.Movnti],
    lower(ir) {
      ir.write(ir.operand(0), ir.read(ir.operand(1)));
    },
  }),
  instruction({
    names: [Mnemonic.Movzx],
    lower(ir) {
      const [target, source] = [ir.operand(0), ir.operand(1)];
      const value = widthOf(source.size).toI64(ir.read(source));
      ir.write(target, widthOf(target.size).fromI64(value));
    },
  }),
  instruction({
    names: [Mnemonic.Movsx, Mnemonic.Movsxd],
    lower(ir, { mnemonic }) {
      const [target, narrow] = [ir.operand(0), ir.operand(1)];
      // MOVSXD reads 32 bits even into 16.
      const source = mnemonic === Mnemonic.Movsxd ? ({ ...narrow, size: 4 } as Operand) : narrow;
      const value = widthOf(source.size).toI64(ir.read(source));
      const extend = { 1: i64.extend8, 2: i64.extend16, 4: i64.extend32 }[source.size];
      ir.write(target, widthOf(target.size).fromI64(extend?.(value) ?? value));
    },
  }),
  instruction({
    names: [Mnemonic.Lea],
    lower(ir) {
      const [target, source] = [ir.operand(0), ir.operand(1)];
      if (source.kind !== 'memory') return;
      ir.write(target, widthOf(target.size).fromI64(ir.effectiveAddress(source)));
    },
  }),
  instruction({
    names: [Mnemonic.Push],
    mayLeave: true,
    lower(ir, { operands }) {
      const source = ir.operand(0);
      const size = operands[0]?.size === 2 ? 2 : 8;
      const value = widthOf(source.size).signed(ir.read(source));
      ir.push(source.size === size ? value : widthOf(size).fromI64(value as I64), size);
    },
  }),
  instruction({
    names: [Mnemonic.Pop],
    mayLeave: true,
    lower(ir) {
      const target = ir.operand(0);
      const value = ir.pop(target.size);
      if (target.kind !== 'memory') {
        ir.write(target, value);
        return;
      }
      // The address is computed with RSP already past the popped value.
      const above = target.base === RSP ? BigInt(target.size) : 0n;
      ir.write({ ...target, displacement: target.displacement + above }, value);
    },
  }),
  instruction({
    names: [Mnemonic.Xchg],
    lower(ir) {
      const [a, b] = [ir.operand(0), ir.operand(1)];
      const [memory, other] = a.kind === 'memory' ? [a, b] : [b, a];
      const value = ir.keepInt(ir.read(other));
      ir.write(other, ir.keepInt(ir.modify(memory, () => value)));
    },
  }),
  instruction({
    names: [Mnemonic.Leave],
    mayLeave: true,
    lower(ir) {
      const frame = ir.gpr(5);
      const w = widthOf(8);
      const value = ir.openAt(frame, 8, 'read').load(w);
      ir.setGpr(5, ir.keep(value as I64));
      ir.setGpr(RSP, i64.add(frame, constI64(8n)));
    },
  }),
  instruction({
    names: [
      Mnemonic.Cmovo,
      Mnemonic.Cmovno,
      Mnemonic.Cmovb,
      Mnemonic.Cmovae,
      Mnemonic.Cmove,
      Mnemonic.Cmovne,
      Mnemonic.Cmovbe,
      Mnemonic.Cmova,
      Mnemonic.Cmovs,
      Mnemonic.Cmovns,
      Mnemonic.Cmovp,
      Mnemonic.Cmovnp,
      Mnemonic.Cmovl,
      Mnemonic.Cmovge,
      Mnemonic.Cmovle,
      Mnemonic.Cmovg,
    ],
    reads: ['CF', 'PF', 'ZF', 'SF', 'OF'],
    lower(ir, { condition }) {
      const [target, source] = [ir.operand(0), ir.operand(1)];
      const value = ir.read(source);
      ir.write(target, select(ir.flags.condition(condition), value as I64, ir.read(target) as I64));
    },
  }),
  instruction({
    names: [
      Mnemonic.Seto,
      Mnemonic.Setno,
      Mnemonic.Setb,
      Mnemonic.Setae,
      Mnemonic.Sete,
      Mnemonic.Setne,
      Mnemonic.Setbe,
      Mnemonic.Seta,
      Mnemonic.Sets,
      Mnemonic.Setns,
      Mnemonic.Setp,
      Mnemonic.Setnp,
      Mnemonic.Setl,
      Mnemonic.Setge,
      Mnemonic.Setle,
      Mnemonic.Setg,
    ],
    reads: ['CF', 'PF', 'ZF', 'SF', 'OF'],
    lower(ir, { condition }) {
      ir.write(ir.operand(0), ir.flags.condition(condition));
    },
  }),
  instruction({
    names: [Mnemonic.Cbw, Mnemonic.Cwde, Mnemonic.Cdqe],
    lower(ir, { mnemonic }) {
      const size = mnemonic === Mnemonic.Cbw ? 2 : mnemonic === Mnemonic.Cwde ? 4 : 8;
      const half = widthOf(size / 2);
      const value = half.toI64(ir.read(ir.register(0, size / 2)));
      const extend = { 1: i64.extend8, 2: i64.extend16, 4: i64.extend32 }[half.size as 1 | 2 | 4];
      ir.write(ir.register(0, size), widthOf(size).fromI64(extend(value)));
    },
  }),
  instruction({
    names: [Mnemonic.Cwd, Mnemonic.Cdq, Mnemonic.Cqo],
    lower(ir, { mnemonic }) {
      const size = mnemonic === Mnemonic.Cwd ? 2 : mnemonic === Mnemonic.Cdq ? 4 : 8;
      const w = widthOf(size);
      const value = w.signed(ir.read(ir.register(0, size)));
      ir.write(ir.register(2, size), w.shrS(value, w.const(w.bits - 1)));
    },
  }),
];
