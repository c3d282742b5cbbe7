/** The frame of a region's function: registers in locals, loaded on entry and spilled at its one way out. */
import { LEAVE } from './helpers.ts';
import { STATE } from './state.ts';
import { CodeWriter, type Label, type Local } from './wasm/code-writer.ts';
import {
  constI32,
  constI64,
  type Expr,
  type I32,
  type I64,
  LOAD,
  load,
  STORE,
  type ValueType,
} from './wasm/expression.ts';
import { extendS, i32, i64 } from './wasm/integer.ts';

export const HOST_ZERO = constI32(0);

/** A register kept in a local: where it lives in the state, and whether the region changes it. */
interface Cached {
  readonly local: Local;
  readonly field: number;
  written: boolean;
}

const LOAD_OF = { i32: LOAD.i32, i64: LOAD.i64, v128: LOAD.v128, f32: LOAD.f32, f64: LOAD.f64 };
const STORE_OF = {
  i32: STORE.i32,
  i64: STORE.i64,
  v128: STORE.v128,
  f32: STORE.f32,
  f64: STORE.f64,
};

export class RegionFrame {
  readonly writer = new CodeWriter();
  readonly #base: bigint;
  readonly #cached = new Map<number, Cached>();
  readonly #free = new Map<ValueType, Local[]>();
  readonly #remaining = this.writer.local('i32');
  /** Instructions of the running block done when it leaves early. */
  readonly #done = this.writer.local('i32');
  /** RIP to leave with, relative to the region's address. */
  readonly #at = this.writer.local('i32');
  /** What the function returns: the next RIP, or a leave code. */
  readonly #result = this.writer.local('i64');
  readonly #leave: Label;
  readonly #leaveAt: Label;
  readonly #slow: Label;

  constructor(base: bigint) {
    this.#base = base;
    this.#leave = this.writer.block();
    this.#leaveAt = this.writer.block();
    this.#slow = this.writer.block();
  }

  /** A state field as a local. */
  field<T extends ValueType>(type: T, field: number): Local<T> {
    return this.#cache(type, field).local as Local<T>;
  }

  /** As `field`, for one that the region changes. */
  writtenField<T extends ValueType>(type: T, field: number): Local<T> {
    const cached = this.#cache(type, field);
    cached.written = true;
    return cached.local as Local<T>;
  }

  gpr(index: number): Local<'i64'> {
    return this.field('i64', STATE.gpr + index * 8);
  }
  writtenGpr(index: number): Local<'i64'> {
    return this.writtenField('i64', STATE.gpr + index * 8);
  }
  xmm(index: number): Local<'v128'> {
    return this.field('v128', STATE.xmm + index * 16);
  }
  writtenXmm(index: number): Local<'v128'> {
    return this.writtenField('v128', STATE.xmm + index * 16);
  }

  /** A local for a passing value; give it back with `release`. */
  temporary<T extends ValueType>(type: T): Local<T> {
    const free = this.#free.get(type)?.pop();
    return (free ?? this.writer.local(type)) as Local<T>;
  }
  release(local: Local): void {
    const list = this.#free.get(local.type);
    if (list === undefined) this.#free.set(local.type, [local]);
    else list.push(local);
  }

  /** Counts instructions of a finished block. */
  retire(count: number): void {
    this.writer.set(this.#remaining, i32.sub(this.#remaining.get, constI32(count)));
  }

  /** Takes the slice anew from the state, which a helper may have shortened. */
  reloadRemaining(): void {
    this.writer.set(this.#remaining, load('i32', LOAD.i32, HOST_ZERO, STATE.remaining));
  }

  /** Stops before `address` when fewer than `needed` instructions remain, `done` of them not yet counted. */
  checkLimit(needed: number, address: bigint, done: number): void {
    const { writer } = this;
    writer.if(i32.ltS(this.#remaining.get, constI32(needed)));
    this.retire(done);
    this.#store(STATE.rip, constI64(address));
    writer.set(this.#result, constI64(BigInt(LEAVE.limit)));
    writer.br(this.#leave);
    writer.end();
  }

  /** Stops to have the instruction at `address` run the slow way; `done` before it in its block are counted. */
  bail(address: bigint, done: number): void {
    const { writer } = this;
    writer.set(this.#at, this.#relative(address));
    writer.set(this.#done, constI32(done));
    writer.br(this.#slow);
  }

  /** Control goes on at a known address. */
  leaveTo(address: bigint): void {
    this.writer.set(this.#at, this.#relative(address));
    this.writer.br(this.#leaveAt);
  }

  /** Control goes on at a computed address. */
  leaveThrough(address: I64): void {
    this.writer.set(this.#result, address);
    this.writer.br(this.#leave);
  }

  /** Returns at once, leaving the state as it was on entry. */
  abandon(code: number): void {
    this.writer.return(constI64(BigInt(code)));
  }

  /** The function body. */
  finish(): Uint8Array {
    const { writer } = this;
    const address = i64.add(constI64(this.#base), extendS(this.#at.get));
    writer.unreachable();
    writer.end();
    writer.set(this.#remaining, i32.sub(this.#remaining.get, this.#done.get));
    this.#store(STATE.rip, address);
    writer.set(this.#result, constI64(BigInt(LEAVE.slow)));
    writer.br(this.#leave);
    writer.end();
    writer.set(this.#result, address);
    writer.end();
    for (const { local, field, written } of this.#cached.values()) {
      if (written) this.#store(field, local.get);
    }
    this.#store(STATE.remaining, this.#remaining.get);
    writer.push(this.#result.get);
    return writer.finish(this.#prologue());
  }

  #prologue(): CodeWriter {
    const prologue = new CodeWriter();
    prologue.set(this.#remaining, load('i32', LOAD.i32, HOST_ZERO, STATE.remaining));
    for (const { local, field } of this.#cached.values()) {
      prologue.set(local, load(local.type, LOAD_OF[local.type], HOST_ZERO, field));
    }
    return prologue;
  }

  #store(field: number, value: Expr): void {
    this.writer.store(STORE_OF[value.type], HOST_ZERO, value, field);
  }

  #cache(type: ValueType, field: number): Cached {
    let cached = this.#cached.get(field);
    if (cached === undefined) {
      cached = { local: this.writer.local(type), field, written: false };
      this.#cached.set(field, cached);
    }
    return cached;
  }

  #relative(address: bigint): I32 {
    return constI32(Number(BigInt.asIntN(32, address - this.#base)));
  }
}
