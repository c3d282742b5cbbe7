/** Instructions whose operands mean more than numbers: counts, dividends, pointers, targets, lengths. */
import { CODE, DATA, LANDING, type MachineState, RSP } from '../../src/cpu/vectors/layout.ts';
import type { Choosing } from './choosing.ts';
import { isBitTest, isDivision, isShift } from './families.ts';
import { pick, type Random } from './forms.ts';
import { patch, patchValue, setPart } from './operands.ts';
import { draw, edges, littleEndian } from './values.ts';

const [RAX, RCX, RDX, RBX, RBP, RSI, RDI] = [0, 1, 2, 3, 5, 6, 7];
export const STACK_USERS = new Set(
  'Call Ret Push Pop Pushf Pushfq Popf Popfq Enter Leave'.split(' '),
);

/**
 * Called before addresses are set (values may be replaced) and after (`addressed`: what depends on them).
 * False when the state is not worth keeping.
 */
export function specialise(state: MachineState, choosing: Choosing, addressed = false): boolean {
  const { mnemonic } = choosing.entry;
  if (!addressed) {
    if (isShift(mnemonic)) setCount(state, choosing);
    if (isDivision(mnemonic)) setDividend(state, choosing);
    if (mnemonic.startsWith('Cmpxchg')) setComparand(state, choosing);
    if (isBitTest(mnemonic)) setBitOffset(state, choosing);
    if (/^(Loop|Jr?e?cxz)/.test(mnemonic))
      setPart(state, { number: RCX, width: 64, shift: 0 }, counter(choosing));
    return true;
  }
  if (mnemonic === 'Xlatb')
    state.gpr[RBX] = BigInt.asUintN(64, choosing.target - ((state.gpr[RAX] ?? 0n) & 0xffn));
  if (mnemonic === 'Maskmovdqu') state.gpr[RDI] = choosing.target;
  if (mnemonic === 'Ldmxcsr') setMxcsr(state, choosing);
  if (choosing.operands.memory?.size === 512) clearFxArea(state, choosing);
  if (STACK_USERS.has(mnemonic) && !setStack(state, choosing)) return false;
  if (/^(Call|Jmp)$/.test(mnemonic)) setTarget(state, choosing);
  if (choosing.entry.operands.some((kind) => /^(seg_rSI|es_rDI)$/.test(kind)))
    setString(state, choosing);
  return true;
}

/** Operand size, from the name of the first operand. */
export function operandWidth({ entry, operands }: Pick<Choosing, 'entry' | 'operands'>): number {
  const kind = entry.operands[0] ?? '';
  const bits = /^r(8|16|32|64)/.exec(kind)?.[1];
  if (bits !== undefined) return Number(bits);
  if (kind === 'al') return 8;
  return operands.memory === undefined ? 64 : operands.memory.size * 8;
}

function setCount(state: MachineState, choosing: Choosing): void {
  if (!choosing.entry.operands.includes('cl')) return;
  const width = operandWidth(choosing);
  const counts = [0, 1, 2, width - 1, width, width + 1, 31, 32, 33, 63, 64, 65, 7, 9, 17, 0xff];
  const double = /^Sh[lr]d$/.test(choosing.entry.mnemonic) && width === 16;
  const usable = double ? counts.filter((count) => (count & 31) <= 16) : counts;
  const count =
    choosing.index < usable.length ? usable[choosing.index] : pick(choosing.next, usable);
  state.gpr[RCX] = ((state.gpr[RCX] ?? 0n) & ~0xffn) | BigInt(count ?? 0);
}

/** Most quotients fit; a few do not, and a few divisors are zero. */
function setDividend(state: MachineState, choosing: Choosing): void {
  const { entry, next, index, operands, target } = choosing;
  if (index % 5 === 4) return;
  const width = operandWidth(choosing);
  const asNumber = entry.mnemonic === 'Idiv' ? BigInt.asIntN : BigInt.asUintN;
  const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);
  const divisor = asNumber(width, draw(next, width)) || 7n;
  const quotient = asNumber(width, draw(next, width));
  const remainder = magnitude(asNumber(width, draw(next, width))) % magnitude(divisor);
  const product = quotient * divisor;
  const dividend = product + (product < 0n ? -remainder : remainder);
  const low = BigInt.asUintN(width, dividend);
  const high = BigInt.asUintN(width, dividend >> BigInt(width));
  if (width === 8) setPart(state, { number: RAX, width: 16, shift: 0 }, (high << 8n) | low);
  else {
    setPart(state, { number: RAX, width, shift: 0 }, low);
    setPart(state, { number: RDX, width, shift: 0 }, high);
  }
  const [register] = operands.registers;
  if (operands.memory !== undefined) patchValue(state, target, divisor, operands.memory.size);
  else if (register !== undefined && register.number !== RAX && register.number !== RDX) {
    setPart(state, register, BigInt.asUintN(width, divisor));
  }
}

/** Half the comparisons succeed. */
function setComparand(state: MachineState, choosing: Choosing): void {
  const { entry, operands, next, target } = choosing;
  const { memory } = operands;
  if (next() % 2) return;
  if (entry.mnemonic === 'Cmpxchg') {
    const width = operandWidth(choosing);
    const [first] = operands.registers;
    if (memory !== undefined) patchValue(state, target, state.gpr[RAX] ?? 0n, memory.size);
    else if (first !== undefined) setPart(state, first, state.gpr[RAX] ?? 0n);
    if (first?.shift === 8 && width === 8) setPart(state, first, (state.gpr[RAX] ?? 0n) & 0xffn);
    return;
  }
  const half = (memory?.size ?? 16) / 2;
  const low = littleEndian(state.gpr[RAX] ?? 0n, half);
  patch(state, target, Uint8Array.of(...low, ...littleEndian(state.gpr[RDX] ?? 0n, half)));
}

/** With memory, a register bit offset reaches outside the operand, either way. */
function setBitOffset(state: MachineState, choosing: Choosing): void {
  const { entry, operands, next, index } = choosing;
  const register = operands.registers.at(-1);
  if (operands.memory === undefined || entry.operands[1] === 'imm8' || register === undefined)
    return;
  const width = operandWidth(choosing);
  const near = [0, 1, width - 1, width, -1, -width, -width - 1, 2 * width, 7, 8];
  const far = (next() % 0x1000) - 0x800;
  const offset = near[index] ?? far;
  setPart(state, register, BigInt.asUintN(register.width, BigInt(offset)));
}

function counter({ next, index }: Choosing): bigint {
  const values = [0n, 1n, 2n, 0x1_0000_0000n, 0x1_0000_0001n, 0xffff_ffffn, 0x8000_0000n];
  return values[index % 10] ?? pick(next, edges(64));
}

function setMxcsr(state: MachineState, { next, index, target }: Choosing): void {
  const value = index === 9 ? 0x1_1f80 : (next() & 0xffc0) | 0x1f80;
  patchValue(state, target, BigInt(value), 4);
}

function clearFxArea(state: MachineState, { target }: Choosing): void {
  patch(state, target, new Uint8Array(512));
}

/** POPF takes no flags from the pattern: TF and AC would reach the recorder itself. */
function setStack(state: MachineState, choosing: Choosing): boolean {
  const { entry, operands, next, index, count } = choosing;
  const at = stackPointer(next, index, count);
  if (operands.memory?.base === RSP || (operands.memory !== undefined && index >= count))
    return true;
  if (entry.mnemonic.startsWith('Popf') && index >= count && at >= DATA + 0x3000n) return false;
  if (entry.mnemonic === 'Leave') state.gpr[RBP] = at;
  else state.gpr[RSP] = at;
  if (entry.mnemonic === 'Enter') state.gpr[RBP] = DATA + BigInt(0x1000 + (next() % 0x80) * 8);
  if (entry.mnemonic === 'Ret') patchValue(state, at, landing(choosing), 8);
  if (entry.mnemonic.startsWith('Popf')) patchValue(state, at, BigInt((next() & 0xcd5) | 0x202), 8);
  if (entry.mnemonic === 'Pop') patchValue(state, at, edges(64)[index % edges(64).length] ?? 0n, 8);
  return true;
}

/** Stack pointers: aligned, odd, across pages, and where the stack ends. */
function stackPointer(next: Random, index: number, count: number): bigint {
  if (index === 3) return DATA + 0x1004n;
  if (index === 7) return DATA + 0x1000n;
  if (index === 11) return DATA + 0x1201n;
  if (index === 15) return DATA + 0xffcn;
  if (index < count) return DATA + BigInt(0x800 + (next() % 0x200) * 8);
  const ends = [DATA + 4n, DATA + 0x3008n, DATA + 0x1ffcn, DATA + 0x3ff8n, 0x8000_0000_0000_0100n];
  return pick(() => index - count, ends);
}

function setTarget(state: MachineState, choosing: Choosing): void {
  const [register] = choosing.operands.registers;
  const { memory } = choosing.operands;
  if (memory !== undefined) patchValue(state, choosing.target, landing(choosing), 8);
  else if (register !== undefined) setPart(state, register, landing(choosing));
}

/** Two of the targets cannot be executed: not mapped, and data. */
function landing({ index, next }: Choosing): bigint {
  if (index === 13) return DATA + 0x2440n;
  if (index === 17) return DATA + 0x800n;
  return index === 5 ? CODE + 3n : LANDING + BigInt(next() % 0xf00);
}

const LENGTHS = [0, 1, 2, 3, 5, 8, 13, 4, 7, 16];

/** Pointers into the window with runs that agree, overlap, cross pages, run out of the window, go down. */
function setString(state: MachineState, choosing: Choosing): void {
  const { next, index, encoded, entry } = choosing;
  const size = { b: 1, w: 2, d: 4, q: 8 }[entry.mnemonic.at(-1) ?? ''] ?? 1;
  const length = LENGTHS[index % LENGTHS.length] ?? 1;
  const down = index % 3 === 1;
  state.flags = (state.flags & ~0x400) | (down ? 0x400 : 0);
  const source = stringStart(choosing, size, down);
  const overlapping = index % 4 === 2;
  const separate = DATA + BigInt(0xa00 + (next() % 0x40));
  const destination = overlapping ? source + BigInt((next() % 9) - 4) : separate;
  const swap = index % 7 === 6;
  state.gpr[RSI] = swap ? destination : source;
  state.gpr[RDI] = swap ? source : destination;
  if (/ rep|^rep/.test(` ${encoded.text}`)) state.gpr[RCX] = BigInt(length);
  agree(state, choosing, size, length, down);
}

function stringStart({ next, index }: Choosing, size: number, down: boolean): bigint {
  const room = BigInt(3 * size);
  if (index === 8) return down ? DATA + 0x1000n + room : DATA + 0x1000n - room;
  if (index === 16) return DATA + 0x1000n - BigInt(size >> 1);
  if (index === 25) return down ? DATA + room : DATA + 0x2000n - room;
  if (index === 27) return DATA + 0x3200n;
  return DATA + BigInt(0x400 + (next() % 0x100));
}

/** Comparisons and scans need runs of equal (REPE) or different (REPNE) elements that end somewhere. */
function agree(
  state: MachineState,
  { entry, next, encoded, index }: Choosing,
  size: number,
  length: number,
  down: boolean,
): void {
  const run = Math.max(1, next() % (length + 2));
  const until = /repne/.test(encoded.text);
  const at = state.gpr[RDI] ?? 0n;
  const place = (start: bigint, i: number): bigint => start + BigInt((down ? -i : i) * size);
  if (entry.mnemonic.startsWith('Scas')) {
    const wanted = littleEndian(state.gpr[RAX] ?? 0n, size);
    if (until) patch(state, place(at, run), wanted);
    else for (let i = 0; i < run && i < 6; i++) patch(state, place(at, i), wanted);
  } else if (entry.mnemonic.startsWith('Cmps') && index % 4 !== 2) {
    const same = Uint8Array.from({ length: size }, (_, i) => i * 37 + index);
    const from = until ? run : 0;
    for (let i = from; i < (until ? run + 1 : Math.min(run, 6)); i++) {
      patch(state, place(at, i), same);
      patch(state, place(state.gpr[RSI] ?? 0n, i), same);
    }
  }
}
