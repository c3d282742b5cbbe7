/** The code of one node of a region before it has its place: what it reads and changes, and where it leaves. */
import { CodeWriter, type FunctionLocals, type Local } from './wasm/code-writer.ts';
import type { ValueType } from './wasm/expression.ts';

/** A field of the CPU state that a region keeps in a local. */
export interface Field<T extends ValueType = ValueType> {
  readonly number: number;
  readonly type: T;
  readonly offset: number;
  readonly local: Local<T>;
}

/**
 * How control leaves: to run an instruction the slow way, to an address relative to the region's, or
 * with the result that is already in its local.
 */
export type ExitKind = 'slow' | 'relative' | 'ready';

export interface ExitPoint {
  readonly kind: ExitKind;
  /** Where in the node's code, and under how many constructs of its own. */
  readonly position: number;
  readonly depth: number;
  /** Fields that the node changed before. */
  readonly written: ReadonlySet<Field>;
  /** Offsets of fields that mean nothing at this point, whatever they hold. */
  readonly meaningless: readonly number[];
}

export class NodeCode {
  readonly writer: CodeWriter;
  readonly exits: ExitPoint[] = [];
  /** Fields whose value on entry matters. */
  readonly needed = new Set<Field>();
  readonly written = new Set<Field>();

  constructor(locals: FunctionLocals) {
    this.writer = new CodeWriter(locals);
  }

  read(field: Field): void {
    if (!this.written.has(field)) this.needed.add(field);
  }

  write(field: Field): void {
    this.written.add(field);
  }

  exit(kind: ExitKind, meaningless: readonly number[]): void {
    const { code, depth } = this.writer;
    const written = new Set(this.written);
    this.exits.push({ kind, depth, position: code.length, written, meaningless });
  }
}
