/** The frame of a region's function: state fields in locals while it runs, and the ways out of it. */
import { LEAVE, leaveResult } from './helpers.ts';
import { type ExitKind, type Field, NodeCode } from './node-code.ts';
import { STATE } from './state.ts';
import { type CodeWriter, FunctionLocals, type Local } from './wasm/code-writer.ts';
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
import { i32 } from './wasm/integer.ts';

export const HOST_ZERO = constI32(0);

const STORE_OF = {
  i32: STORE.i32,
  i64: STORE.i64,
  v128: STORE.v128,
  f32: STORE.f32,
  f64: STORE.f64,
};

export const storeField = (writer: CodeWriter, field: number, value: Expr): void =>
  writer.store(STORE_OF[value.type], HOST_ZERO, value, field);

/** Each node's code is written by itself; `RegionAssembly` puts them together. */
export class RegionFrame {
  readonly base: bigint;
  readonly locals = new FunctionLocals();
  /** Instructions left in the slice. */
  readonly remaining = this.locals.add('i32');
  /** Instructions of the running block done when it leaves for the slow way. */
  readonly done = this.locals.add('i32');
  /** RIP to leave with, relative to the region's address. */
  readonly at = this.locals.add('i32');
  /** What the function returns: the next RIP, or a leave code. */
  readonly result = this.locals.add('i64');
  /** Offsets of fields that mean nothing for now: flag operands that the last operation does not use. */
  meaningless: readonly number[] = [];
  /** Instructions of the running block that were counted before it. */
  ahead = 0;
  readonly #fields = new Map<number, Field>();
  readonly #free = new Map<ValueType, Local[]>();
  #node = new NodeCode(this.locals);

  constructor(base: bigint) {
    this.base = base;
  }

  /** Starts the code of a node. */
  begin(): NodeCode {
    this.#node = new NodeCode(this.locals);
    return this.#node;
  }

  get writer(): CodeWriter {
    return this.#node.writer;
  }

  /** A state field whose value is asked for. */
  read<T extends ValueType>(type: T, offset: number): Expr<T> {
    const field = this.field(type, offset);
    this.#node.read(field);
    return field.local.get;
  }

  /** A state field that is to be set; tell `wrote` when it is. */
  field<T extends ValueType>(type: T, offset: number): Field<T> {
    let field = this.#fields.get(offset);
    if (field === undefined) {
      field = { number: this.#fields.size, type, offset, local: this.locals.add(type) };
      this.#fields.set(offset, field);
    }
    return field as Field<T>;
  }

  wrote(field: Field): void {
    this.#node.write(field);
  }

  /** A local for a passing value; give it back with `release`. */
  temporary<T extends ValueType>(type: T): Local<T> {
    const free = this.#free.get(type)?.pop();
    return (free ?? this.locals.add(type)) as Local<T>;
  }
  release(local: Local): void {
    const list = this.#free.get(local.type);
    if (list === undefined) this.#free.set(local.type, [local]);
    else list.push(local);
  }

  /** Counts instructions. */
  retire(count: number): void {
    if (count !== 0) this.writer.set(this.remaining, i32.sub(this.remaining.get, constI32(count)));
  }

  /** Takes the slice anew from the state, which a helper may have shortened. */
  reloadRemaining(): void {
    this.writer.set(this.remaining, load('i32', LOAD.i32, HOST_ZERO, STATE.remaining));
  }

  /** Stops before `address` when fewer than `needed` instructions remain, `done` of them not yet counted. */
  checkLimit(needed: number, address: bigint, done: number): void {
    const { writer } = this;
    writer.if(i32.ltS(this.remaining.get, constI32(needed)));
    this.retire(done);
    storeField(writer, STATE.rip, constI64(address));
    writer.set(this.result, leaveResult(LEAVE.limit));
    this.#exit('ready');
    writer.end();
  }

  /** Stops to have the instruction at `address` run the slow way; `done` before it in its block are counted. */
  bail(address: bigint, done: number): void {
    this.writer.set(this.at, this.#relative(address));
    this.writer.set(this.done, constI32(done - this.ahead));
    this.#exit('slow');
  }

  /** Control goes on at a known address. */
  leaveTo(address: bigint): void {
    this.writer.set(this.at, this.#relative(address));
    this.#exit('relative');
  }

  /** Control goes on at a computed address. */
  leaveThrough(address: I64): void {
    this.writer.set(this.result, address);
    this.#exit('ready');
  }

  /** Returns at once, leaving the state as it was on entry. */
  abandon(code: number): void {
    this.writer.return(leaveResult(code));
  }

  #exit(kind: ExitKind): void {
    this.#node.exit(kind, this.meaningless);
  }

  #relative(address: bigint): I32 {
    return constI32(Number(BigInt.asIntN(32, address - this.base)));
  }
}
