/** The status flags while a region is translated: who made them last, and whether anyone will look. */
import {
  conditionOf,
  type Flags,
  flagsOf,
  type ThunkOperands,
  wordFlags,
  wordOf,
} from './flag-expressions.ts';
import { CARRY_APART, FLAGS_RAW, type FlagOperation, flagCode, operationOf } from './flag-thunk.ts';
import { callHelper } from './helpers.ts';
import type { Field } from './node-code.ts';
import type { RegionFrame } from './region-frame.ts';
import { STATE } from './state.ts';
import { constI32, constI64, type Expr, type I32, type I64, select } from './wasm/expression.ts';
import { extendU, i32 } from './wasm/integer.ts';
import type { Int, Width } from './width.ts';

/** The thunk an instruction leaves; operands not given stay as they are. */
interface Thunk {
  readonly code: I32;
  readonly known: number | undefined;
  readonly a: I64;
  readonly b?: I64 | undefined;
  readonly c?: I64 | undefined;
}

export class FlagTracker {
  #known: number | undefined;
  readonly #frame: RegionFrame;
  readonly #keep: (value: I32) => I32;
  /** Flags of the running instruction that something after it may look at. */
  #needed = 0;
  #thunk: Thunk | undefined;

  /** `keep` evaluates a value once for many uses. */
  constructor(frame: RegionFrame, keep: (value: I32) => I32) {
    this.#frame = frame;
    this.#keep = keep;
  }

  /** Operation of the thunk, where every way here agrees on it. */
  get known(): number | undefined {
    return this.#known;
  }
  set known(code: number | undefined) {
    this.#known = code;
    this.#frame.meaningless = code === undefined ? [] : unusedOperands(code);
  }

  begin(needed: number): void {
    this.#needed = needed;
  }

  get pending(): boolean {
    return this.#thunk !== undefined;
  }

  /** The assignments that make the instruction's flags take effect. */
  take(): [Field, Expr][] {
    const thunk = this.#thunk;
    this.#thunk = undefined;
    if (thunk === undefined) return [];
    const assignments: [Field, Expr][] = [];
    const assign = (type: 'i32' | 'i64', field: number, value: Expr | undefined): void => {
      if (value !== undefined) assignments.push([this.#frame.field(type, field), value]);
    };
    const sameOperation = thunk.known !== undefined && thunk.known === this.known;
    assign('i32', STATE.flagOp, sameOperation ? undefined : thunk.code);
    assign('i64', STATE.flagA, thunk.a);
    assign('i64', STATE.flagB, thunk.b);
    assign('i64', STATE.flagC, thunk.c);
    this.known = thunk.known;
    return assignments;
  }

  /** The flags after `operation` on fitting operands; nothing is emitted when no one can look. */
  set(operation: FlagOperation, w: Width, a: Int, b?: Int, c?: I64): void {
    if (this.#needed === 0) return;
    const code = flagCode(operation, w.size);
    const second = b === undefined ? undefined : w.toI64(b);
    this.#thunk = { code: constI32(code), known: code, a: w.toI64(a), b: second, c };
  }

  /** As `set` where `condition` holds; otherwise the flags stay. */
  setIf(condition: I32, operation: FlagOperation, w: Width, a: Int, b: Int): void {
    if (this.#needed === 0) return;
    const old = this.#operands();
    this.#thunk = {
      code: select(condition, constI32(flagCode(operation, w.size)), this.#code()),
      known: undefined,
      a: select(condition, w.toI64(a), old.a),
      b: select(condition, w.toI64(b), old.b),
    };
  }

  /** Sets all six from a word. */
  setWord(word: I32): void {
    if (this.#needed === 0) return;
    this.#thunk = { code: constI32(FLAGS_RAW), known: FLAGS_RAW, a: extendU(word) };
  }

  /** Changes CF alone. */
  setCarry(carry: I32): void {
    if (this.#needed === 0) return;
    const { known } = this;
    if (known === undefined || usesThirdOperand(known)) {
      this.setWord(i32.or(i32.and(this.word(), constI32(~1)), carry));
      return;
    }
    const code = known | CARRY_APART;
    const { a } = this.#operands();
    this.#thunk = { code: constI32(code), known: code, a, c: extendU(carry) };
  }

  /** The flags before this instruction. */
  current(): Flags {
    const { known } = this;
    return known === undefined
      ? wordFlags(this.#keep(this.#word()))
      : flagsOf(known, this.#operands());
  }

  word(): I32 {
    const { known } = this;
    return known === undefined ? this.#word() : wordOf(flagsOf(known, this.#operands()));
  }

  /** The flags word that an operation on one value would leave. */
  wordOf(operation: FlagOperation, w: Width, a: Int): I32 {
    const zero = constI64(0n);
    return wordOf(flagsOf(flagCode(operation, w.size), { a: w.toI64(a), b: zero, c: zero }));
  }

  condition(code: number): I32 {
    return conditionOf(this.current(), code);
  }

  matter(mask: number): boolean {
    return (this.#needed & mask) !== 0;
  }

  #word(): I32 {
    const { a, b, c } = this.#operands();
    return callHelper('i32', 'flagsWord', this.#code(), a, b, c);
  }

  #code(): I32 {
    return this.#frame.read('i32', STATE.flagOp);
  }

  /** Asked for one by one: what no one uses is not loaded. */
  #operands(): ThunkOperands {
    const operand = (field: number): I64 => this.#frame.read('i64', field);
    return {
      get a() {
        return operand(STATE.flagA);
      },
      get b() {
        return operand(STATE.flagB);
      },
      get c() {
        return operand(STATE.flagC);
      },
    };
  }
}

const NO_SECOND: readonly FlagOperation[] = ['logic', 'inc', 'dec'];
const THIRD: readonly FlagOperation[] = ['adc', 'sbb', 'inc', 'dec'];

/** Offsets of the thunk operands that mean nothing after an operation. */
function unusedOperands(code: number): number[] {
  const base = code & ~CARRY_APART;
  const raw = base === FLAGS_RAW;
  const operation = operationOf(base);
  const unused: number[] = [];
  if (raw || NO_SECOND.includes(operation)) unused.push(STATE.flagB);
  const apart = (code & CARRY_APART) !== 0;
  if (!apart && (raw || !THIRD.includes(operation))) unused.push(STATE.flagC);
  return unused;
}

const usesThirdOperand = (code: number): boolean =>
  code !== FLAGS_RAW &&
  (code & CARRY_APART) === 0 &&
  (operationOf(code) === 'adc' || operationOf(code) === 'sbb');
