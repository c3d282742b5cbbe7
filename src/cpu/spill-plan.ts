/**
 * Where a region loads each state field, and what it stores where it leaves. A field is loaded once, at
 * the node that dominates all that touch it, outside every loop; it is stored at exits it may have changed before.
 */
import type { FlowGraph } from './flow-graph.ts';
import type { ExitPoint, Field, NodeCode } from './node-code.ts';

/** Before node 0, which may be a loop. */
export const PROLOGUE = -1;

export interface SpillPlan {
  /** Fields to load where a node begins, or in the prologue. */
  readonly loads: ReadonlyMap<number, readonly Field[]>;
  readonly stores: ReadonlyMap<ExitPoint, readonly Field[]>;
}

export function planSpills(graph: FlowGraph, codes: ReadonlyMap<number, NodeCode>): SpillPlan {
  const changed = changedBefore(graph, codes);
  const stores = new Map<ExitPoint, Field[]>();
  const users = new Map<Field, number[]>();
  for (const [node, code] of codes) {
    const touched = new Set([...code.needed, ...code.written]);
    for (const exit of code.exits) {
      const fields = new Set([...(changed.get(node) ?? []), ...exit.written]);
      const stored = [...fields].filter(({ offset }) => !exit.meaningless.includes(offset));
      stores.set(
        exit,
        stored.sort((a, b) => a.number - b.number),
      );
      for (const field of stored) touched.add(field);
    }
    for (const field of touched) add(users, field, node);
  }
  const loads = new Map<number, Field[]>();
  for (const [field, nodes] of users) {
    const place = loadPlace(graph, nodes);
    const code = codes.get(place);
    const setFirst = code?.written.has(field) === true && !code.needed.has(field);
    if (!setFirst) add(loads, place, field);
  }
  return { loads, stores };
}

/** Fields that some way to a node's start has changed. */
function changedBefore(
  graph: FlowGraph,
  codes: ReadonlyMap<number, NodeCode>,
): Map<number, Set<Field>> {
  const before = new Map(graph.order.map((node) => [node, new Set<Field>()]));
  for (let grown = true; grown; ) {
    grown = false;
    for (const node of graph.order) {
      const fields = before.get(node) ?? new Set();
      const size = fields.size;
      for (const source of graph.predecessors(node)) {
        for (const field of before.get(source) ?? []) fields.add(field);
        for (const field of codes.get(source)?.written ?? []) fields.add(field);
      }
      if (fields.size > size) grown = true;
    }
  }
  return before;
}

function loadPlace(graph: FlowGraph, nodes: readonly number[]): number {
  if (!graph.reducible) return PROLOGUE;
  const place = nodes.reduce((a, b) => commonDominator(graph, a, b));
  const header = graph.outermostLoop(place);
  if (header === undefined) return place;
  return header === 0 ? PROLOGUE : graph.dominator(header);
}

function commonDominator(graph: FlowGraph, a: number, b: number): number {
  const rank = (node: number): number => graph.rank.get(node) ?? 0;
  let [x, y] = [a, b];
  while (x !== y) {
    if (rank(x) > rank(y)) x = graph.dominator(x);
    else y = graph.dominator(y);
  }
  return x;
}

function add<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
