/** Addition, subtraction and comparison. */
import { Mnemonic } from 'iced-x86';
import { ARITHMETIC, instruction } from '../instruction.ts';
import type { Ir } from '../ir.ts';
import { extendU } from '../wasm/integer.ts';
import { type Int, type Width, widthOf } from '../width.ts';

/** Both operands kept, as the flags need them after the target has changed. */
function binary(ir: Ir, combine: (w: Width, a: Int, b: Int) => Int): void {
  const [target, source] = [ir.operand(0), ir.operand(1)];
  const w = widthOf(target.size);
  const b = ir.read(source);
  ir.modify(target, (a) => combine(w, a, b));
}

export const arithmeticRows = [
  instruction({
    names: [Mnemonic.Add],
    writes: ARITHMETIC,
    lower(ir) {
      binary(ir, (w, a, b) => {
        ir.flags.set('add', w, a, b);
        return w.cut(w.add(a, b));
      });
    },
  }),
  instruction({
    names: [Mnemonic.Sub],
    writes: ARITHMETIC,
    lower(ir) {
      binary(ir, (w, a, b) => {
        ir.flags.set('sub', w, a, b);
        return w.cut(w.sub(a, b));
      });
    },
  }),
  instruction({
    names: [Mnemonic.Cmp],
    writes: ARITHMETIC,
    lower(ir) {
      const [left, right] = [ir.operand(0), ir.operand(1)];
      const a = ir.read(left);
      ir.flags.set('sub', widthOf(left.size), a, ir.read(right));
    },
  }),
  instruction({
    names: [Mnemonic.Adc],
    reads: ['CF'],
    writes: ARITHMETIC,
    lower(ir) {
      const carry = ir.keep(extendU(ir.flags.current().cf()));
      binary(ir, (w, a, b) => {
        ir.flags.set('adc', w, a, b, carry);
        return w.cut(w.add(w.add(a, b), w.fromI64(carry)));
      });
    },
  }),
  instruction({
    names: [Mnemonic.Sbb],
    reads: ['CF'],
    writes: ARITHMETIC,
    lower(ir) {
      const borrow = ir.keep(extendU(ir.flags.current().cf()));
      binary(ir, (w, a, b) => {
        ir.flags.set('sbb', w, a, b, borrow);
        return w.cut(w.sub(w.sub(a, b), w.fromI64(borrow)));
      });
    },
  }),
  ...(['inc', 'dec'] as const).map((operation) =>
    instruction({
      names: [operation === 'inc' ? Mnemonic.Inc : Mnemonic.Dec],
      reads: ['CF'],
      writes: ['PF', 'AF', 'ZF', 'SF', 'OF'],
      lower(ir) {
        const target = ir.operand(0);
        const w = widthOf(target.size);
        const one = w.const(1);
        ir.modify(target, (old) => {
          const result = ir.keepInt(w.cut(operation === 'inc' ? w.add(old, one) : w.sub(old, one)));
          if (ir.flags.matter(-1)) {
            ir.flags.set(operation, w, result, undefined, extendU(ir.flags.current().cf()));
          }
          return result;
        });
      },
    }),
  ),
  instruction({
    names: [Mnemonic.Neg],
    writes: ARITHMETIC,
    lower(ir) {
      const target = ir.operand(0);
      const w = widthOf(target.size);
      const zero = w.const(0);
      ir.modify(target, (old) => {
        ir.flags.set('sub', w, zero, old);
        return w.cut(w.sub(zero, old));
      });
    },
  }),
  instruction({
    names: [Mnemonic.Xadd],
    writes: ARITHMETIC,
    lower(ir) {
      const [target, source] = [ir.operand(0), ir.operand(1)];
      const w = widthOf(target.size);
      const b = ir.keepInt(ir.read(source));
      const old = ir.keepInt(
        ir.modify(target, (a) => {
          ir.flags.set('add', w, a, b);
          return w.cut(w.add(a, b));
        }),
      );
      if (target.kind === 'memory' || !sameRegister(target, source)) ir.write(source, old);
    },
  }),
];

const sameRegister = (a: object, b: object): boolean => JSON.stringify(a) === JSON.stringify(b);
