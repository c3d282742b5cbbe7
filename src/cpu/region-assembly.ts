/** Puts the nodes of a region together as one function: structured control, loads where they are planned, spills on the ways out. */
import type { FlowGraph } from './flow-graph.ts';
import { LEAVE, leaveResult } from './helpers.ts';
import type { ExitKind, ExitPoint, Field, NodeCode } from './node-code.ts';
import { HOST_ZERO, type RegionFrame, storeField } from './region-frame.ts';
import { PROLOGUE, planSpills, type SpillPlan } from './spill-plan.ts';
import { STATE } from './state.ts';
import { type SinkLabel, type StructureSink, structure } from './structure.ts';
import { CodeWriter, type Label, type Local } from './wasm/code-writer.ts';
import { constI32, constI64, LOAD, load } from './wasm/expression.ts';
import { extendS, i32, i64 } from './wasm/integer.ts';

const LOAD_OF = { i32: LOAD.i32, i64: LOAD.i64, v128: LOAD.v128, f32: LOAD.f32, f64: LOAD.f64 };

/** Exits that store the same fields and leave the same way share their code. */
interface ExitGroup {
  readonly kind: ExitKind;
  readonly fields: readonly Field[];
  readonly label: Label;
}

export class RegionAssembly implements StructureSink {
  readonly #frame: RegionFrame;
  readonly #graph: FlowGraph;
  readonly #codes: ReadonlyMap<number, NodeCode>;
  readonly #plan: SpillPlan;
  readonly #writer: CodeWriter;
  readonly #groups: ExitGroup[] = [];
  readonly #groupOf = new Map<ExitPoint, ExitGroup>();
  #next: Local<'i32'> | undefined;

  constructor(frame: RegionFrame, graph: FlowGraph, codes: ReadonlyMap<number, NodeCode>) {
    this.#frame = frame;
    this.#graph = graph;
    this.#codes = codes;
    this.#plan = planSpills(graph, codes);
    this.#writer = new CodeWriter(frame.locals);
  }

  /** The function body. */
  finish(): Uint8Array {
    const writer = this.#writer;
    writer.set(this.#frame.remaining, load('i32', LOAD.i32, HOST_ZERO, STATE.remaining));
    this.#load(PROLOGUE);
    const tails = { ready: writer.block(), relative: writer.block(), slow: writer.block() };
    this.#openGroups();
    structure(this.#graph, this);
    writer.unreachable();
    for (const { kind, fields } of this.#groups.toReversed()) {
      writer.end();
      for (const { offset, local } of fields) storeField(writer, offset, local.get);
      writer.br(tails[kind]);
    }
    this.#closeTails(tails.ready);
    return writer.finish();
  }

  block(): SinkLabel {
    return this.#writer.block();
  }
  loop(): SinkLabel {
    return this.#writer.loop();
  }
  end(): void {
    this.#writer.end();
  }
  branch(to: SinkLabel): void {
    this.#writer.br(to);
  }
  branchIf(to: SinkLabel): void {
    this.#writer.brIfTop(to);
  }
  if(): void {
    this.#writer.ifTop();
  }
  setNext(index: number): void {
    this.#writer.set(this.#nextIndex(), constI32(index));
  }
  dispatch(labels: readonly SinkLabel[]): void {
    this.#writer.brTable(this.#nextIndex().get, labels);
  }

  /** A node's code, with its exits led to their groups. */
  body(node: number): void {
    const code = this.#codes.get(node);
    if (code === undefined) return;
    this.#load(node);
    const { code: out } = this.#writer;
    let done = 0;
    for (const exit of code.exits) {
      out.bytes(code.writer.code.view(done, exit.position));
      done = exit.position;
      this.#writer.br(this.#groupOf.get(exit)?.label ?? 0, exit.depth);
    }
    out.bytes(code.writer.code.view(done));
  }

  #nextIndex(): Local<'i32'> {
    this.#next ??= this.#writer.local('i32');
    return this.#next;
  }

  #load(place: number): void {
    for (const { type, offset, local } of this.#plan.loads.get(place) ?? []) {
      this.#writer.set(local, load(type, LOAD_OF[type], HOST_ZERO, offset));
    }
  }

  #openGroups(): void {
    const groups = new Map<string, ExitGroup>();
    for (const [exit, fields] of this.#plan.stores) {
      const key = `${exit.kind} ${fields.map(({ number }) => number)}`;
      let group = groups.get(key);
      if (group === undefined) {
        group = { kind: exit.kind, fields, label: this.#writer.block() };
        groups.set(key, group);
        this.#groups.push(group);
      }
      this.#groupOf.set(exit, group);
    }
  }

  /** Slow, then relative, then ready: each falls or branches to the common end. */
  #closeTails(ready: Label): void {
    const writer = this.#writer;
    const { base, at, done, remaining, result } = this.#frame;
    const address = i64.add(constI64(base), extendS(at.get));
    writer.end();
    writer.set(remaining, i32.sub(remaining.get, done.get));
    storeField(writer, STATE.rip, address);
    writer.set(result, leaveResult(LEAVE.slow));
    writer.br(ready);
    writer.end();
    writer.set(result, address);
    writer.end();
    storeField(writer, STATE.remaining, remaining.get);
    writer.push(result.get);
  }
}
