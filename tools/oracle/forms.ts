/** Every operand form of an encoding: which registers, which memory shape, which immediate, which prefix. */
import { Instruction, OpKind, Register } from 'iced-x86';
import { DATA, LANDING } from '../../src/cpu/vectors/layout.ts';
import type { CodeEntry } from './encode.ts';
import { isBitTest, isShift } from './families.ts';

export type Random = () => number;
export const pick = <T>(next: Random, from: readonly T[]): T => from[next() % from.length] as T;

type RegisterShape =
  | 'low'
  | 'high'
  | 'same'
  | 'high-byte-rm'
  | 'high-byte-reg'
  | 'halves'
  | 'accumulator'
  | 'stack';
type MemoryShape =
  | 'base'
  | 'base8'
  | 'sib8'
  | 'sib32'
  | 'rip'
  | 'index'
  | 'stack'
  | 'gs'
  | 'gs-base';

export interface Shape {
  readonly registers: RegisterShape;
  readonly memory?: MemoryShape;
  readonly address32?: boolean;
  /** Which of the immediates worth trying. */
  readonly immediate: number;
  readonly prefix?: 'lock' | 'rep' | 'repne';
}

const MEMORY_SHAPES: readonly MemoryShape[] = [
  'base',
  'base8',
  'sib8',
  'sib32',
  'rip',
  'index',
  'stack',
];
/** These carry most of a driver's memory traffic, so all shapes are recorded for them. */
const EVERY_SHAPE = /^(Mov_r(m?)(8|32|64)_r(m?)(8|32|64)|Add_rm64_r64|Movups_.*|Lea_.*)$/;
const WITH_GS = new Set([
  'Mov_r64_rm64',
  'Mov_r32_rm32',
  'Mov_rm32_r32',
  'Cmp_rm32_imm8',
  'Or_rm64_r64',
]);
const ACCUMULATOR_IMPLIED = /^(Cmpxchg|Mul|Imul|Div|Idiv)$/;
const REGISTER_KIND = /^(r8|r16|r32|r64|xmm)_(or_mem|reg|reg_mem|rm|opcode|vvvv)$/;

export function* shapes(entry: CodeEntry): Generator<Shape> {
  const { operands, info } = entry;
  if (operands.some((kind) => /^(seg_rSI|es_rDI)$/.test(kind))) {
    yield* stringShapes();
    return;
  }
  const registerOperands = operands.filter((kind) => REGISTER_KIND.test(kind));
  let immediate = 0;
  if (!operands.includes('mem')) {
    for (const registers of registerShapes(registerOperands, entry.mnemonic))
      yield { registers, immediate: immediate++ };
    const more = immediatesOf(entry).length;
    while (immediate < more)
      yield { registers: immediate % 2 ? 'high' : 'low', immediate: immediate++ };
  }
  for (const memory of memoryShapes(entry)) {
    yield { registers: immediate % 2 ? 'high' : 'low', memory, immediate: immediate++ };
  }
  if (info.canUseLockPrefix && operands[0]?.match(/_or_mem$|^mem$/)) {
    yield { registers: 'low', memory: 'base8', immediate: immediate++, prefix: 'lock' };
  }
  if (entry.mnemonic === 'Lea') yield* leaShapes();
}

function* stringShapes(): Generator<Shape> {
  yield { registers: 'low', immediate: 0 };
  yield { registers: 'low', immediate: 0, prefix: 'rep' };
  yield { registers: 'low', immediate: 0, prefix: 'repne' };
}

function* leaShapes(): Generator<Shape> {
  for (const memory of MEMORY_SHAPES) {
    if (memory !== 'rip') yield { registers: 'high', memory, address32: true, immediate: 0 };
    yield { registers: 'low', memory, immediate: 0 };
  }
}

function registerShapes(kinds: readonly string[], mnemonic: string): RegisterShape[] {
  const found: RegisterShape[] = ['low'];
  if (kinds.length > 0) found.push('high');
  if (kinds.length > 1) found.push('same');
  const bytes = kinds.filter((kind) => kind.startsWith('r8_'));
  if (bytes.some((kind) => !kind.endsWith('_reg'))) found.push('high-byte-rm');
  if (bytes.some((kind) => kind.endsWith('_reg'))) found.push('high-byte-reg');
  if (bytes.length > 1) found.push('halves');
  if (ACCUMULATOR_IMPLIED.test(mnemonic)) found.push('accumulator');
  if (kinds.some((kind) => kind === 'r64_or_mem' || kind === 'r64_reg')) found.push('stack');
  return found;
}

function memoryShapes({ name, code, operands }: CodeEntry): MemoryShape[] {
  if (!operands.some((kind) => /^mem$|_or_mem$/.test(kind))) return [];
  const gs: MemoryShape[] = WITH_GS.has(name) ? ['gs', 'gs-base'] : [];
  if (EVERY_SHAPE.test(name)) return [...MEMORY_SHAPES, ...gs];
  const first = MEMORY_SHAPES[code % MEMORY_SHAPES.length] ?? 'base';
  const second = MEMORY_SHAPES[(code + 2) % MEMORY_SHAPES.length] ?? 'sib8';
  return operands.some((kind) => kind.startsWith('xmm')) ? [first] : [first, second, ...gs];
}

const RETURN_POPS = [0, 8, 0x28, 0xfff8];
const ENTER_SIZES = [0, 8, 0x20, 0x118, 0x10, 1];
const ENTER_LEVELS = [0, 1, 2, 3, 31, 32];
const ALWAYS_TRIED = [0, 1, 0x7f, 0x80, 0xff];

/** Immediates worth trying, as the bits that are encoded. */
function immediatesOf({ mnemonic, operands, info }: CodeEntry): readonly number[] {
  if (mnemonic === 'Ret' && operands.length > 0) return RETURN_POPS;
  if (mnemonic === 'Enter') return ENTER_SIZES;
  if (!operands.includes('imm8')) return [];
  const width = info.operandSize || (operands[0]?.startsWith('r8') ? 8 : 64);
  if (isShift(mnemonic)) {
    const counts = [0, 1, 2, width - 1, width, width + 1, 31, 32, 33, 63, 64, 65, 0xff];
    const usable =
      /^Sh[lr]d$/.test(mnemonic) && width === 16 ? counts.filter((c) => (c & 31) <= 16) : counts;
    return [...new Set(usable)];
  }
  if (isBitTest(mnemonic)) return [0, 1, 7, width - 1, width, width + 3, 0x80, 0xff];
  if (/^Ps[lr]/.test(mnemonic)) return [0, 1, 7, 8, 15, 16, 17, 31, 32, 63, 64, 0xff];
  if (/^(Psh|Shuf|Pins|Pext|Pblend|Palign)/.test(mnemonic))
    return [0, 0x1b, 0xe4, 0x4e, 0x93, 0x05, 0xff];
  if (/^Cmp[sp][sd]$/.test(mnemonic)) return [0, 1, 2, 3, 4, 5, 6, 7];
  return [];
}

/** Not RAX, RCX, RDX (so often implied) and not RSP. */
const ADDRESS_POOL = [3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const LOW = [0, 1, 2, 3, 5, 6, 7];
const HIGH = [8, 9, 10, 11, 12, 13, 14, 15];

/** The instruction of one shape, not yet encoded; undefined where the shape makes no sense. */
export function build(
  entry: CodeEntry,
  shape: Shape,
  at: bigint,
  next: Random,
): Instruction | undefined {
  const instruction = new Instruction();
  instruction.code = entry.code;
  const pool = shape.registers === 'high' ? HIGH : LOW;
  const numbers = [pick(next, pool), pick(next, pool), pick(next, pool)];
  if (/^(same|halves)$/.test(shape.registers)) numbers.fill(numbers[0] ?? 0);
  else spread(numbers, pool);
  let seen = 0;
  for (const [operand, kind] of entry.operands.entries()) {
    if (isMemory(kind, shape)) setMemory(instruction, operand, entry, shape, at, next);
    else if (REGISTER_KIND.test(kind)) {
      instruction.setOpKind(operand, OpKind.Register);
      instruction.setOpRegister(operand, registerFor(kind, numbers[seen] ?? 0, seen, shape));
      seen++;
    } else if (!setFixed(instruction, operand, kind, entry, shape, at, next)) {
      instruction.free();
      return undefined;
    }
  }
  if (shape.prefix === 'lock') instruction.hasLockPrefix = true;
  if (shape.prefix === 'rep') instruction.hasRepPrefix = true;
  if (shape.prefix === 'repne') instruction.hasRepnePrefix = true;
  return instruction;
}

function spread(numbers: number[], pool: readonly number[]): void {
  for (let i = 1; i < numbers.length; i++) {
    while (numbers.indexOf(numbers[i] ?? 0) < i) {
      numbers[i] = pool[(pool.indexOf(numbers[i] ?? 0) + 1) % pool.length] ?? 0;
    }
  }
}

const isMemory = (kind: string, shape: Shape): boolean =>
  kind === 'mem' || (kind.endsWith('_or_mem') && shape.memory !== undefined);

const ACCUMULATORS: Readonly<Record<string, Register>> = {
  r64: Register.RAX,
  r32: Register.EAX,
  r16: Register.AX,
};

function registerFor(kind: string, number: number, position: number, shape: Shape): Register {
  const isRm = !kind.endsWith('_reg');
  if (shape.registers === 'accumulator' && isRm)
    return ACCUMULATORS[kind.slice(0, 3)] ?? Register.AH;
  if (kind.startsWith('xmm')) return Register.XMM0 + number;
  if (kind.startsWith('r64'))
    return Register.RAX + (shape.registers === 'stack' && position === 0 ? 4 : number);
  if (kind.startsWith('r32')) return Register.EAX + number;
  if (kind.startsWith('r16')) return Register.AX + number;
  if (shape.registers === 'high-byte-rm' && isRm) return Register.AH + (number & 3);
  if (shape.registers === 'high-byte-reg' && !isRm) return Register.AH + (number & 3);
  if (shape.registers === 'halves' && position === 0) return Register.AH + (number & 3);
  if (/^(high-byte|halves|accumulator)/.test(shape.registers)) return Register.AL + (number & 3);
  return number < 4 ? Register.AL + number : Register.SPL + number - 4;
}

const FIXED: Readonly<Record<string, Register>> = {
  al: Register.AL,
  cl: Register.CL,
  ax: Register.AX,
  dx: Register.DX,
  eax: Register.EAX,
  rax: Register.RAX,
};
const IMMEDIATE: Readonly<Record<string, readonly [OpKind, number]>> = {
  imm8: [OpKind.Immediate8, 8],
  imm8_const_1: [OpKind.Immediate8, 1],
  imm8sex16: [OpKind.Immediate8to16, 8],
  imm8sex32: [OpKind.Immediate8to32, 8],
  imm8sex64: [OpKind.Immediate8to64, 8],
  imm16: [OpKind.Immediate16, 16],
  imm32: [OpKind.Immediate32, 32],
  imm32sex64: [OpKind.Immediate32to64, 32],
  imm64: [OpKind.Immediate64, 64],
};

function setFixed(
  to: Instruction,
  operand: number,
  kind: string,
  entry: CodeEntry,
  shape: Shape,
  at: bigint,
  next: Random,
): boolean {
  const immediate = IMMEDIATE[kind];
  const register = FIXED[kind];
  if (register !== undefined) {
    to.setOpKind(operand, OpKind.Register);
    to.setOpRegister(operand, register);
  } else if (immediate !== undefined) {
    setImmediate(to, operand, immediate, entry, shape, next);
  } else if (kind === 'br64_1') {
    to.setOpKind(operand, OpKind.NearBranch64);
    to.nearBranch64 = shape.immediate % 2 === 0 ? at + 26n : at - 15n;
  } else if (kind === 'br64_4') {
    to.setOpKind(operand, OpKind.NearBranch64);
    to.nearBranch64 = LANDING + 0x123n;
  } else if (kind === 'es_rDI' || kind === 'seg_rSI' || kind === 'seg_rDI') {
    const kinds = {
      es_rDI: OpKind.MemoryESRDI,
      seg_rSI: OpKind.MemorySegRSI,
      seg_rDI: OpKind.MemorySegRDI,
    };
    to.setOpKind(operand, kinds[kind]);
  } else if (kind === 'seg_rBX_al') {
    to.setOpKind(operand, OpKind.Memory);
    to.memoryBase = Register.RBX;
    to.memoryIndex = Register.AL;
  } else if (kind === 'mem_offs') {
    to.setOpKind(operand, OpKind.Memory);
    to.memoryDisplSize = 8;
    to.memoryDisplacement = DATA + 0x918n;
  } else return false;
  return true;
}

function setImmediate(
  to: Instruction,
  operand: number,
  [kind, bits]: readonly [OpKind, number],
  entry: CodeEntry,
  shape: Shape,
  next: Random,
): void {
  const wide = (BigInt(next()) << 32n) | BigInt(next());
  const second = entry.mnemonic === 'Enter' && operand === 1;
  to.setOpKind(operand, second ? OpKind.Immediate8_2nd : kind);
  const listed = immediatesOf(entry)[shape.immediate % Math.max(1, immediatesOf(entry).length)];
  const value =
    bits === 1 ? 1n : listed === undefined ? boundary(bits, shape.immediate, wide) : BigInt(listed);
  if (second) to.setImmediateU32(operand, ENTER_LEVELS[shape.immediate % ENTER_LEVELS.length] ?? 0);
  else if (bits === 64) to.setImmediateU64(operand, value);
  else if (kind === OpKind.Immediate8to64 || kind === OpKind.Immediate32to64) {
    to.setImmediateI64(operand, BigInt.asIntN(bits, value));
  } else if (kind === OpKind.Immediate8to16 || kind === OpKind.Immediate8to32) {
    to.setImmediateI32(operand, Number(BigInt.asIntN(bits, value)));
  } else to.setImmediateU32(operand, Number(BigInt.asUintN(bits, value)));
}

function boundary(bits: number, index: number, random: bigint): bigint {
  if (bits === 8) return BigInt(ALWAYS_TRIED[index % 6] ?? Number(random & 0xffn));
  const top = 1n << BigInt(bits - 1);
  const values = [random, top, 1n, top * 2n - 1n, top - 1n, 0n, random & 0xffffn];
  return values[index % values.length] ?? random;
}

function setMemory(
  to: Instruction,
  operand: number,
  entry: CodeEntry,
  shape: Shape,
  at: bigint,
  next: Random,
): void {
  to.setOpKind(operand, OpKind.Memory);
  const first = shape.address32 ? Register.EAX : Register.RAX;
  const pool =
    entry.mnemonic === 'Mov' || entry.mnemonic === 'Lea' ? [...LOW, ...HIGH] : ADDRESS_POOL;
  const base = pick(next, pool);
  const index = pick(
    next,
    pool.filter((number) => number !== base),
  );
  const memory = shape.memory ?? 'base';
  if (/^(base|base8|sib8|sib32|gs-base)$/.test(memory)) to.memoryBase = first + base;
  if (memory === 'stack') to.memoryBase = first + 4;
  if (/^(sib8|sib32|index)$/.test(memory)) {
    to.memoryIndex = first + index;
    to.memoryIndexScale = pick(next, [1, 2, 4, 8]);
  }
  setDisplacement(to, memory, at, next);
}

function setDisplacement(to: Instruction, memory: MemoryShape, at: bigint, next: Random): void {
  const small = BigInt((next() % 32) * 8 - 128);
  const wide = BigInt(next() & 0xffff8);
  if (memory === 'rip') {
    to.memoryBase = Register.RIP;
    to.memoryDisplSize = 8;
    to.memoryDisplacement = DATA + 0x700n + (at & 0x38n) + BigInt(next() % 9);
  } else if (memory === 'gs' || memory === 'gs-base') {
    to.segmentPrefix = Register.GS;
    to.memoryDisplSize = memory === 'gs' ? 4 : 1;
    to.memoryDisplacement = memory === 'gs' ? 0x188n : 0x18n;
  } else if (memory === 'base8' || memory === 'sib8' || memory === 'stack') {
    to.memoryDisplSize = 1;
    to.memoryDisplacement = BigInt.asUintN(64, small);
  } else if (memory === 'sib32' || memory === 'index') {
    to.memoryDisplSize = 4;
    to.memoryDisplacement = memory === 'index' ? wide : BigInt.asUintN(64, -wide);
  }
}
