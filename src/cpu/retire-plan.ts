/**
 * Where a region counts its instructions. A block may count some of those that follow it ahead, so that the ways
 * through a loop change the counter as rarely as they can; where control leaves, the count is exact again.
 */
import type { FlowGraph } from './flow-graph.ts';

export interface RetirePlan {
  /** Instructions counted before a node begins, of it and what follows it. */
  ahead(node: number): number;
  /** What the node itself counts, negative where its predecessors counted too many. */
  own(node: number): number;
}

export const countInPlace = (counts: readonly number[]): RetirePlan => ({
  ahead: () => 0,
  own: (node) => counts[node] ?? 0,
});

export const planRetirement = (graph: FlowGraph, counts: readonly number[]): RetirePlan =>
  graph.reducible ? new Plan(graph, counts) : countInPlace(counts);

/** Successors of one node are siblings: as many are counted ahead of each of them. */
class Plan implements RetirePlan {
  readonly #graph: FlowGraph;
  readonly #counts: readonly number[];
  readonly #family = new Map<number, number[]>();
  readonly #ahead = new Map<number[], number>();
  readonly #pending = new Set<number[]>();

  constructor(graph: FlowGraph, counts: readonly number[]) {
    this.#graph = graph;
    this.#counts = counts;
    for (const node of graph.order) this.#family.set(node, [node]);
    for (const node of graph.order) {
      const [first, second] = graph.successors(node);
      if (first !== undefined && second !== undefined) this.#join(first, second);
    }
  }

  ahead(node: number): number {
    const family = this.#family.get(node) ?? [];
    const known = this.#ahead.get(family);
    if (known !== undefined) return known;
    // Families that lead to each other count nothing ahead.
    if (this.#pending.has(family)) return this.#settle(family, 0);
    this.#pending.add(family);
    const ahead = family.some((member) => this.#isExact(member)) ? 0 : this.#least(family);
    return this.#ahead.get(family) ?? this.#settle(family, ahead);
  }

  own(node: number): number {
    return this.#following(node) - this.ahead(node);
  }

  /** The count as it is looks at the limit there. */
  #isExact(node: number): boolean {
    return node === 0 || this.#graph.isLoopHeader(node);
  }

  /** A member that leads to a sibling counts its own in any case; one that leaves the region always counts. */
  #least(family: number[]): number {
    const bound = family.filter((member) => {
      const [next] = this.#graph.successors(member);
      return next !== undefined && this.#family.get(next) !== family;
    });
    const counted = bound.length > 0 ? bound : family.filter((member) => this.#leaves(member));
    return Math.min(...counted.map((member) => this.#following(member)));
  }

  #leaves(node: number): boolean {
    return this.#graph.successors(node).length === 0;
  }

  #following(node: number): number {
    const [next] = this.#graph.successors(node);
    return (this.#counts[node] ?? 0) + (next === undefined ? 0 : this.ahead(next));
  }

  #settle(family: number[], ahead: number): number {
    this.#ahead.set(family, ahead);
    return ahead;
  }

  #join(a: number, b: number): void {
    const [one, other] = [this.#family.get(a) ?? [], this.#family.get(b) ?? []];
    if (one === other) return;
    for (const node of other) {
      one.push(node);
      this.#family.set(node, one);
    }
  }
}
