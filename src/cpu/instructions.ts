/** Every instruction row, by mnemonic. */
import type { Mnemonic } from 'iced-x86';
import { va } from '../units/address.ts';
import { type GuestInstruction, mnemonicName } from './decode.ts';
import { instruction, type Row } from './instruction.ts';
import { arithmeticRows } from './rows/arithmetic.ts';
import { controlRows } from './rows/control.ts';
import { logicRows } from './rows/logic.ts';
import { moveRows } from './rows/move.ts';

const ROWS: readonly Row[] = [...arithmeticRows, ...controlRows, ...logicRows, ...moveRows];

const byMnemonic = new Map<Mnemonic, Row>(
  ROWS.flatMap((row) => row.names.map((name) => [name, row] as const)),
);

/** Ends the run when executed. */
const notModelled = instruction({
  names: [],
  execute({ state }, { address, mnemonic, bytes }) {
    state.rip = address;
    return { kind: 'not-modelled', mnemonic: mnemonicName(mnemonic), bytes, address: va(address) };
  },
});

export const rowOf = ({ mnemonic }: GuestInstruction): Row =>
  byMnemonic.get(mnemonic) ?? notModelled;

/** All rows, for tests and documentation. */
export const instructionRows = ROWS;
