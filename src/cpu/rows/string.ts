/** String instructions without a repeat prefix: one element. */
import { Mnemonic } from 'iced-x86';
import type { MemoryOperand, Operand } from '../decode.ts';
import { DF } from '../flag-thunk.ts';
import { ARITHMETIC, instruction } from '../instruction.ts';
import type { Ir } from '../ir.ts';
import { HOST_ZERO } from '../region-frame.ts';
import { STATE } from '../state.ts';
import { constI32, constI64, type I64, LOAD, load, select } from '../wasm/expression.ts';
import { extendU, i32, i64, wrap } from '../wasm/integer.ts';
import { widthOf } from '../width.ts';

const RAX = 0;

/** Moves RSI or RDI past an element, in the direction of DF. */
function advance(ir: Ir, { base = 0, size, address32 }: MemoryOperand): void {
  const backwards = i32.and(load('i32', LOAD.i32, HOST_ZERO, STATE.systemFlags), constI32(DF));
  const distance: I64 = select(backwards, constI64(BigInt(-size)), constI64(BigInt(size)));
  const moved = i64.add(ir.gpr(base), distance);
  ir.setGpr(base, address32 ? extendU(wrap(moved)) : moved);
}

function elements(ir: Ir): void {
  for (const operand of ir.instruction.operands) if (isElement(operand)) advance(ir, operand);
}
const isElement = (operand: Operand): operand is MemoryOperand => operand.kind === 'memory';

export const stringRows = [
  instruction({
    names: [
      Mnemonic.Movsb,
      Mnemonic.Movsw,
      Mnemonic.Movsd,
      Mnemonic.Movsq,
      Mnemonic.Stosb,
      Mnemonic.Stosw,
      Mnemonic.Stosd,
      Mnemonic.Stosq,
      Mnemonic.Lodsb,
      Mnemonic.Lodsw,
      Mnemonic.Lodsd,
      Mnemonic.Lodsq,
    ],
    lower(ir) {
      ir.write(ir.operand(0), ir.read(ir.operand(1)));
      elements(ir);
    },
  }),
  instruction({
    names: [Mnemonic.Cmpsb, Mnemonic.Cmpsw, Mnemonic.Cmpsd, Mnemonic.Cmpsq],
    writes: ARITHMETIC,
    lower(ir) {
      const a = ir.read(ir.operand(0));
      ir.flags.set('sub', widthOf(ir.operand(0).size), a, ir.read(ir.operand(1)));
      elements(ir);
    },
  }),
  instruction({
    names: [Mnemonic.Scasb, Mnemonic.Scasw, Mnemonic.Scasd, Mnemonic.Scasq],
    writes: ARITHMETIC,
    lower(ir) {
      const { size } = ir.operand(0);
      const a = ir.read(ir.register(RAX, size));
      ir.flags.set('sub', widthOf(size), a, ir.read(ir.operand(1)));
      elements(ir);
    },
  }),
];
