/** How a row of the instruction tables is declared. */
import type { Mnemonic } from 'iced-x86';
import type { GuestInstruction } from './decode.ts';
import type { Exit } from './exit.ts';
import { type FlagName, flagMask } from './flag-thunk.ts';
import type { Host } from './host.ts';
import type { Ir } from './ir.ts';
import type { I32 } from './wasm/expression.ts';

interface RowDeclaration {
  readonly names: readonly Mnemonic[];
  /** Status flags the instruction looks at, changes, and leaves undefined (part of `writes`). */
  readonly reads?: readonly FlagName[];
  readonly writes?: readonly FlagName[];
  readonly undefines?: readonly FlagName[];
  /** The flags stay as they were for some operand values. */
  readonly maybeWrites?: boolean;
  /** May fault although no operand says so: the stack, division. */
  readonly mayLeave?: boolean;
}

/** Exactly one of the three says what the instruction does. */
interface Meaning {
  /** Translates it. */
  readonly lower?: (ir: Ir, instruction: GuestInstruction) => void;
  /** Translates a conditional branch: the value is 1 when it is taken. */
  readonly condition?: (ir: Ir, instruction: GuestInstruction) => I32;
  /** Done by the host, outside translated code; RIP is already past the instruction. */
  readonly execute?: (host: Host, instruction: GuestInstruction) => Exit | undefined;
}

export interface Row extends Meaning {
  readonly names: readonly Mnemonic[];
  readonly reads: number;
  readonly writes: number;
  readonly undefines: number;
  readonly maybeWrites: boolean;
  readonly mayLeave: boolean;
}

export const ARITHMETIC: readonly FlagName[] = ['CF', 'PF', 'AF', 'ZF', 'SF', 'OF'];

export const instruction = (declaration: RowDeclaration & Meaning): Row => {
  const { reads = [], writes = [], undefines = [] } = declaration;
  return {
    ...declaration,
    reads: flagMask(reads),
    writes: flagMask(writes),
    undefines: flagMask(undefines),
    maybeWrites: declaration.maybeWrites ?? false,
    mayLeave: declaration.mayLeave ?? false,
  };
};
