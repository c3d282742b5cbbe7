/** String instructions with a repeat prefix, done by the host a page's worth at a time: each such part counts as one instruction. */
import { Mnemonic } from 'iced-x86';
import type { AccessSize } from '../../memory/physical.ts';
import { byteOffset, PAGE_SIZE, type Va, va } from '../../units/address.ts';
import type { GuestInstruction, MemoryOperand } from '../decode.ts';
import type { PortSize } from '../environment.ts';
import { DF } from '../flag-thunk.ts';
import type { Host } from '../host.ts';
import { instruction } from '../instruction.ts';
import { type Execute, kernelOnly } from '../privilege.ts';

const [RAX, RCX, RDX] = [0, 1, 2];

/** Elements done before the instruction can be interrupted. */
const PART = 4096;

/** RSI or RDI as an element pointer. */
class Pointer {
  readonly #host: Host;
  readonly #register: number;
  readonly #mask: bigint;
  readonly #segmentBase: bigint;
  readonly #step: bigint;

  constructor(host: Host, { base = 0, address32, segment, size }: MemoryOperand) {
    this.#host = host;
    this.#register = base;
    this.#mask = address32 ? 0xffff_ffffn : 0xffff_ffff_ffff_ffffn;
    const { state } = host;
    this.#segmentBase = { flat: 0n, fs: state.fsBase, gs: state.gsBase }[segment];
    this.#step = BigInt((state.systemFlags & DF) === 0 ? size : -size);
  }

  get address(): Va {
    return va(this.#segmentBase + (this.#host.state.gpr(this.#register) & this.#mask));
  }

  advance(elements: number): void {
    const { state } = this.#host;
    const moved = state.gpr(this.#register) + this.#step * BigInt(elements);
    state.setGpr(this.#register, moved & this.#mask);
  }

  /** Whole elements from here to the end of the page, ascending only. */
  elementsInPage(): number {
    if (this.#step < 0n) return 0;
    return Math.floor((PAGE_SIZE - byteOffset(this.address)) / Number(this.#step));
  }
}

/** One part of a repeated instruction. */
class Repetition {
  readonly host: Host;
  readonly size: AccessSize;
  readonly #mask: bigint;

  constructor(host: Host, { address32, operands }: GuestInstruction) {
    this.host = host;
    const element = operands.find((operand) => operand.kind === 'memory');
    this.size = (element?.size ?? 1) as AccessSize;
    this.#mask = address32 ? 0xffff_ffffn : 0xffff_ffff_ffff_ffffn;
  }

  get count(): bigint {
    return this.host.state.gpr(RCX) & this.#mask;
  }

  /** How many elements this part may take. */
  limit(...runs: number[]): number {
    const bounded = this.count < BigInt(PART) ? Number(this.count) : PART;
    return Math.min(bounded, ...runs);
  }

  done(elements: number): void {
    this.host.state.setGpr(RCX, (this.count - BigInt(elements)) & this.#mask);
  }

  /** The accumulator at the element size. */
  get accumulator(): bigint {
    return BigInt.asUintN(this.size * 8, this.host.state.gpr(RAX));
  }
}

const pointerOf = (host: Host, { operands }: GuestInstruction, i: number): Pointer | undefined => {
  const operand = operands[i];
  return operand?.kind === 'memory' ? new Pointer(host, operand) : undefined;
};

/** Runs `part` unless the count is zero already; RIP stays while elements are left. */
const repeating =
  (part: (repetition: Repetition, instruction: GuestInstruction) => 'more' | 'done'): Execute =>
  (host, guest) => {
    const repetition = new Repetition(host, guest);
    if (repetition.count === 0n) return undefined;
    const left = part(repetition, guest);
    if (left === 'more' && repetition.count > 0n) host.state.rip = guest.address;
    return undefined;
  };

/** Element by element, so that a fault leaves the registers at the element it hit. */
function each(
  repetition: Repetition,
  pointers: readonly Pointer[],
  act: () => boolean,
): 'more' | 'done' {
  for (let left = repetition.limit(); left > 0; left--) {
    const goOn = act();
    for (const pointer of pointers) pointer.advance(1);
    repetition.done(1);
    if (!goOn) return 'done';
  }
  return 'more';
}

const move = repeating((repetition, guest) => {
  const { host, size } = repetition;
  const [to, from] = [pointerOf(host, guest, 0), pointerOf(host, guest, 1)];
  if (to === undefined || from === undefined) return 'done';
  const elements = repetition.limit(to.elementsInPage(), from.elementsInPage());
  const bytes = elements * size;
  const { mmu } = host;
  const source = elements > 1 ? mmu.directHost(from.address, bytes, 'read') : undefined;
  const target = source === undefined ? undefined : mmu.directHost(to.address, bytes, 'write');
  // Overlapping upwards repeats a pattern, which a block copy would not.
  const repeats =
    source !== undefined && target !== undefined && target > source && target < source + bytes;
  if (source === undefined || target === undefined || repeats) {
    return each(repetition, [to, from], () => {
      mmu.write(to.address, size, mmu.read(from.address, size));
      return true;
    });
  }
  mmu.physical.bytes.copyWithin(target, source, source + bytes);
  to.advance(elements);
  from.advance(elements);
  repetition.done(elements);
  return 'more';
});

const store = repeating((repetition, guest) => {
  const { host, size } = repetition;
  const to = pointerOf(host, guest, 0);
  if (to === undefined) return 'done';
  const elements = repetition.limit(to.elementsInPage());
  const { mmu } = host;
  const value = repetition.accumulator;
  const target = elements > 1 ? mmu.directHost(to.address, elements * size, 'write') : undefined;
  if (target === undefined) {
    return each(repetition, [to], () => {
      mmu.write(to.address, size, value);
      return true;
    });
  }
  fill(mmu.physical.bytes, target, elements * size, value, size);
  to.advance(elements);
  repetition.done(elements);
  return 'more';
});

function fill(bytes: Uint8Array, at: number, length: number, value: bigint, size: number): void {
  const pattern = Array.from({ length: size }, (_, i) => Number((value >> BigInt(i * 8)) & 0xffn));
  const [first = 0] = pattern;
  if (pattern.every((byte) => byte === first)) {
    bytes.fill(first, at, at + length);
    return;
  }
  bytes.set(pattern, at);
  for (let done = size; done < length; done *= 2) {
    bytes.copyWithin(at + done, at, at + Math.min(done, length - done));
  }
}

const loadLast = repeating((repetition, guest) => {
  const { host, size } = repetition;
  const from = pointerOf(host, guest, 1);
  if (from === undefined) return 'done';
  return each(repetition, [from], () => {
    const value = host.mmu.read(from.address, size);
    const bits = size * 8;
    const kept = size >= 4 ? 0n : (host.state.gpr(RAX) >> BigInt(bits)) << BigInt(bits);
    host.state.setGpr(RAX, kept | value);
    return true;
  });
});

/** REPE goes on while equal, REPNE while not. */
const compare = repeating((repetition, guest) => {
  const { host, size } = repetition;
  const left = pointerOf(host, guest, 0);
  const right = pointerOf(host, guest, 1);
  const pointers = [left, right].filter((pointer) => pointer !== undefined);
  const wanted = guest.repeat === 'rep';
  const read = (pointer: Pointer | undefined): bigint =>
    pointer === undefined ? repetition.accumulator : host.mmu.read(pointer.address, size);
  return each(repetition, pointers, () => {
    const a = read(left);
    const b = read(right);
    host.state.compare(size, a, b);
    return (a === b) === wanted;
  });
});

const input = repeating((repetition, guest) => {
  const { host, size } = repetition;
  const to = pointerOf(host, guest, 0);
  if (to === undefined) return 'done';
  const port = Number(host.state.gpr(RDX) & 0xffffn);
  return each(repetition, [to], () => {
    host.mmu.probe(to.address, size, 'write');
    const value = host.environment.portRead(port, size as PortSize);
    host.mmu.write(to.address, size, BigInt(value >>> 0));
    return true;
  });
});

const output = repeating((repetition, guest) => {
  const { host, size } = repetition;
  const from = pointerOf(host, guest, 1);
  if (from === undefined) return 'done';
  const port = Number(host.state.gpr(RDX) & 0xffffn);
  return each(repetition, [from], () => {
    const value = Number(host.mmu.read(from.address, size));
    host.environment.portWrite(port, size as PortSize, value);
    return true;
  });
});

export const repeatRows = [
  instruction({
    names: [Mnemonic.Movsb, Mnemonic.Movsw, Mnemonic.Movsd, Mnemonic.Movsq],
    execute: move,
  }),
  instruction({
    names: [Mnemonic.Stosb, Mnemonic.Stosw, Mnemonic.Stosd, Mnemonic.Stosq],
    execute: store,
  }),
  instruction({
    names: [Mnemonic.Lodsb, Mnemonic.Lodsw, Mnemonic.Lodsd, Mnemonic.Lodsq],
    execute: loadLast,
  }),
  instruction({
    names: [
      Mnemonic.Cmpsb,
      Mnemonic.Cmpsw,
      Mnemonic.Cmpsd,
      Mnemonic.Cmpsq,
      Mnemonic.Scasb,
      Mnemonic.Scasw,
      Mnemonic.Scasd,
      Mnemonic.Scasq,
    ],
    execute: compare,
  }),
  instruction({ names: [Mnemonic.Insb, Mnemonic.Insw, Mnemonic.Insd], execute: kernelOnly(input) }),
  instruction({
    names: [Mnemonic.Outsb, Mnemonic.Outsw, Mnemonic.Outsd],
    execute: kernelOnly(output),
  }),
];
