/** What an instruction reads: registers, vector registers and memory, as places that a state can fill. */
import {
  type Instruction,
  InstructionInfoFactory,
  MemorySizeExt,
  OpAccess,
  OpKind,
  Register,
  RegisterExt,
} from 'iced-x86';
import { DATA, GS_BASE, type MachineState, WRITABLE_BYTES } from '../../src/cpu/vectors/layout.ts';
import { littleEndian } from './values.ts';

/** A general-purpose register or a part of it. */
export interface RegisterPart {
  readonly number: number;
  readonly width: number;
  readonly shift: number;
}

export interface MemoryOperand {
  readonly size: number;
  readonly base: number | undefined;
  readonly index: number | undefined;
  readonly scale: bigint;
  readonly displacement: bigint;
  /** The address when no register takes part. */
  readonly fixed: bigint | undefined;
  readonly segmentBase: bigint;
  readonly read: boolean;
}

export interface Operands {
  readonly registers: readonly RegisterPart[];
  readonly vectors: readonly number[];
  readonly memory: MemoryOperand | undefined;
}

function partOf(register: Register): RegisterPart | undefined {
  if (!RegisterExt.isGPR(register)) return undefined;
  const width = RegisterExt.size(register) * 8;
  const high = register >= Register.AH && register <= Register.BH;
  const number = RegisterExt.number(RegisterExt.fullRegister(register));
  return { number, width, shift: high ? 8 : 0 };
}

export function setPart(state: MachineState, part: RegisterPart, value: bigint): void {
  const mask = ((1n << BigInt(part.width)) - 1n) << BigInt(part.shift);
  const kept = (state.gpr[part.number] ?? 0n) & ~mask;
  state.gpr[part.number] = kept | ((value << BigInt(part.shift)) & mask);
}

const READS = new Set<OpAccess>([
  OpAccess.Read,
  OpAccess.CondRead,
  OpAccess.ReadWrite,
  OpAccess.ReadCondWrite,
]);

const factory = new InstructionInfoFactory();

export function operandsOf(instruction: Instruction): Operands {
  const info = factory.info(instruction);
  const registers: RegisterPart[] = [];
  const vectors: number[] = [];
  let memory: MemoryOperand | undefined;
  for (let i = 0; i < instruction.opCount; i++) {
    const read = READS.has(info.opAccess(i));
    if (instruction.opKind(i) === OpKind.Memory) {
      if (info.opAccess(i) !== OpAccess.None) memory = memoryOf(instruction, read);
      else for (const part of addressParts(instruction)) registers.push(part);
    }
    if (instruction.opKind(i) !== OpKind.Register) continue;
    const register = instruction.opRegister(i);
    const part = partOf(register);
    if (part !== undefined && read) registers.push(part);
    if (RegisterExt.isXMM(register)) vectors.push(RegisterExt.number(register));
  }
  for (const used of info.usedRegisters()) {
    const part = partOf(used.register);
    if (part === undefined || !READS.has(used.access) || part.number === 4) continue;
    if (registers.some((known) => known.number === part.number)) continue;
    if (part.number === memory?.base || part.number === memory?.index) continue;
    registers.push(part);
  }
  info.free();
  return { registers, vectors: [...new Set(vectors)], memory };
}

/** LEA's registers are values, not addresses. */
const addressParts = (instruction: Instruction): RegisterPart[] =>
  [instruction.memoryBase, instruction.memoryIndex]
    .map(partOf)
    .filter((part) => part !== undefined);

function memoryOf(instruction: Instruction, read: boolean): MemoryOperand {
  const isRip = instruction.isIpRelMemoryOperand;
  const segmentBase = instruction.segmentPrefix === Register.GS ? GS_BASE : 0n;
  const base = isRip ? undefined : partOf(instruction.memoryBase)?.number;
  const index = partOf(instruction.memoryIndex)?.number;
  const displacement = BigInt.asIntN(64, instruction.memoryDisplacement);
  return {
    size: Math.max(1, MemorySizeExt.size(instruction.memorySize)),
    base,
    index,
    scale: BigInt(instruction.memoryIndexScale),
    displacement,
    fixed: base === undefined && index === undefined ? displacement + segmentBase : undefined,
    segmentBase,
    read,
  };
}

/** Makes the operand's registers point at `target`. The index is small unless it stands alone. */
export function pointAt(
  state: MachineState,
  memory: MemoryOperand,
  target: bigint,
  small: bigint,
): void {
  const { base, index, scale, displacement, segmentBase } = memory;
  let rest = target - segmentBase - displacement;
  if (index !== undefined) {
    const value = base === undefined ? BigInt.asIntN(64, rest) / scale : small;
    state.gpr[index] = BigInt.asUintN(64, value);
    rest -= value * scale;
  }
  if (base !== undefined) state.gpr[base] = BigInt.asUintN(64, rest);
}

/** Puts bytes where the window can be written; elsewhere the pattern stays. */
export function patch(state: MachineState, target: bigint, bytes: Uint8Array): void {
  const offset = Number(target - DATA);
  if (offset < 0 || offset + bytes.length > WRITABLE_BYTES) return;
  state.memory = state.memory.filter(
    (other) => other.offset + other.bytes.length <= offset || other.offset >= offset + bytes.length,
  );
  state.memory.push({ offset, bytes });
}

export const patchValue = (
  state: MachineState,
  target: bigint,
  value: bigint,
  size: number,
): void => patch(state, target, littleEndian(BigInt.asUintN(size * 8, value), size));
