/** Rearranging lanes: shuffles, unpacks, packs, insertion and extraction (SSE2). */
import { Mnemonic } from 'iced-x86';
import { instruction } from '../instruction.ts';
import type { I32, V128 } from '../wasm/expression.ts';
import { byteLanes, i8x16, i16x8, v128 } from '../wasm/vector.ts';
import { widthOf } from '../width.ts';
import { packed } from './sse-integer.ts';

/** Fields of two bits, lowest first. */
const selectors = (control: bigint): number[] =>
  [0n, 2n, 4n, 6n].map((at) => Number((control >> at) & 3n));

const shuffle = (name: Mnemonic, bytes: number, lanesOf: (control: bigint) => number[]) =>
  instruction({
    names: [name],
    lower(ir) {
      const value = ir.readVector(ir.operand(1), 'aligned');
      const lanes = byteLanes(bytes, lanesOf(ir.immediate(2)));
      ir.writeVector(ir.operand(0), v128.shuffle(value, value, lanes));
    },
  });

const shuffleTwo = (name: Mnemonic, bytes: number, lanesOf: (control: bigint) => number[]) =>
  instruction({
    names: [name],
    lower(ir) {
      const [target, source] = [ir.operand(0), ir.operand(1)];
      const b = ir.readVector(source, 'aligned');
      const lanes = byteLanes(bytes, lanesOf(ir.immediate(2)));
      ir.writeVector(target, v128.shuffle(ir.readVector(target), b, lanes));
    },
  });

/** Lanes of the halves of two vectors in turn. */
function interleave(bytes: number, half: 'low' | 'high', ...names: Mnemonic[]) {
  const count = 16 / bytes;
  const start = half === 'low' ? 0 : count / 2;
  const lanes = Array.from({ length: count }, (_, i) => start + (i >> 1) + (i & 1) * count);
  return packed((a: V128, b: V128) => v128.shuffle(a, b, byteLanes(bytes, lanes)), ...names);
}

export const sseShuffleRows = [
  shuffle(Mnemonic.Pshufd, 4, selectors),
  shuffle(Mnemonic.Pshuflw, 2, (control) => [...selectors(control), 4, 5, 6, 7]),
  shuffle(Mnemonic.Pshufhw, 2, (control) => [
    0,
    1,
    2,
    3,
    ...selectors(control).map((lane) => lane + 4),
  ]),
  shuffleTwo(Mnemonic.Shufps, 4, (control) =>
    selectors(control).map((lane, i) => (i < 2 ? lane : lane + 4)),
  ),
  shuffleTwo(Mnemonic.Shufpd, 8, (control) => [
    Number(control & 1n),
    2 + Number((control >> 1n) & 1n),
  ]),
  interleave(1, 'low', Mnemonic.Punpcklbw),
  interleave(2, 'low', Mnemonic.Punpcklwd),
  interleave(4, 'low', Mnemonic.Punpckldq, Mnemonic.Unpcklps),
  interleave(8, 'low', Mnemonic.Punpcklqdq, Mnemonic.Unpcklpd),
  interleave(1, 'high', Mnemonic.Punpckhbw),
  interleave(2, 'high', Mnemonic.Punpckhwd),
  interleave(4, 'high', Mnemonic.Punpckhdq, Mnemonic.Unpckhps),
  interleave(8, 'high', Mnemonic.Punpckhqdq, Mnemonic.Unpckhpd),
  packed(i8x16.narrowS, Mnemonic.Packsswb),
  packed(i8x16.narrowU, Mnemonic.Packuswb),
  packed(i16x8.narrowS, Mnemonic.Packssdw),
  instruction({
    names: [Mnemonic.Pextrw],
    lower(ir) {
      const target = ir.operand(0);
      const lane = Number(ir.immediate(2) & 7n);
      const value = i16x8.extract(ir.readVector(ir.operand(1)), lane);
      ir.write(target, widthOf(target.size).fromI32(value));
    },
  }),
  instruction({
    names: [Mnemonic.Pinsrw],
    lower(ir) {
      const [target, source] = [ir.operand(0), ir.operand(1)];
      const value = widthOf(source.size).toI32(ir.read(source)) as I32;
      const lane = Number(ir.immediate(2) & 7n);
      ir.writeVector(target, i16x8.replace(ir.readVector(target), lane, value));
    },
  }),
];
