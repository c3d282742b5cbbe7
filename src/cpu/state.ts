/** CPU state in host memory: each field declared once, read by JavaScript here and by translated code. */
import { CPU_STATE_OFFSET } from '../memory/host-layout.ts';
import type { PhysicalMemory } from '../memory/physical.ts';
import { type Va, va } from '../units/address.ts';
import { FLAGS_RAW, flagCode, STATUS_FLAGS } from './flag-thunk.ts';

const at = (offset: number): number => CPU_STATE_OFFSET + offset;

/** Host offsets of the fields. */
export const STATE = {
  /** Sixteen u64: RAX RCX RDX RBX RSP RBP RSI RDI R8..R15. */
  gpr: at(0x00),
  rip: at(0x80),
  /** Lazy status flags: operation (i32) and its operands (i64), see flag-thunk.ts. */
  flagOp: at(0x88),
  flagA: at(0x90),
  flagB: at(0x98),
  flagC: at(0xa0),
  /** i32: instructions left in the slice that `run` granted. */
  remaining: at(0xa8),
  /** i32: RFLAGS without the status flags (DF, IF, TF, IOPL, NT, AC, ID). */
  systemFlags: at(0xac),
  /** i32: set by a memory helper whose access must not go on. */
  fault: at(0xb0),
  mxcsr: at(0xb8),
  fsBase: at(0xc0),
  gsBase: at(0xc8),
  kernelGsBase: at(0xd0),
  cr0: at(0xd8),
  cr2: at(0xe0),
  cr3: at(0xe8),
  cr4: at(0xf0),
  cr8: at(0xf8),
  /** Six i32 selectors: ES CS SS DS FS GS. */
  selectors: at(0x100),
  /** Sixteen 16-byte registers. */
  xmm: at(0x200),
} as const;

export const RSP = 4;
const GPR_COUNT = 16;
const XMM_BYTES = 16;
const VECTOR_BYTES = 16 * XMM_BYTES;
const SAVED_BYTES = 0x300;

/** DF, IF, TF, IOPL, NT, RF, AC, ID: what POPFQ may leave in the system part. */
const SYSTEM_FLAGS = 0x25_7700;
const ALWAYS_ONE = 2;

/** Registers, flags and vector state of one guest thread. */
export interface SavedContext {
  readonly bytes: Uint8Array;
}

export class CpuState {
  readonly #physical: PhysicalMemory;
  readonly #materialize: () => number;
  /** `instructions` when the running slice ends. */
  #sliceEnd = 0;
  #limit = Number.MAX_SAFE_INTEGER;

  /** `materialize` computes the status flags from the thunk fields. */
  constructor(physical: PhysicalMemory, materialize: () => number) {
    this.#physical = physical;
    this.#materialize = materialize;
    this.rflags = 0x202n;
    this.mxcsr = 0x1f80;
    this.#setI32(STATE.remaining, 0);
    // CR0: PE MP ET NE WP AM PG; CR4: PAE and OSFXSR/OSXMMEXCPT, as Windows leaves them.
    this.set(STATE.cr0, 0x8005_0033n);
    this.set(STATE.cr4, 0x0006_06f8n);
  }

  gpr(index: number): bigint {
    return this.get(STATE.gpr + index * 8);
  }
  setGpr(index: number, value: bigint): void {
    this.set(STATE.gpr + index * 8, value);
  }
  /** Every general register, in encoding order. */
  gprs(): bigint[] {
    const values: bigint[] = [];
    for (let i = 0; i < GPR_COUNT; i++) values.push(this.gpr(i));
    return values;
  }

  get rip(): Va {
    return va(this.get(STATE.rip));
  }
  set rip(value: bigint) {
    this.set(STATE.rip, value);
  }
  get rsp(): Va {
    return va(this.gpr(RSP));
  }
  set rsp(value: bigint) {
    this.setGpr(RSP, value);
  }

  get rflags(): bigint {
    return BigInt((this.#materialize() & STATUS_FLAGS) | this.systemFlags | ALWAYS_ONE);
  }
  set rflags(value: bigint) {
    const word = Number(value & 0xffff_ffffn) | 0;
    this.#setI32(STATE.flagOp, FLAGS_RAW);
    this.set(STATE.flagA, BigInt(word & STATUS_FLAGS));
    this.systemFlags = word & SYSTEM_FLAGS;
  }
  /** Leaves the status flags as a comparison of two values of `size` bytes would. */
  compare(size: number, a: bigint, b: bigint): void {
    this.#setI32(STATE.flagOp, flagCode('sub', size));
    this.set(STATE.flagA, a);
    this.set(STATE.flagB, b);
  }
  get systemFlags(): number {
    return this.#getI32(STATE.systemFlags);
  }
  set systemFlags(value: number) {
    this.#setI32(STATE.systemFlags, value);
  }

  /** All vector registers, one after the other. */
  get vectors(): Uint8Array {
    return this.#physical.bytes.slice(STATE.xmm, STATE.xmm + VECTOR_BYTES);
  }
  set vectors(value: Uint8Array) {
    this.#physical.bytes.set(value.subarray(0, VECTOR_BYTES), STATE.xmm);
  }
  xmm(index: number): Uint8Array {
    const start = STATE.xmm + index * XMM_BYTES;
    return this.#physical.bytes.slice(start, start + XMM_BYTES);
  }
  setXmm(index: number, value: Uint8Array): void {
    this.#physical.bytes.set(value.subarray(0, XMM_BYTES), STATE.xmm + index * XMM_BYTES);
  }

  get cr8(): number {
    return Number(this.get(STATE.cr8));
  }
  set cr8(value: number) {
    this.set(STATE.cr8, BigInt(value));
  }
  get fsBase(): Va {
    return va(this.get(STATE.fsBase));
  }
  set fsBase(value: bigint) {
    this.set(STATE.fsBase, value);
  }
  get gsBase(): Va {
    return va(this.get(STATE.gsBase));
  }
  set gsBase(value: bigint) {
    this.set(STATE.gsBase, value);
  }
  get mxcsr(): number {
    return this.#getI32(STATE.mxcsr);
  }
  set mxcsr(value: number) {
    this.#setI32(STATE.mxcsr, value);
  }
  /** 0..5: ES CS SS DS FS GS. */
  selector(index: number): number {
    return this.#getI32(STATE.selectors + index * 4);
  }
  setSelector(index: number, value: number): void {
    this.#setI32(STATE.selectors + index * 4, value & 0xffff);
  }

  /** Instructions completed since the machine started. */
  get instructions(): number {
    return this.#sliceEnd - this.remaining;
  }
  /** `run` stops when `instructions` reaches this. May be lowered while the CPU runs. */
  get limit(): number {
    return this.#limit;
  }
  set limit(value: number) {
    this.#limit = value;
    if (this.#sliceEnd > value) this.grant(value - this.instructions);
  }
  get remaining(): number {
    return this.#getI32(STATE.remaining);
  }
  /** Lets translated code run `count` more instructions before it must look again. */
  grant(count: number): void {
    this.#sliceEnd = this.instructions + count;
    this.#setI32(STATE.remaining, count);
  }
  /** Counts instructions that the host executed. */
  retire(count: number): void {
    this.#setI32(STATE.remaining, this.remaining - count);
  }

  save(): SavedContext {
    const bytes = this.#physical.bytes.slice(CPU_STATE_OFFSET, CPU_STATE_OFFSET + SAVED_BYTES);
    return { bytes };
  }
  /** Restores registers and flags; the instruction counter and CR0..CR8 are the processor's own. */
  restore(context: SavedContext): void {
    const own = [STATE.remaining, STATE.fault].map(
      (field) => [field, this.#getI32(field)] as const,
    );
    const control = [STATE.cr0, STATE.cr2, STATE.cr3, STATE.cr4, STATE.cr8].map(
      (field) => [field, this.get(field)] as const,
    );
    this.#physical.bytes.set(context.bytes, CPU_STATE_OFFSET);
    for (const [field, value] of own) this.#setI32(field, value);
    for (const [field, value] of control) this.set(field, value);
  }

  /** A u64 field by its offset. */
  get(field: number): bigint {
    return this.#physical.view.getBigUint64(field, true);
  }
  set(field: number, value: bigint): void {
    this.#physical.view.setBigUint64(field, BigInt.asUintN(64, value), true);
  }
  /** Tells translated code that a helper refused its access. */
  set refused(value: boolean) {
    this.#setI32(STATE.fault, value ? 1 : 0);
  }

  #getI32(field: number): number {
    return this.#physical.view.getInt32(field, true);
  }
  #setI32(field: number, value: number): void {
    this.#physical.view.setInt32(field, value, true);
  }
}
