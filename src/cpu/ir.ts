/** The vocabulary of the rows: operands, flags and control, translated as they are said. */

import { assert } from '../units/errors.ts';
import type { GuestInstruction, MemoryOperand, Operand, RegisterOperand } from './decode.ts';
import { conditionOf, type Flags, flagsOf, wordFlags, wordOf } from './flag-expressions.ts';
import { CARRY_APART, FLAGS_RAW, type FlagOperation, flagCode, operationOf } from './flag-thunk.ts';
import { helperIndex } from './helpers.ts';
import type { Intent, MemoryPath, Place } from './memory-access.ts';
import { HOST_ZERO, type RegionFrame } from './region-frame.ts';
import { RSP, STATE } from './state.ts';
import type { Local } from './wasm/code-writer.ts';
import {
  call,
  constI32,
  constI64,
  type Expr,
  type I32,
  type I64,
  i64Value,
  LOAD,
  load,
  STORE,
  select,
  type ValueType,
} from './wasm/expression.ts';
import { extendU, i32, i64, wrap } from './wasm/integer.ts';
import { type Int, type Width, widthOf } from './width.ts';

/** Where control goes after the instruction, when it leaves the region. */
type Departure =
  | { readonly kind: 'direct'; readonly target: bigint }
  | { readonly kind: 'computed'; readonly target: Local<'i64'> };

interface Thunk {
  readonly code: I32;
  readonly known: number | undefined;
  readonly a: I64;
  readonly b: I64 | undefined;
  readonly c: I64 | undefined;
}

/** Register writes and flags take effect together when the instruction is finished, after its memory accesses. */
export class Ir {
  readonly frame: RegionFrame;
  /** Operation of the flag thunk, where every way here agrees on it. */
  knownFlags: number | undefined;
  departure: Departure | undefined;
  #memory: MemoryPath | undefined;
  #instruction: GuestInstruction | undefined;
  /** Status flags that something after this instruction may look at. */
  #flagsNeeded = 0;
  #raise: (condition: I32, code: number) => void = () => {};
  readonly #writes = new Map<Local, Expr>();
  #thunk: Thunk | undefined;
  readonly #temporaries: Local[] = [];

  constructor(frame: RegionFrame) {
    this.frame = frame;
  }

  begin(
    instruction: GuestInstruction,
    flagsNeeded: number,
    memory: MemoryPath,
    raise: (condition: I32, code: number) => void,
  ): void {
    this.#instruction = instruction;
    this.#flagsNeeded = flagsNeeded;
    this.#memory = memory;
    this.#raise = raise;
    this.departure = undefined;
  }

  /** Makes register and flag writes take effect. */
  commit(): void {
    const assignments: [Local, Expr][] = [...this.#writes];
    const thunk = this.#thunk;
    if (thunk !== undefined) {
      const written = (type: 'i32' | 'i64', field: number): Local =>
        this.frame.writtenField(type, field);
      if (thunk.known === undefined || thunk.known !== this.knownFlags) {
        assignments.push([written('i32', STATE.flagOp), thunk.code]);
      }
      assignments.push([written('i64', STATE.flagA), thunk.a]);
      if (thunk.b !== undefined) assignments.push([written('i64', STATE.flagB), thunk.b]);
      if (thunk.c !== undefined) assignments.push([written('i64', STATE.flagC), thunk.c]);
      this.knownFlags = thunk.known;
    }
    this.frame.writer.setAll(assignments);
    this.#writes.clear();
    this.#thunk = undefined;
  }

  /** Gives the instruction's temporaries back. */
  finish(): void {
    for (const local of this.#temporaries) this.frame.release(local);
    this.#temporaries.length = 0;
  }

  get instruction(): GuestInstruction {
    assert(this.#instruction !== undefined, 'a row runs inside an instruction');
    return this.#instruction;
  }

  get hasPendingWrites(): boolean {
    return this.#writes.size > 0 || this.#thunk !== undefined;
  }

  // Values

  temporary<T extends ValueType>(type: T): Local<T> {
    const local = this.frame.temporary(type);
    this.#temporaries.push(local);
    return local;
  }

  /** Evaluates now; the result may be used many times. */
  keep<T extends ValueType>(value: Expr<T>): Expr<T> {
    return this.keepLocal(value).get;
  }
  keepInt(value: Int): Int {
    return this.keep<'i32' | 'i64'>(value) as Int;
  }
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
    return this.frame.gpr(index).get;
  }
  setGpr(index: number, value: I64): void {
    this.#writes.set(this.frame.writtenGpr(index), value);
  }
  /** What the register will hold so far. */
  pendingGpr(index: number): I64 {
    const local = this.frame.gpr(index);
    return (this.#writes.get(local) ?? local.get) as I64;
  }
  /** A register at some size. */
  register(index: number, size: number): RegisterOperand {
    return { kind: 'register', index, size, high: false };
  }

  // Memory

  open(operand: MemoryOperand, intent: Intent): Place {
    return this.openAt(this.keepLocal(this.address(operand)), operand.size, intent);
  }
  openAt(address: Local<'i64'>, bytes: number, intent: Intent): Place {
    assert(this.#memory !== undefined, 'memory is accessed inside an instruction');
    return this.#memory.open(address, bytes, intent);
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
    const top = this.keepLocal(i64.sub(this.gpr(RSP), constI64(BigInt(size))));
    this.openAt(top, size, 'write').store(w, value);
    this.setGpr(RSP, top.get);
  }
  pop(size: number): Int {
    const w = widthOf(size);
    const value = this.keepInt(this.openAt(this.frame.gpr(RSP), size, 'read').load(w));
    this.setGpr(RSP, i64.add(this.gpr(RSP), constI64(BigInt(size))));
    return value;
  }

  // Flags

  /** The flags after `operation` on fitting operands; nothing is emitted when no one can look. */
  setFlags(operation: FlagOperation, w: Width, a: Int, b?: Int, c?: I64): void {
    if (this.#flagsNeeded === 0) return;
    const code = flagCode(operation, w.size);
    const wide = (value: Int | undefined): I64 | undefined =>
      value === undefined ? undefined : w.toI64(value);
    this.#thunk = { code: constI32(code), known: code, a: w.toI64(a), b: wide(b), c };
  }

  /** As `setFlags` where `condition` holds; otherwise the flags stay. */
  setFlagsIf(condition: I32, operation: FlagOperation, w: Width, a: Int, b: Int): void {
    if (this.#flagsNeeded === 0) return;
    const code = constI32(flagCode(operation, w.size));
    this.#thunk = {
      code: select(condition, code, this.#flag('i32', STATE.flagOp)),
      known: undefined,
      a: select(condition, w.toI64(a), this.#flag('i64', STATE.flagA)),
      b: select(condition, w.toI64(b), this.#flag('i64', STATE.flagB)),
      c: undefined,
    };
  }

  /** Sets all six from a word. */
  setFlagsWord(word: I32): void {
    if (this.#flagsNeeded === 0) return;
    this.#thunk = {
      code: constI32(FLAGS_RAW),
      known: FLAGS_RAW,
      a: extendU(word),
      b: undefined,
      c: undefined,
    };
  }

  /** Changes CF alone. */
  setCarry(carry: I32): void {
    const known = this.knownFlags;
    if (known === undefined || usesThirdOperand(known)) {
      this.setFlagsWord(i32.or(i32.and(this.flagsWord(), constI32(~1)), carry));
      return;
    }
    if (this.#flagsNeeded === 0) return;
    const code = known | CARRY_APART;
    const a = this.#flag('i64', STATE.flagA);
    this.#thunk = { code: constI32(code), known: code, a, b: undefined, c: extendU(carry) };
  }

  /** The flags before this instruction. */
  flags(): Flags {
    const known = this.knownFlags;
    return known === undefined ? wordFlags(this.keep(this.flagsWord())) : this.#knownFlags(known);
  }

  flagsWord(): I32 {
    const known = this.knownFlags;
    if (known !== undefined) return wordOf(this.#knownFlags(known));
    const a = this.#flag('i64', STATE.flagA);
    const b = this.#flag('i64', STATE.flagB);
    const c = this.#flag('i64', STATE.flagC);
    return call('i32', helperIndex('flagsWord'), this.#flag('i32', STATE.flagOp), a, b, c);
  }

  /** The flags word that an operation on one value would leave. */
  flagsWordOf(operation: FlagOperation, w: Width, a: Int): I32 {
    const zero = constI64(0n);
    return wordOf(flagsOf(flagCode(operation, w.size), { a: w.toI64(a), b: zero, c: zero }));
  }

  /** DF, IF and their kin live in the state alone. */
  setSystemFlags(value: I32): void {
    this.frame.writer.store(STORE.i32, HOST_ZERO, value, STATE.systemFlags);
  }

  condition(code: number): I32 {
    return conditionOf(this.flags(), code);
  }

  flagsMatter(mask: number): boolean {
    return (this.#flagsNeeded & mask) !== 0;
  }

  // Control

  /** Raises an exception of the running instruction when the condition holds. */
  raiseIf(condition: I32, code: number): void {
    this.#raise(condition, code);
  }

  /** Control goes to a known address outside the region. */
  leaveTo(target: bigint): void {
    this.departure = { kind: 'direct', target };
  }
  leaveThrough(target: I64): void {
    const known = i64Value(target);
    this.departure =
      known === undefined
        ? { kind: 'computed', target: this.keepLocal(target) }
        : { kind: 'direct', target: known };
  }

  #knownFlags(code: number): Flags {
    const a = this.#flag('i64', STATE.flagA);
    const b = this.#flag('i64', STATE.flagB);
    return flagsOf(code, { a, b, c: this.#flag('i64', STATE.flagC) });
  }

  #flag<T extends 'i32' | 'i64'>(type: T, field: number): Expr<T> {
    return this.frame.field(type, field).get;
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

const usesThirdOperand = (code: number): boolean =>
  code !== FLAGS_RAW &&
  (code & CARRY_APART) === 0 &&
  (operationOf(code) === 'adc' || operationOf(code) === 'sbb');

const notAnInteger = (kind: string): Error => new TypeError(`a ${kind} operand is not an integer`);
