/** Control registers, model-specific registers and other matters between kernel and processor. */
import { Mnemonic, Register } from 'iced-x86';
import { va } from '../../units/address.ts';
import type { GuestInstruction, Operand } from '../decode.ts';
import type { Exit } from '../exit.ts';
import type { Host } from '../host.ts';
import { instruction } from '../instruction.ts';
import { linearAddress } from '../linear-address.ts';
import { type Execute, kernelOnly, protectionFault } from '../privilege.ts';
import { STATE } from '../state.ts';

const [RAX, RCX, RDX, RBX, RBP] = [0, 1, 2, 3, 5];
const MASK32 = 0xffff_ffffn;

const low32 = (host: Host, register: number): number => Number(host.state.gpr(register) & MASK32);

function setPair(host: Host, value: bigint): void {
  host.state.setGpr(RAX, value & MASK32);
  host.state.setGpr(RDX, BigInt.asUintN(64, value) >> 32n);
}

const pair = (host: Host): bigint =>
  ((host.state.gpr(RDX) & MASK32) << 32n) | (host.state.gpr(RAX) & MASK32);

const CONTROL_FIELDS = new Map<Register, number>([
  [Register.CR0, STATE.cr0],
  [Register.CR2, STATE.cr2],
  [Register.CR3, STATE.cr3],
  [Register.CR4, STATE.cr4],
  [Register.CR8, STATE.cr8],
]);

const isSegment = (register: Register): boolean =>
  register >= Register.ES && register <= Register.GS;

/** MOV with a control or segment register; debug registers read as after reset. */
function readSpecial(host: Host, register: Register): bigint | undefined {
  if (isSegment(register)) return BigInt(host.state.selector(register - Register.ES));
  const field = CONTROL_FIELDS.get(register);
  if (field !== undefined) return host.state.get(field);
  if (register === Register.DR6) return 0xffff_0ff0n;
  if (register === Register.DR7) return 0x400n;
  return register >= Register.DR0 && register <= Register.DR3 ? 0n : undefined;
}

/** What these switch on and off, or the address space they name, is fixed here. */
const FIXED: readonly Register[] = [Register.CR0, Register.CR3, Register.CR4];

function writeSpecial(
  host: Host,
  guest: GuestInstruction,
  register: Register,
  value: bigint,
): Exit | undefined {
  const { state } = host;
  if (isSegment(register)) {
    state.setSelector(register - Register.ES, Number(value & 0xffffn));
    return undefined;
  }
  const field = CONTROL_FIELDS.get(register);
  if (field === undefined) return undefined;
  const before = state.get(field);
  if (FIXED.includes(register) && value !== before) return newValue(host, guest, register, value);
  state.set(field, value);
  if (field === STATE.cr3) host.mmu.flushAll();
  return field === STATE.cr8 && value < before ? { kind: 'cr8' } : undefined;
}

function newValue(
  { state }: Host,
  guest: GuestInstruction,
  register: Register,
  value: bigint,
): Exit {
  state.rip = guest.address;
  const name = Register[register] ?? 'a control register';
  return {
    kind: 'not-modelled',
    mnemonic: `that changes ${name} to 0x${value.toString(16)}`,
    bytes: guest.bytes,
    address: va(guest.address),
  };
}

/** Registers are written whole but for 16-bit operands. */
function writeOperand(host: Host, operand: Operand, value: bigint): void {
  const { state, mmu } = host;
  if (operand.kind === 'memory') {
    mmu.write(linearAddress(host.state, operand), 2, value & 0xffffn);
  } else if (operand.kind === 'register') {
    const kept = operand.size === 2 ? state.gpr(operand.index) & ~0xffffn : 0n;
    state.setGpr(operand.index, kept | BigInt.asUintN(operand.size * 8, value));
  }
}

function readOperand(host: Host, operand: Operand): bigint {
  if (operand.kind === 'memory') return host.mmu.read(linearAddress(host.state, operand), 2);
  return operand.kind === 'register' ? host.state.gpr(operand.index) : 0n;
}

const needsKernel = (operand: Operand): boolean =>
  operand.kind === 'special' && !isSegment(operand.register);

const moveSpecial: Execute = (host, guest) => {
  const [target, source] = guest.operands;
  if (target === undefined || source === undefined) return undefined;
  if (host.mmu.userMode && (needsKernel(target) || needsKernel(source))) {
    return protectionFault(host, guest);
  }
  if (target.kind === 'special') {
    return writeSpecial(host, guest, target.register, readOperand(host, source));
  }
  if (source.kind !== 'special') return undefined;
  const value = readSpecial(host, source.register);
  if (value === undefined) return protectionFault(host, guest);
  writeOperand(host, target, value);
  return undefined;
};

export const systemMoveRows = [
  instruction({ names: [Mnemonic.Mov], execute: moveSpecial }),
  instruction({
    names: [Mnemonic.Push],
    execute(host, { operands }) {
      const [source] = operands;
      const { state, mmu } = host;
      if (source?.kind !== 'special') return undefined;
      mmu.write(va(state.rsp - 8n), 8, readSpecial(host, source.register) ?? 0n);
      state.rsp = state.rsp - 8n;
      return undefined;
    },
  }),
  instruction({
    names: [Mnemonic.Pop],
    execute(host, guest) {
      const [target] = guest.operands;
      const { state, mmu } = host;
      if (target?.kind !== 'special') return undefined;
      writeSpecial(host, guest, target.register, mmu.read(state.rsp, 8));
      state.rsp = state.rsp + 8n;
      return undefined;
    },
  }),
];

function enterFrame(host: Host, { operands }: GuestInstruction): Exit | undefined {
  const [bytes = 0n, level = 0n] = operands.map((operand) =>
    operand.kind === 'immediate' ? operand.value : 0n,
  );
  const { state, mmu } = host;
  const depth = Number(level & 31n);
  const frame = va(state.rsp - 8n);
  let top = frame;
  mmu.write(top, 8, state.gpr(RBP));
  for (let i = 1; i <= depth; i++) {
    const link = i === depth ? frame : mmu.read(va(state.gpr(RBP) - BigInt(8 * i)), 8);
    top = va(top - 8n);
    mmu.write(top, 8, link);
  }
  const rsp = va(top - BigInt.asUintN(16, bytes));
  // The instruction checks that the new stack top may be written (SDM vol. 2, ENTER).
  mmu.probe(rsp, 8, 'write');
  state.setGpr(RBP, frame);
  state.rsp = rsp;
  return undefined;
}

export const systemRows = [
  instruction({
    names: [Mnemonic.Cpuid],
    execute(host) {
      const { eax, ebx, ecx, edx } = host.environment.cpuid(low32(host, RAX), low32(host, RCX));
      const results = [eax, ecx, edx, ebx];
      [RAX, RCX, RDX, RBX].forEach((register, i) => {
        host.state.setGpr(register, BigInt((results[i] ?? 0) >>> 0));
      });
      return undefined;
    },
  }),
  instruction({
    names: [Mnemonic.Rdtsc, Mnemonic.Rdtscp],
    execute(host, { mnemonic }) {
      setPair(host, host.environment.timestamp());
      if (mnemonic === Mnemonic.Rdtscp) host.state.setGpr(RCX, 0n);
      return undefined;
    },
  }),
  instruction({
    names: [Mnemonic.Rdpmc],
    execute: kernelOnly((host) => {
      setPair(host, host.environment.timestamp());
      return undefined;
    }),
  }),
  instruction({
    names: [Mnemonic.Rdmsr],
    execute: kernelOnly((host, guest) => {
      const value = host.environment.readMsr(low32(host, RCX));
      if (value === undefined) return protectionFault(host, guest);
      setPair(host, value);
      return undefined;
    }),
  }),
  instruction({
    names: [Mnemonic.Wrmsr],
    execute: kernelOnly((host, guest) =>
      host.environment.writeMsr(low32(host, RCX), pair(host))
        ? undefined
        : protectionFault(host, guest),
    ),
  }),
  instruction({
    names: [Mnemonic.Xgetbv],
    execute(host, guest) {
      // XCR0: x87 and SSE.
      if (low32(host, RCX) !== 0) return protectionFault(host, guest);
      setPair(host, 3n);
      return undefined;
    },
  }),
  instruction({
    names: [Mnemonic.Swapgs],
    execute: kernelOnly(({ state }) => {
      const kernel = state.get(STATE.kernelGsBase);
      state.set(STATE.kernelGsBase, state.gsBase);
      state.gsBase = kernel;
      return undefined;
    }),
  }),
  instruction({
    names: [Mnemonic.Invlpg],
    execute: kernelOnly((host, { operands }) => {
      const [operand] = operands;
      if (operand?.kind === 'memory')
        host.mmu.flushPage(va(linearAddress(host.state, operand) & ~0xfffn));
      return undefined;
    }),
  }),
  instruction({
    names: [Mnemonic.Wbinvd, Mnemonic.Invd, Mnemonic.Clts],
    execute: kernelOnly(() => undefined),
  }),
  instruction({
    names: [
      Mnemonic.Lfence,
      Mnemonic.Sfence,
      Mnemonic.Mfence,
      Mnemonic.Clflush,
      Mnemonic.Clflushopt,
    ],
    lower() {},
  }),
  instruction({
    names: [
      Mnemonic.Prefetch,
      Mnemonic.Prefetchnta,
      Mnemonic.Prefetcht0,
      Mnemonic.Prefetcht1,
      Mnemonic.Prefetcht2,
      Mnemonic.Prefetchw,
      Mnemonic.Reservednop,
    ],
    lower() {},
  }),
  instruction({ names: [Mnemonic.Enter], execute: enterFrame }),
];
