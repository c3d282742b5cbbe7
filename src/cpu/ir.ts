/** The vocabulary of the rows: operands, flags and control, translated as they are said. */

import { assert } from '../units/errors.ts';
import type { GuestInstruction, MemoryOperand, Operand, RegisterOperand } from './decode.ts';
import { FlagTracker } from './flag-tracker.ts';
import { LEAVE } from './helpers.ts';
import type { Intent, MemoryPath, Place } from './memory-access.ts';
import type { Field } from './node-code.ts';
import { HOST_ZERO, type RegionFrame } from './region-frame.ts';
import { RSP, STATE } from './state.ts';
import type { Local } from './wasm/code-writer.ts';
import {
  constI32,
  constI64,
  type Expr,
  type I32,
  type I64,
  i64Value,
  isLocal,
  LOAD,
  load,
  STORE,
  type V128,
  type ValueType,
} from './wasm/expression.ts';
import { extendU, i32, i64, wrap } from './wasm/integer.ts';
import { i64x2, lowI64 } from './wasm/vector.ts';
import { type Int, type Width, widthOf } from './width.ts';

/** Where control goes after the instruction, when it leaves the region. */
type Departure =
  | { readonly kind: 'direct'; readonly target: bigint }
  | { readonly kind: 'computed'; readonly target: Local<'i64'> };

/** How the running instruction reaches memory and stops halfway. */
export interface InstructionPlace {
  readonly memory: MemoryPath;
  /** In a single region, whose rare cases may call helpers; elsewhere they leave for it. */
  readonly single: boolean;
  /** Raises an exception, or leaves for the single region that will. */
  readonly raise: (condition: I32, code: number) => void;
}

/** Register writes and flags take effect together when the instruction is finished, after its memory accesses. */
export class Ir {
  readonly frame: RegionFrame;
  readonly flags: FlagTracker;
  departure: Departure | undefined;
  #place: InstructionPlace | undefined;
  #instruction: GuestInstruction | undefined;
  readonly #writes = new Map<Field, Expr>();
  readonly #temporaries: Local[] = [];

  constructor(frame: RegionFrame) {
    this.frame = frame;
    this.flags = new FlagTracker(frame, (value) => this.keep(value));
  }

  begin(instruction: GuestInstruction, flagsNeeded: number, place: InstructionPlace): void {
    this.#instruction = instruction;
    this.flags.begin(flagsNeeded);
    this.#place = place;
    this.departure = undefined;
  }

  /** Makes register and flag writes take effect. */
  commit(): void {
    const assignments = [...this.#writes, ...this.flags.take()];
    this.frame.writer.setAll(assignments.map(([field, value]) => [field.local, value]));
    for (const [field] of assignments) this.frame.wrote(field);
    this.#writes.clear();
  }

  /** Gives the instruction's temporaries back. */
  finish(): void {
    for (const local of this.#temporaries) this.frame.release(local);
    this.#temporaries.length = 0;
  }

  get place(): InstructionPlace {
    assert(this.#place !== undefined, 'a row runs inside an instruction');
    return this.#place;
  }
  get instruction(): GuestInstruction {
    assert(this.#instruction !== undefined, 'a row runs inside an instruction');
    return this.#instruction;
  }

  get hasPendingWrites(): boolean {
    return this.#writes.size > 0 || this.flags.pending;
  }

  // Values

  temporary<T extends ValueType>(type: T): Local<T> {
    const local = this.frame.temporary(type);
    this.#temporaries.push(local);
    return local;
  }

  /** Evaluates now; the result may be used many times until the instruction is finished. */
  keep<T extends ValueType>(value: Expr<T>): Expr<T> {
    return isLocal(value) ? value : this.keepLocal(value).get;
  }
  keepInt(value: Int): Int {
    return this.keep<'i32' | 'i64'>(value) as Int;
  }
  /** Also survives the instruction's own register writes. */
  keepLocal<T extends ValueType>(value: Expr<T>): Local<T> {
    const local = this.temporary(value.type);
    this.frame.writer.set(local, value);
    return local;
  }

  // Operands

  operand(i: number): Operand {
    const operand = this.instruction.operands[i];
    assert(operand !== undefined, 'the row asks for an operand its mnemonic has');
    return operand;
  }

  read(operand: Operand): Int {
    const w = widthOf(operand.size);
    switch (operand.kind) {
      case 'register':
        return this.#readRegister(operand, w);
      case 'immediate':
        return w.const(BigInt.asUintN(w.bits, operand.value));
      case 'memory':
        return this.keepInt(this.open(operand, 'read').load(w));
      case 'branch':
        return constI64(operand.target);
      default:
        throw notAnInteger(operand.kind);
    }
  }

  write(operand: Operand, value: Int): void {
    const w = widthOf(operand.size);
    if (operand.kind === 'register') this.#writeRegister(operand, w, value);
    else if (operand.kind === 'memory') this.open(operand, 'write').store(w, value);
    else throw notAnInteger(operand.kind);
  }

  /** Reads, changes and writes one operand; memory is checked for writing first. Returns the old value. */
  modify(operand: Operand, change: (old: Int) => Int): Int {
    if (operand.kind !== 'memory') {
      const old = this.read(operand);
      this.write(operand, change(old));
      return old;
    }
    const w = widthOf(operand.size);
    const place = this.open(operand, 'modify');
    const old = this.keepInt(place.load(w));
    place.store(w, change(old));
    return old;
  }

  /** An immediate operand's value. */
  immediate(i: number): bigint {
    const operand = this.operand(i);
    return operand.kind === 'immediate' ? operand.value : 0n;
  }

  gpr(index: number): I64 {
    return this.frame.read('i64', gprField(index));
  }
  setGpr(index: number, value: I64): void {
    this.#writes.set(this.frame.field('i64', gprField(index)), value);
  }
  /** What the register will hold so far. */
  pendingGpr(index: number): I64 {
    const pending = this.#writes.get(this.frame.field('i64', gprField(index)));
    return (pending as I64 | undefined) ?? this.gpr(index);
  }
  /** A register at some size. */
  register(index: number, size: number): RegisterOperand {
    return { kind: 'register', index, size, high: false };
  }

  /** A vector register, or memory of up to sixteen bytes with zeros above. */
  readVector(operand: Operand, alignment: 'aligned' | 'any' = 'any'): V128 {
    if (operand.kind === 'vector') return this.frame.read('v128', xmmField(operand.index));
    if (operand.kind !== 'memory') throw notAnInteger(operand.kind);
    if (operand.size < 16) {
      const w = widthOf(operand.size);
      return this.keep(lowI64(w.toI64(this.open(operand, 'read').load(w))));
    }
    return this.keep(this.#openVector(operand, 'read', alignment).loadVector());
  }

  /** The low bytes go to memory when the operand is smaller than a vector. */
  writeVector(operand: Operand, value: V128, alignment: 'aligned' | 'any' = 'any'): void {
    if (operand.kind === 'vector') {
      this.#writes.set(this.frame.field('v128', xmmField(operand.index)), value);
    } else if (operand.kind === 'memory' && operand.size < 16) {
      const w = widthOf(operand.size);
      this.open(operand, 'write').store(w, w.fromI64(i64x2.extract(value, 0)));
    } else if (operand.kind === 'memory') {
      this.#openVector(operand, 'write', alignment).storeVector(value);
    } else {
      throw notAnInteger(operand.kind);
    }
  }

  #openVector(operand: MemoryOperand, intent: Intent, alignment: 'aligned' | 'any'): Place {
    const address = this.keep(this.address(operand));
    if (alignment === 'aligned') {
      this.raiseIf(wrap(i64.and(address, constI64(15n))), LEAVE.protection);
    }
    return this.openAt(address, 16, intent);
  }

  // Memory

  open(operand: MemoryOperand, intent: Intent): Place {
    return this.openAt(this.keep(this.address(operand)), operand.size, intent);
  }
  openAt(address: I64, bytes: number, intent: Intent): Place {
    return this.place.memory.open(address, bytes, intent);
  }

  /** The linear address. */
  address(operand: MemoryOperand): I64 {
    return this.linear(operand.segment, this.effectiveAddress(operand));
  }
  linear(segment: MemoryOperand['segment'], offset: I64): I64 {
    if (segment === 'flat') return offset;
    const field = segment === 'fs' ? STATE.fsBase : STATE.gsBase;
    return i64.add(load('i64', LOAD.i64, HOST_ZERO, field), offset);
  }

  /** Base, index and displacement, without the segment. */
  effectiveAddress(operand: MemoryOperand): I64 {
    let sum: I64 = constI64(0n);
    if (operand.base !== undefined) sum = this.gpr(operand.base);
    if (operand.index !== undefined) {
      const index = this.gpr(operand.index);
      const shift = constI64(BigInt(31 - Math.clz32(operand.scale)));
      sum = i64.add(sum, operand.scale === 1 ? index : i64.shl(index, shift));
    }
    sum = i64.add(sum, constI64(operand.displacement));
    return operand.address32 ? extendU(wrap(sum)) : sum;
  }

  // Stack

  /** Stores a value below RSP; RSP moves when the instruction is done. */
  push(value: Int, size: number): void {
    const w = widthOf(size);
    const top = this.keep(i64.sub(this.gpr(RSP), constI64(BigInt(size))));
    this.openAt(top, size, 'write').store(w, value);
    this.setGpr(RSP, top);
  }
  pop(size: number): Int {
    const w = widthOf(size);
    const value = this.keepInt(this.openAt(this.gpr(RSP), size, 'read').load(w));
    this.setGpr(RSP, i64.add(this.gpr(RSP), constI64(BigInt(size))));
    return value;
  }

  /** DF, IF and their kin live in the state alone. */
  setSystemFlags(value: I32): void {
    this.frame.writer.store(STORE.i32, HOST_ZERO, value, STATE.systemFlags);
  }

  // Control

  /** Raises an exception of the running instruction when the condition holds. */
  raiseIf(condition: I32, code: number): void {
    this.place.raise(condition, code);
  }

  /**
   * Makes a rare case the single region's. A call in a loop, taken or not, costs V8 the registers of all
   * values that live across it.
   */
  leaveRareCase(condition: I32): void {
    if (!this.place.single) this.place.raise(condition, LEAVE.slow);
  }

  /** Control goes to a known address outside the region. */
  leaveTo(target: bigint): void {
    this.departure = { kind: 'direct', target };
  }
  leaveThrough(target: I64): void {
    const known = i64Value(target);
    if (known !== undefined) {
      this.leaveTo(known);
      return;
    }
    const address = this.keepLocal(target);
    this.raiseIf(isNonCanonical(address.get), LEAVE.protection);
    this.departure = { kind: 'computed', target: address };
  }

  #readRegister({ index, high }: RegisterOperand, w: Width): Int {
    const whole = this.gpr(index);
    if (w.size === 8) return whole;
    if (w.size === 4) return wrap(whole);
    const low = high ? i32.shrU(wrap(whole), constI32(8)) : wrap(whole);
    return w.cut(low);
  }

  /** 32-bit writes clear the upper half; smaller ones keep the rest. */
  #writeRegister({ index, high }: RegisterOperand, w: Width, value: Int): void {
    if (w.size >= 4) {
      this.setGpr(index, w.toI64(value));
      return;
    }
    const old = this.pendingGpr(index);
    const shift = high ? 8n : 0n;
    const mask = ((1n << BigInt(w.bits)) - 1n) << shift;
    const part = w.toI64(w.cut(value));
    const placed = high ? i64.shl(part, constI64(shift)) : part;
    this.setGpr(index, i64.or(i64.and(old, constI64(~mask)), placed));
  }
}

/** Bits 47 to 63 are not all alike. */
const isNonCanonical = (address: I64): I32 => {
  const top = i64.shrS(address, constI64(47n));
  return i64.gtU(i64.add(top, constI64(1n)), constI64(1n));
};

const gprField = (index: number): number => STATE.gpr + index * 8;
const xmmField = (index: number): number => STATE.xmm + index * 16;

const notAnInteger = (kind: string): Error => new TypeError(`a ${kind} operand is not an integer`);
