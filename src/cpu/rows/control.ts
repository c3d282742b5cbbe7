/** Jumps, calls and returns inside one privilege level. */
import { Mnemonic } from 'iced-x86';
import { instruction } from '../instruction.ts';
import { RSP } from '../state.ts';
import { constI64, type I64 } from '../wasm/expression.ts';
import { extendU, i32, i64, wrap } from '../wasm/integer.ts';

const RCX = 1;

export const controlRows = [
  instruction({
    names: [Mnemonic.Jmp],
    lower(ir, { flow }) {
      if (flow === 'leave') ir.leaveThrough(ir.read(ir.operand(0)) as I64);
    },
  }),
  instruction({
    names: [
      Mnemonic.Jo,
      Mnemonic.Jno,
      Mnemonic.Jb,
      Mnemonic.Jae,
      Mnemonic.Je,
      Mnemonic.Jne,
      Mnemonic.Jbe,
      Mnemonic.Ja,
      Mnemonic.Js,
      Mnemonic.Jns,
      Mnemonic.Jp,
      Mnemonic.Jnp,
      Mnemonic.Jl,
      Mnemonic.Jge,
      Mnemonic.Jle,
      Mnemonic.Jg,
    ],
    reads: ['CF', 'PF', 'ZF', 'SF', 'OF'],
    condition: (ir, { condition }) => ir.flags.condition(condition),
  }),
  instruction({
    names: [Mnemonic.Jrcxz, Mnemonic.Jecxz],
    condition: (ir, { mnemonic }) =>
      mnemonic === Mnemonic.Jrcxz ? i64.eqz(ir.gpr(RCX)) : i32.eqz(wrap(ir.gpr(RCX))),
  }),
  instruction({
    names: [Mnemonic.Loop, Mnemonic.Loope, Mnemonic.Loopne],
    reads: ['ZF'],
    condition(ir, { mnemonic, bytes }) {
      const count = i64.sub(ir.gpr(RCX), constI64(1n));
      const narrow = bytes.includes(0x67);
      const left = ir.keep(narrow ? extendU(wrap(count)) : count);
      ir.setGpr(RCX, left);
      const again = i64.ne(left, constI64(0n));
      if (mnemonic === Mnemonic.Loop) return again;
      const zero = ir.flags.current().zf();
      return i32.and(again, mnemonic === Mnemonic.Loope ? zero : i32.eqz(zero));
    },
  }),
  instruction({
    names: [Mnemonic.Call],
    mayLeave: true,
    lower(ir, { next }) {
      const operand = ir.operand(0);
      if (operand.kind === 'branch') {
        ir.push(constI64(next), 8);
        ir.leaveTo(operand.target);
        return;
      }
      const target = ir.keep(ir.read(operand) as I64);
      ir.leaveThrough(target);
      ir.push(constI64(next), 8);
    },
  }),
  instruction({
    names: [Mnemonic.Ret],
    mayLeave: true,
    lower(ir, { operands }) {
      const target = ir.pop(8) as I64;
      const [extra] = operands;
      if (extra?.kind === 'immediate') {
        ir.setGpr(RSP, i64.add(ir.gpr(RSP), constI64(8n + BigInt.asUintN(16, extra.value))));
      }
      ir.leaveThrough(target);
    },
  }),
  instruction({ names: [Mnemonic.Nop, Mnemonic.Pause, Mnemonic.Endbr64], lower() {} }),
];
