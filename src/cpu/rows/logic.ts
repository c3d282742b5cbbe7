/** Bitwise logic. */
import { Mnemonic } from 'iced-x86';
import { ARITHMETIC, instruction } from '../instruction.ts';
import { type Int, type Width, widthOf } from '../width.ts';

const logic = (name: Mnemonic, combine: (w: Width, a: Int, b: Int) => Int) =>
  instruction({
    names: [name],
    writes: ARITHMETIC,
    undefines: ['AF'],
    lower(ir) {
      const [target, source] = [ir.operand(0), ir.operand(1)];
      const w = widthOf(target.size);
      const b = ir.read(source);
      ir.modify(target, (a) => {
        const result = ir.keepInt(combine(w, a, b));
        ir.flags.set('logic', w, result);
        return result;
      });
    },
  });

export const logicRows = [
  logic(Mnemonic.And, (w, a, b) => w.and(a, b)),
  logic(Mnemonic.Or, (w, a, b) => w.or(a, b)),
  logic(Mnemonic.Xor, (w, a, b) => w.xor(a, b)),
  instruction({
    names: [Mnemonic.Test],
    writes: ARITHMETIC,
    undefines: ['AF'],
    lower(ir) {
      const [left, right] = [ir.operand(0), ir.operand(1)];
      const w = widthOf(left.size);
      const a = ir.read(left);
      const result = sameOperand(left, right) ? a : w.and(a, ir.read(right));
      ir.flags.set('logic', w, result);
    },
  }),
  instruction({
    names: [Mnemonic.Not],
    lower(ir) {
      const target = ir.operand(0);
      const w = widthOf(target.size);
      ir.modify(target, (old) =>
        w.xor(old, w.const(w.size === 8 ? -1n : (1n << BigInt(w.bits)) - 1n)),
      );
    },
  }),
];

/** Register operands are shared objects or equal in every part. */
const sameOperand = (a: object, b: object): boolean => a === b;
