/** Guest instructions as plain data, read off iced-x86's decoder. */
import {
  type Decoder,
  FlowControl,
  Instruction,
  MemorySizeExt,
  Mnemonic,
  OpKind,
  Register,
} from 'iced-x86';

export interface RegisterOperand {
  readonly kind: 'register';
  /** Encoding order: RAX RCX RDX RBX RSP RBP RSI RDI R8..R15. */
  readonly index: number;
  readonly size: number;
  /** AH, CH, DH, BH: bits 8 to 15 of the register. */
  readonly high: boolean;
}
export interface VectorOperand {
  readonly kind: 'vector';
  readonly index: number;
  readonly size: 16;
}
/** Segment, control and debug registers, by iced's name; x87, MMX and AVX ones too, which no row takes. */
export interface SpecialOperand {
  readonly kind: 'special';
  readonly register: Register;
  readonly size: number;
}
export interface MemoryOperand {
  readonly kind: 'memory';
  readonly size: number;
  readonly segment: 'flat' | 'fs' | 'gs';
  /** Goes through SS: a bad address is a stack fault. */
  readonly stack: boolean;
  readonly base: number | undefined;
  readonly index: number | undefined;
  readonly scale: number;
  readonly displacement: bigint;
  /** 67h prefix: the sum is cut to 32 bits. */
  readonly address32: boolean;
}
export interface ImmediateOperand {
  readonly kind: 'immediate';
  /** Sign-extended to 64 bits where the encoding says so. */
  readonly value: bigint;
  readonly size: number;
}
export interface BranchOperand {
  readonly kind: 'branch';
  readonly target: bigint;
  readonly size: number;
}
export type Operand =
  | RegisterOperand
  | VectorOperand
  | SpecialOperand
  | MemoryOperand
  | ImmediateOperand
  | BranchOperand;

/** How control leaves an instruction, as far as building regions cares. */
export type Flow = 'next' | 'jump' | 'branch' | 'leave';

export interface GuestInstruction {
  readonly address: bigint;
  readonly length: number;
  readonly next: bigint;
  readonly mnemonic: Mnemonic;
  readonly operands: readonly Operand[];
  readonly flow: Flow;
  readonly isCall: boolean;
  /** Pushes or pops. */
  readonly usesStack: boolean;
  /** 0..15 in encoding order; 0 when the instruction has none. */
  readonly condition: number;
  readonly repeat: 'none' | 'rep' | 'repne';
  readonly lock: boolean;
  /** Of the string forms' memory operands. */
  readonly address32: boolean;
  readonly segment: 'flat' | 'fs' | 'gs';
  /** Direct target of jump, branch or call. */
  readonly target: bigint | undefined;
  readonly bytes: Uint8Array;
}

export const mnemonicName = (mnemonic: Mnemonic): string =>
  (Mnemonic[mnemonic] ?? `mnemonic ${mnemonic}`).toLowerCase();

const memorySizes = new Map<number, number>();
function memorySizeOf(instruction: Instruction): number {
  const code = instruction.memorySize;
  let size = memorySizes.get(code);
  if (size === undefined) {
    size = MemorySizeExt.size(code);
    memorySizes.set(code, size);
  }
  return size;
}

function gprOperand(register: number): RegisterOperand | undefined {
  if (register < Register.AL || register > Register.R15) return undefined;
  if (register >= Register.RAX) return gpr(register - Register.RAX, 8);
  if (register >= Register.EAX) return gpr(register - Register.EAX, 4);
  if (register >= Register.AX) return gpr(register - Register.AX, 2);
  if (register >= Register.SPL) return gpr(register - Register.SPL + 4, 1);
  if (register >= Register.AH) return gpr(register - Register.AH, 1, true);
  return gpr(register - Register.AL, 1);
}
const gpr = (index: number, size: number, high = false): RegisterOperand => ({
  kind: 'register',
  index,
  size,
  high,
});

const registerOperands: Operand[] = Array.from({ length: 256 }, (_, register) => {
  const general = gprOperand(register);
  if (general !== undefined) return general;
  if (register >= Register.XMM0 && register <= Register.XMM15) {
    return { kind: 'vector', index: register - Register.XMM0, size: 16 };
  }
  const segment = register >= Register.ES && register <= Register.GS;
  return { kind: 'special', register, size: segment ? 2 : 8 };
});

const gprIndex = (register: Register): number | undefined => {
  const operand = gprOperand(register);
  return operand?.index;
};

function segmentOf(register: Register): 'flat' | 'fs' | 'gs' {
  if (register === Register.FS) return 'fs';
  return register === Register.GS ? 'gs' : 'flat';
}

function memoryOperand(from: Instruction): MemoryOperand {
  const base = from.memoryBase;
  const displacement = from.memoryDisplacement;
  const index = from.memoryIndex;
  return {
    kind: 'memory',
    size: memorySizeOf(from),
    segment: segmentOf(from.memorySegment),
    stack: from.memorySegment === Register.SS,
    base: gprIndex(base),
    index: gprIndex(index),
    scale: index === Register.None ? 1 : from.memoryIndexScale,
    displacement,
    address32: uses32BitAddress(base, index, from),
  };
}

function uses32BitAddress(base: Register, index: Register, from: Instruction): boolean {
  const narrow = (register: Register): boolean =>
    (register >= Register.EAX && register <= Register.R15D) || register === Register.EIP;
  if (base !== Register.None || index !== Register.None) return narrow(base) || narrow(index);
  return from.memoryDisplSize === 4 && from.memoryDisplacement <= 0xffff_ffffn;
}

const IMMEDIATE_SIZE = new Map<OpKind, number>([
  [OpKind.Immediate8, 1],
  [OpKind.Immediate8_2nd, 1],
  [OpKind.Immediate16, 2],
  [OpKind.Immediate32, 4],
  [OpKind.Immediate64, 8],
  [OpKind.Immediate8to16, 2],
  [OpKind.Immediate8to32, 4],
  [OpKind.Immediate8to64, 8],
  [OpKind.Immediate32to64, 8],
]);

function stringOperand(from: Instruction, kind: OpKind): MemoryOperand {
  const source = kind <= OpKind.MemorySegRDI;
  const destination = kind >= OpKind.MemorySegDI;
  return {
    kind: 'memory',
    size: memorySizeOf(from),
    segment: source ? segmentOf(from.memorySegment) : 'flat',
    stack: false,
    base: destination ? 7 : 6,
    index: undefined,
    scale: 1,
    displacement: 0n,
    address32: is32BitString(kind),
  };
}

const is32BitString = (kind: OpKind): boolean =>
  kind === OpKind.MemorySegESI || kind === OpKind.MemorySegEDI || kind === OpKind.MemoryESEDI;

function operandOf(from: Instruction, i: number): Operand {
  const kind = from.opKind(i);
  if (kind === OpKind.Register) {
    return registerOperands[from.opRegister(i)] ?? { kind: 'special', register: 0, size: 0 };
  }
  if (kind === OpKind.Memory) return memoryOperand(from);
  if (kind >= OpKind.MemorySegSI) return stringOperand(from, kind);
  if (kind >= OpKind.NearBranch16 && kind <= OpKind.NearBranch64) {
    return { kind: 'branch', target: from.nearBranchTarget, size: 8 };
  }
  const size = IMMEDIATE_SIZE.get(kind);
  if (size === undefined) return { kind: 'special', register: Register.None, size: 0 };
  return { kind: 'immediate', value: from.immediate(i), size };
}

function flowOf(from: Instruction): Flow {
  switch (from.flowControl) {
    case FlowControl.Next:
      return 'next';
    case FlowControl.UnconditionalBranch:
      return from.op0Kind === OpKind.NearBranch64 ? 'jump' : 'leave';
    case FlowControl.ConditionalBranch:
      return 'branch';
    default:
      return 'leave';
  }
}

/** Lent to the decoder for every instruction, as each one made would have to be freed. */
const scratch = new Instruction();

/** Decodes at the decoder's position. */
export function decodeNext(decoder: Decoder, code: Uint8Array): GuestInstruction {
  const position = decoder.position;
  decoder.decodeOut(scratch);
  const count = scratch.opCount;
  const operands: Operand[] = [];
  for (let i = 0; i < count; i++) operands.push(operandOf(scratch, i));
  const address = scratch.ip;
  const flow = flowOf(scratch);
  const [first] = operands;
  const condition = scratch.conditionCode;
  return {
    address,
    length: scratch.length,
    next: scratch.nextIP,
    mnemonic: scratch.mnemonic,
    operands,
    flow,
    isCall: isCall(scratch.flowControl),
    usesStack: scratch.isStackInstruction,
    condition: condition === 0 ? 0 : condition - 1,
    repeat: repeatOf(scratch),
    lock: scratch.hasLockPrefix,
    address32: operands.some((operand) => operand.kind === 'memory' && operand.address32),
    segment: segmentOf(scratch.memorySegment),
    target: first?.kind === 'branch' ? first.target : undefined,
    bytes: code.slice(position, position + scratch.length),
  };
}

const isCall = (flow: FlowControl): boolean =>
  flow === FlowControl.Call || flow === FlowControl.IndirectCall;

function repeatOf(from: Instruction): 'none' | 'rep' | 'repne' {
  if (from.hasRepnePrefix) return 'repne';
  return from.hasRepPrefix ? 'rep' : 'none';
}
