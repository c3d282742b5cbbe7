/** Translates one region: its blocks in structured order, each instruction by its row. */
import type { GuestInstruction } from './decode.ts';
import { neededFlags } from './flag-liveness.ts';
import { analyze, type FlowGraph } from './flow-graph.ts';
import type { Row } from './instruction.ts';
import { Ir } from './ir.ts';
import { DirectPath, HostPath, type MemoryPath } from './memory-access.ts';
import type { NodeCode } from './node-code.ts';
import type { CodeNode, RegionShape } from './region.ts';
import { RegionAssembly } from './region-assembly.ts';
import { RegionFrame } from './region-frame.ts';
import { countInPlace, planRetirement, type RetirePlan } from './retire-plan.ts';
import type { I32 } from './wasm/expression.ts';

export type RowOf = (instruction: GuestInstruction) => Row;

/** The function body of a region. */
export const translateRegion = (shape: RegionShape, rowOf: RowOf): Uint8Array =>
  new RegionTranslator(shape, rowOf).run();

class RegionTranslator {
  readonly #shape: RegionShape;
  readonly #rowOf: RowOf;
  readonly #frame: RegionFrame;
  readonly #graph: FlowGraph;
  readonly #retirement: RetirePlan;
  readonly #ir: Ir;
  /** Flag operation at the end of each translated node. */
  readonly #flagsAfter = new Map<number, number | undefined>();

  constructor(shape: RegionShape, rowOf: RowOf) {
    this.#shape = shape;
    this.#rowOf = rowOf;
    this.#frame = new RegionFrame(shape.entry);
    this.#ir = new Ir(this.#frame);
    this.#graph = analyze(shape.nodes.map((node) => node.successors));
    const counts = shape.nodes.map((node) => (node.kind === 'code' ? node.instructions.length : 0));
    const plan = shape.kind === 'normal' ? planRetirement : () => countInPlace(counts);
    this.#retirement = plan(this.#graph, counts);
  }

  run(): Uint8Array {
    const codes = new Map<number, NodeCode>();
    for (const number of this.#graph.order) {
      codes.set(number, this.#frame.begin());
      this.#node(number);
    }
    return new RegionAssembly(this.#frame, this.#graph, codes).finish();
  }

  #node(number: number): void {
    const node = this.#shape.nodes[number];
    if (node === undefined) return;
    this.#ir.flags.known = this.#flagsBefore(number);
    this.#frame.ahead = this.#retirement.ahead(number);
    if (node.kind === 'leave') {
      this.#frame.retire(this.#retirement.own(number));
      this.#frame.leaveTo(node.target);
    } else this.#code(node, number);
    this.#flagsAfter.set(number, this.#ir.flags.known);
  }

  /** Known when every way into the node was translated and ends with the same operation. */
  #flagsBefore(number: number): number | undefined {
    const sources = this.#graph.predecessors(number);
    const [first] = sources;
    if (number === 0 || first === undefined) return undefined;
    const flags = this.#flagsAfter.get(first);
    return sources.every((source) => this.#flagsAfter.get(source) === flags) ? flags : undefined;
  }

  #code(node: CodeNode, number: number): void {
    const { instructions } = node;
    const first = instructions[0];
    if (first === undefined) return;
    const { kind } = this.#shape;
    const checked = number === 0 || this.#graph.isLoopHeader(number);
    if (checked && kind === 'normal') {
      this.#frame.checkLimit(this.#shape.instructionCount, first.address, 0);
    }
    const needed = neededFlags(instructions, this.#rowOf);
    let condition: I32 | undefined;
    instructions.forEach((instruction, done) => {
      if (kind === 'stoppable') this.#frame.checkLimit(done + 1, instruction.address, done);
      const flags = kind === 'normal' ? needed[done] : this.#rowOf(instruction).writes;
      condition = this.#instruction(instruction, flags ?? 0, done);
    });
    if (!this.#leave(number) && condition !== undefined) {
      this.#frame.writer.push(condition);
    }
    this.#ir.finish();
  }

  #instruction(instruction: GuestInstruction, flagsNeeded: number, done: number): I32 | undefined {
    const ir = this.#ir;
    const row = this.#rowOf(instruction);
    ir.finish();
    const memory = this.#memoryPath(instruction, done);
    const single = this.#shape.kind === 'single';
    const raise = this.#raise(instruction, done);
    ir.begin(instruction, flagsNeeded, { memory, single, raise });
    row.lower?.(ir, instruction);
    let condition = row.condition?.(ir, instruction);
    if (condition !== undefined && ir.hasPendingWrites) condition = ir.keepLocal(condition).get;
    ir.commit();
    // A device may have asked to stop.
    if (memory instanceof HostPath && memory.used) this.#frame.reloadRemaining();
    return condition;
  }

  #memoryPath(instruction: GuestInstruction, done: number): MemoryPath {
    const ir = this.#ir;
    if (this.#shape.kind === 'single')
      return new HostPath(this.#frame, (value) => ir.keepLocal(value));
    return new DirectPath(
      this.#frame,
      (type) => ir.temporary(type),
      () => this.#frame.bail(instruction.address, done),
    );
  }

  #raise(instruction: GuestInstruction, done: number) {
    return (condition: I32, code: number): void => {
      const { writer } = this.#frame;
      writer.if(condition);
      if (this.#shape.kind === 'single') this.#frame.abandon(code);
      else this.#frame.bail(instruction.address, done);
      writer.end();
    };
  }

  /** Counts and emits the departure of the block's last instruction, if any. */
  #leave(number: number): boolean {
    this.#frame.retire(this.#retirement.own(number));
    const { departure } = this.#ir;
    if (departure === undefined) return false;
    if (departure.kind === 'computed') this.#frame.leaveThrough(departure.target.get);
    else this.#frame.leaveTo(departure.target);
    return true;
  }
}
