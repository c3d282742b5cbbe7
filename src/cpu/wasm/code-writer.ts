/** Writes one WebAssembly function body: locals, statements and structured control. */
import { ByteWriter } from './bytes.ts';
import {
  type Expr,
  type I32,
  localGet,
  VALUE_TYPE_CODE,
  type ValueType,
  writeExpr,
  writeMemoryOperand,
  writeOpcode,
} from './expression.ts';

export interface Local<T extends ValueType = ValueType> {
  readonly type: T;
  readonly index: number;
  readonly get: Expr<T>;
}

/** A label is the nesting depth just inside the construct it names. */
export type Label = number;

const VOID = 0x40;

/** The locals of one function, parameters first. */
export class FunctionLocals {
  readonly #types: ValueType[];
  readonly #parameters: number;

  constructor(parameters: readonly ValueType[] = []) {
    this.#parameters = parameters.length;
    this.#types = [...parameters];
  }

  add<T extends ValueType>(type: T): Local<T> {
    const index = this.#types.push(type) - 1;
    return { type, index, get: localGet(type, index) };
  }

  /** The declarations, in runs of one type. */
  write(out: ByteWriter): void {
    const runs: { type: ValueType; count: number }[] = [];
    for (const type of this.#types.slice(this.#parameters)) {
      const last = runs.at(-1);
      if (last?.type === type) last.count++;
      else runs.push({ type, count: 1 });
    }
    out.unsigned(runs.length);
    for (const { type, count } of runs) {
      out.unsigned(count);
      out.byte(VALUE_TYPE_CODE[type]);
    }
  }
}

export class CodeWriter {
  readonly code = new ByteWriter();
  readonly locals: FunctionLocals;
  #depth = 0;

  /** Pieces of one function share its locals. */
  constructor(locals: FunctionLocals | readonly ValueType[] = []) {
    this.locals = locals instanceof FunctionLocals ? locals : new FunctionLocals(locals);
  }

  get depth(): number {
    return this.#depth;
  }

  local<T extends ValueType>(type: T): Local<T> {
    return this.locals.add(type);
  }

  push(expr: Expr): void {
    writeExpr(this.code, expr);
  }

  set<T extends ValueType>(local: Local<T>, value: Expr<T>): void {
    this.push(value);
    this.pop(local);
  }

  /** Sets a local from the top of the stack. */
  pop(local: Local): void {
    this.code.byte(0x21);
    this.code.unsigned(local.index);
  }

  /** Evaluates every value before setting any local. */
  setAll(assignments: readonly (readonly [Local, Expr])[]): void {
    for (const [, value] of assignments) this.push(value);
    for (let i = assignments.length - 1; i >= 0; i--) {
      const assignment = assignments[i];
      if (assignment !== undefined) this.pop(assignment[0]);
    }
  }

  store(op: number, address: I32, value: Expr, offset = 0): void {
    this.push(address);
    this.push(value);
    writeOpcode(this.code, op);
    writeMemoryOperand(this.code, offset);
  }

  call(functionIndex: number, ...args: Expr[]): void {
    for (const arg of args) this.push(arg);
    this.code.byte(0x10);
    this.code.unsigned(functionIndex);
  }

  block(): Label {
    return this.#open(0x02, VOID);
  }

  loop(): Label {
    return this.#open(0x03, VOID);
  }

  if(condition: I32, result?: ValueType): Label {
    this.push(condition);
    return this.#open(0x04, result === undefined ? VOID : VALUE_TYPE_CODE[result]);
  }

  /** As `if`, with the condition already on the stack. */
  ifTop(): Label {
    return this.#open(0x04, VOID);
  }

  else(): void {
    this.code.byte(0x05);
  }

  end(): void {
    this.#depth--;
    this.code.byte(0x0b);
  }

  /** `inside` more constructs are open than this writer knows of. */
  br(label: Label, inside = 0): void {
    this.code.byte(0x0c);
    this.code.unsigned(this.#depth + inside - label);
  }

  brIf(label: Label, condition: I32): void {
    this.push(condition);
    this.brIfTop(label);
  }

  brIfTop(label: Label): void {
    this.code.byte(0x0d);
    this.code.unsigned(this.#depth - label);
  }

  /** Jumps to the label that `index` selects; the last one serves for all larger values. */
  brTable(index: I32, labels: readonly Label[]): void {
    this.push(index);
    this.code.byte(0x0e);
    this.code.unsigned(labels.length - 1);
    for (const label of labels) this.code.unsigned(this.#depth - label);
  }

  return(value?: Expr): void {
    if (value !== undefined) this.push(value);
    this.code.byte(0x0f);
  }

  returnCallIndirect(typeIndex: number, slot: I32): void {
    this.push(slot);
    this.code.byte(0x13);
    this.code.unsigned(typeIndex);
    this.code.unsigned(0);
  }

  callIndirect(typeIndex: number, slot: I32): void {
    this.push(slot);
    this.code.byte(0x11);
    this.code.unsigned(typeIndex);
    this.code.unsigned(0);
  }

  unreachable(): void {
    this.code.byte(0x00);
  }

  drop(): void {
    this.code.byte(0x1a);
  }

  /** The entry of the code section: size, local declarations, the body written here, end. */
  finish(): Uint8Array {
    const body = new ByteWriter();
    this.locals.write(body);
    body.append(this.code);
    body.byte(0x0b);
    const sized = new ByteWriter();
    sized.unsigned(body.length);
    sized.append(body);
    return sized.view();
  }

  #open(op: number, type: number): Label {
    this.code.byte(op);
    this.code.byte(type);
    return ++this.#depth;
  }
}
