/** Moves between vector registers, memory and general registers. */
import { Mnemonic } from 'iced-x86';
import { va } from '../../units/address.ts';
import type { Operand } from '../decode.ts';
import { instruction } from '../instruction.ts';
import type { Ir } from '../ir.ts';
import type { I32, I64, V128 } from '../wasm/expression.ts';
import {
  byteLanes,
  i8x16,
  i32x4,
  i64x2,
  lowI32,
  lowI64,
  v128,
  ZERO_VECTOR,
} from '../wasm/vector.ts';
import { widthOf } from '../width.ts';

const RDI = 7;

const move = (names: Mnemonic[], alignment: 'aligned' | 'any') =>
  instruction({
    names,
    lower(ir) {
      ir.writeVector(ir.operand(0), ir.readVector(ir.operand(1), alignment), alignment);
    },
  });

/** Register to register keeps the rest of the target; a load clears it. */
const scalarMove = (name: Mnemonic, bytes: 4 | 8) =>
  instruction({
    names: [name],
    lower(ir) {
      const [target, source] = [ir.operand(0), ir.operand(1)];
      const value = ir.readVector(source);
      if (target.kind === 'vector' && source.kind === 'vector') {
        ir.writeVector(target, lowFrom(ir.readVector(target), value, bytes));
      } else {
        ir.writeVector(target, value);
      }
    },
  });

/** `low`'s low bytes under `rest`. */
export function lowFrom(rest: V128, low: V128, bytes: 4 | 8): V128 {
  const lanes = Array.from({ length: 16 }, (_, i) => (i < bytes ? i + 16 : i));
  return v128.shuffle(rest, low, lanes);
}

/** Qwords of two vectors: 0 and 1 of `a`, 2 and 3 of `b`. */
const qwords = (a: V128, b: V128, low: number, high: number): V128 =>
  v128.shuffle(a, b, byteLanes(8, [low, high]));

/** MOVLPS, MOVHPS: one half to or from memory. */
const halfMove = (names: Mnemonic[], half: 0 | 1) =>
  instruction({
    names,
    lower(ir) {
      const [target, source] = [ir.operand(0), ir.operand(1)];
      if (target.kind === 'memory') {
        const value = ir.readVector(source);
        ir.writeVector(target, half === 0 ? value : qwords(value, value, 1, 1));
        return;
      }
      const value = ir.readVector(source);
      const old = ir.readVector(target);
      ir.writeVector(target, half === 0 ? qwords(value, old, 0, 3) : qwords(old, value, 0, 2));
    },
  });

const combine = (name: Mnemonic, how: (a: V128, b: V128) => V128) =>
  instruction({
    names: [name],
    lower(ir) {
      const target = ir.operand(0);
      ir.writeVector(target, how(ir.readVector(target), ir.readVector(ir.operand(1))));
    },
  });

const rearrange = (name: Mnemonic, lanes: readonly number[], bytes: number) =>
  instruction({
    names: [name],
    lower(ir) {
      const source = ir.operand(1);
      const value = ir.readVector(source, source.size === 16 ? 'aligned' : 'any');
      ir.writeVector(ir.operand(0), v128.shuffle(value, value, byteLanes(bytes, lanes)));
    },
  });

/** MOVD and MOVQ: the low lane to or from a general register or memory. */
function moveLow(ir: Ir, target: Operand, source: Operand): void {
  if (target.kind === 'vector') {
    if (source.kind === 'register') {
      const value = ir.read(source);
      ir.writeVector(target, source.size === 8 ? lowI64(value as I64) : lowI32(value as I32));
    } else {
      const value = ir.readVector(source);
      const low = source.kind === 'vector' ? qwords(value, ZERO_VECTOR, 0, 2) : value;
      ir.writeVector(target, low);
    }
    return;
  }
  const value = ir.readVector(source);
  if (target.kind === 'memory') ir.writeVector(target, value);
  else ir.write(target, target.size === 8 ? i64x2.extract(value, 0) : i32x4.extract(value, 0));
}

const signMask = (name: Mnemonic, bitmask: (value: V128) => I32) =>
  instruction({
    names: [name],
    lower(ir) {
      const target = ir.operand(0);
      const value = bitmask(ir.readVector(ir.operand(1)));
      ir.write(target, widthOf(target.size).fromI32(value));
    },
  });

export const sseMoveRows = [
  move([Mnemonic.Movups, Mnemonic.Movupd, Mnemonic.Movdqu, Mnemonic.Lddqu], 'any'),
  move(
    [
      Mnemonic.Movaps,
      Mnemonic.Movapd,
      Mnemonic.Movdqa,
      Mnemonic.Movntps,
      Mnemonic.Movntpd,
      Mnemonic.Movntdq,
      Mnemonic.Movntdqa,
    ],
    'aligned',
  ),
  halfMove([Mnemonic.Movlps, Mnemonic.Movlpd], 0),
  halfMove([Mnemonic.Movhps, Mnemonic.Movhpd], 1),
  combine(Mnemonic.Movlhps, (a, b) => qwords(a, b, 0, 2)),
  combine(Mnemonic.Movhlps, (a, b) => qwords(b, a, 1, 3)),
  rearrange(Mnemonic.Movddup, [0, 0], 8),
  rearrange(Mnemonic.Movshdup, [1, 1, 3, 3], 4),
  rearrange(Mnemonic.Movsldup, [0, 0, 2, 2], 4),
  instruction({
    names: [Mnemonic.Movd, Mnemonic.Movq],
    lower: (ir) => moveLow(ir, ir.operand(0), ir.operand(1)),
  }),
  signMask(Mnemonic.Pmovmskb, i8x16.bitmask),
  signMask(Mnemonic.Movmskps, i32x4.bitmask),
  signMask(Mnemonic.Movmskpd, i64x2.bitmask),
  instruction({
    names: [Mnemonic.Maskmovdqu],
    execute({ state, mmu }, { operands, segment }) {
      const [value, mask] = operands.filter((operand) => operand.kind === 'vector');
      if (value === undefined || mask === undefined) return undefined;
      const base = { flat: 0n, fs: state.fsBase, gs: state.gsBase }[segment];
      const bytes = state.xmm(value.index);
      const start = va(base + state.gpr(RDI));
      // All sixteen bytes are checked, whatever the mask.
      mmu.probe(start, 16, 'write');
      state.xmm(mask.index).forEach((choice, i) => {
        if (choice >= 0x80) mmu.write(va(start + BigInt(i)), 1, BigInt(bytes[i] ?? 0));
      });
      return undefined;
    },
  }),
];

/** These mnemonics are string instructions too; here an operand is a vector. */
export const sseNamesakeRows = [scalarMove(Mnemonic.Movss, 4), scalarMove(Mnemonic.Movsd, 8)];
