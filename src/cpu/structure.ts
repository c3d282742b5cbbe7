/** Turns a control-flow graph into nested blocks, loops and ifs (Ramsey, Beyond Relooper, ICFP 2022). */
import type { FlowGraph } from './flow-graph.ts';

/** A place to branch to, as the sink numbers it. */
export type SinkLabel = number;

export interface StructureSink {
  block(): SinkLabel;
  loop(): SinkLabel;
  end(): void;
  branch(to: SinkLabel): void;
  /** Pops the condition that `body` of a two-way node left. */
  branchIf(to: SinkLabel): void;
  /** Pops the condition; the rest until `end` runs when it holds. */
  if(): void;
  /** Straight-line code; two-way nodes leave their condition, nodes without successors do not return. */
  body(node: number): void;
  /** Remembers where a dispatcher goes next. */
  setNext(index: number): void;
  /** Jumps to the label that the remembered index selects. */
  dispatch(labels: readonly SinkLabel[]): void;
}

export function structure(graph: FlowGraph, sink: StructureSink): void {
  if (graph.reducible) new Structurer(graph, sink).run();
  else dispatchLoop(graph, sink);
}

class Structurer {
  readonly #graph: FlowGraph;
  readonly #sink: StructureSink;
  readonly #labels = new Map<number, SinkLabel>();

  constructor(graph: FlowGraph, sink: StructureSink) {
    this.#graph = graph;
    this.#sink = sink;
  }

  run(): void {
    this.#tree(0);
  }

  #rank(node: number): number {
    return this.#graph.rank.get(node) ?? 0;
  }

  /** A node and everything it dominates. */
  #tree(node: number): void {
    const merges = this.#graph
      .dominated(node)
      .filter((child) => this.#graph.isMerge(child))
      .sort((a, b) => this.#rank(b) - this.#rank(a));
    if (!this.#graph.isLoopHeader(node)) {
      this.#within(node, merges, 0);
      return;
    }
    // Merge nodes of a loop header are placed inside its loop, where they may continue it.
    this.#labels.set(node, this.#sink.loop());
    this.#within(node, merges, 0);
    this.#sink.end();
  }

  /** The outermost block is left to reach the merge node last in order. */
  #within(node: number, merges: readonly number[], depth: number): void {
    const merge = merges[depth];
    if (merge === undefined) {
      this.#leaf(node);
      return;
    }
    const label = this.#sink.block();
    this.#labels.set(merge, label);
    this.#within(node, merges, depth + 1);
    this.#sink.end();
    this.#tree(merge);
  }

  #leaf(node: number): void {
    this.#sink.body(node);
    const [taken, otherwise] = this.#graph.successors(node);
    if (taken === undefined) return;
    if (otherwise === undefined) {
      this.#go(node, taken);
      return;
    }
    const jump = this.#jumpTo(node, taken);
    if (jump !== undefined) {
      this.#sink.branchIf(jump);
    } else {
      this.#sink.if();
      this.#tree(taken);
      this.#sink.end();
    }
    this.#go(node, otherwise);
  }

  #go(from: number, to: number): void {
    const jump = this.#jumpTo(from, to);
    if (jump === undefined) this.#tree(to);
    else this.#sink.branch(jump);
  }

  /** A label when `to` is placed elsewhere; nothing when `to` belongs right here. */
  #jumpTo(from: number, to: number): SinkLabel | undefined {
    const back = this.#rank(to) <= this.#rank(from);
    return back || this.#graph.isMerge(to) ? this.#labels.get(to) : undefined;
  }
}

/** Irreducible graphs: one loop around a jump table; every edge goes through it. */
function dispatchLoop(graph: FlowGraph, sink: StructureSink): void {
  const { order } = graph;
  const indexOf = (node: number): number => graph.rank.get(node) ?? 0;
  const loop = sink.loop();
  const labels = order.map(() => sink.block()).reverse();
  sink.dispatch(labels);
  for (const node of order) {
    sink.end();
    sink.body(node);
    const [taken, otherwise] = graph.successors(node);
    if (taken === undefined) continue;
    if (otherwise !== undefined) {
      sink.if();
      sink.setNext(indexOf(taken));
      sink.branch(loop);
      sink.end();
    }
    sink.setNext(indexOf(otherwise ?? taken));
    sink.branch(loop);
  }
  sink.end();
}
