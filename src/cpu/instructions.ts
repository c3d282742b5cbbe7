/** Every instruction row, by mnemonic. */
import { Mnemonic } from 'iced-x86';
import { va } from '../units/address.ts';
import { type GuestInstruction, mnemonicName } from './decode.ts';
import { instruction, type Row } from './instruction.ts';
import { arithmeticRows } from './rows/arithmetic.ts';
import { bitRows } from './rows/bit.ts';
import { bitFieldRows } from './rows/bit-field.ts';
import { controlRows } from './rows/control.ts';
import { exchangeRows } from './rows/exchange.ts';
import { flagRows } from './rows/flag.ts';
import { interruptRows } from './rows/interrupt.ts';
import { logicRows } from './rows/logic.ts';
import { moveRows } from './rows/move.ts';
import { multiplyRows } from './rows/multiply.ts';
import { portRows } from './rows/port.ts';
import { repeatRows } from './rows/repeat.ts';
import { shiftRows } from './rows/shift.ts';
import { sseConvertRows } from './rows/sse-convert.ts';
import { sseCompareRows, sseFloatRows } from './rows/sse-float.ts';
import { sseIntegerRows } from './rows/sse-integer.ts';
import { sseLaterRows } from './rows/sse-later.ts';
import { sseMoveRows, sseNamesakeRows } from './rows/sse-move.ts';
import { sseShuffleRows } from './rows/sse-shuffle.ts';
import { stateSaveRows } from './rows/state-save.ts';
import { stringRows } from './rows/string.ts';
import { systemMoveRows, systemRows } from './rows/system.ts';

const ROWS: readonly Row[] = [
  ...arithmeticRows,
  ...bitFieldRows,
  ...bitRows,
  ...controlRows,
  ...exchangeRows,
  ...flagRows,
  ...interruptRows,
  ...logicRows,
  ...moveRows,
  ...multiplyRows,
  ...portRows,
  ...shiftRows,
  ...sseConvertRows,
  ...sseFloatRows,
  ...sseIntegerRows,
  ...sseLaterRows,
  ...sseMoveRows,
  ...sseShuffleRows,
  ...stateSaveRows,
  ...stringRows,
  ...systemRows,
];

const byMnemonic = (rows: readonly Row[]): ReadonlyMap<Mnemonic, Row> =>
  new Map(rows.flatMap((row) => row.names.map((name) => [name, row] as const)));

const plain = byMnemonic(ROWS);
/** With a REP prefix. */
const repeated = byMnemonic(repeatRows);
/** With a vector register, for mnemonics that are string instructions otherwise. */
const NAMESAKES: readonly Row[] = [...sseNamesakeRows, ...sseCompareRows];
const namesakes = byMnemonic(NAMESAKES);
/** With a segment, control or debug register. */
const system = byMnemonic(systemMoveRows);

/** Ends the run when executed. */
const notModelled = instruction({
  names: [],
  execute({ state }, { address, mnemonic, bytes }) {
    state.rip = address;
    return { kind: 'not-modelled', mnemonic: mnemonicName(mnemonic), bytes, address: va(address) };
  },
});

export function rowOf(instruction: GuestInstruction): Row {
  const { mnemonic, operands, repeat } = instruction;
  if (operands.some((operand) => operand.kind === 'special')) {
    return system.get(mnemonic) ?? notModelled;
  }
  if (isFar(instruction)) return notModelled;
  const vector = namesakes.get(mnemonic);
  if (vector !== undefined && operands.some((operand) => operand.kind === 'vector')) return vector;
  const row = repeat === 'none' ? undefined : repeated.get(mnemonic);
  return row ?? plain.get(mnemonic) ?? notModelled;
}

/** JMP and CALL through a selector and offset in memory. */
const isFar = ({ mnemonic, operands: [target] }: GuestInstruction): boolean =>
  (mnemonic === Mnemonic.Jmp || mnemonic === Mnemonic.Call) &&
  target?.kind === 'memory' &&
  target.size !== 8;

/** All rows, for tests and documentation. */
export const instructionRows: readonly Row[] = [
  ...ROWS,
  ...NAMESAKES,
  ...repeatRows,
  ...systemMoveRows,
];
