/** Instructions about the flags register itself. */
import { Mnemonic } from 'iced-x86';
import { AF, CF, DF, OF, PF, SF, ZF } from '../flag-thunk.ts';
import { instruction } from '../instruction.ts';
import { HOST_ZERO } from '../region-frame.ts';
import { STATE } from '../state.ts';
import { constI32, type I32, LOAD, load } from '../wasm/expression.ts';
import { extendU, i32 } from '../wasm/integer.ts';

/** Flags that LAHF and SAHF move; bit 1 always reads as one. */
const BYTE_FLAGS = CF | PF | AF | ZF | SF;
const ALWAYS_ONE = 2;
const AH = { kind: 'register', index: 0, size: 1, high: true } as const;

const systemFlags = (): I32 => load('i32', LOAD.i32, HOST_ZERO, STATE.systemFlags);

export const flagRows = [
  instruction({
    names: [Mnemonic.Clc],
    writes: ['CF'],
    lower: (ir) => ir.flags.setCarry(constI32(0)),
  }),
  instruction({
    names: [Mnemonic.Stc],
    writes: ['CF'],
    lower: (ir) => ir.flags.setCarry(constI32(1)),
  }),
  instruction({
    names: [Mnemonic.Cmc],
    reads: ['CF'],
    writes: ['CF'],
    lower: (ir) => ir.flags.setCarry(i32.xor(ir.flags.current().cf(), constI32(1))),
  }),
  instruction({
    names: [Mnemonic.Cld],
    lower: (ir) => ir.setSystemFlags(i32.and(systemFlags(), constI32(~DF))),
  }),
  instruction({
    names: [Mnemonic.Std],
    lower: (ir) => ir.setSystemFlags(i32.or(systemFlags(), constI32(DF))),
  }),
  instruction({
    names: [Mnemonic.Lahf],
    reads: ['CF', 'PF', 'AF', 'ZF', 'SF'],
    lower(ir) {
      const word = i32.and(ir.flags.word(), constI32(BYTE_FLAGS));
      ir.write(AH, i32.or(word, constI32(ALWAYS_ONE)));
    },
  }),
  instruction({
    names: [Mnemonic.Sahf],
    reads: ['OF'],
    writes: ['CF', 'PF', 'AF', 'ZF', 'SF'],
    lower(ir) {
      const kept = i32.and(ir.flags.word(), constI32(OF));
      ir.flags.setWord(i32.or(kept, i32.and(ir.read(AH) as I32, constI32(BYTE_FLAGS))));
    },
  }),
  instruction({
    names: [Mnemonic.Pushfq, Mnemonic.Pushf],
    reads: ['CF', 'PF', 'AF', 'ZF', 'SF', 'OF'],
    mayLeave: true,
    lower(ir, { mnemonic }) {
      const word = i32.or(i32.or(ir.flags.word(), systemFlags()), constI32(ALWAYS_ONE));
      const kept = ir.keep(word);
      if (mnemonic === Mnemonic.Pushf) ir.push(kept, 2);
      else ir.push(extendU(kept), 8);
    },
  }),
];
