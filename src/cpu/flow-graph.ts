/** Orders and dominators of a region's control-flow graph (Cooper, Harvey, Kennedy 2001). */

export interface FlowGraph {
  /** Nodes reachable from node 0, in reverse postorder. */
  readonly order: readonly number[];
  /** Position in `order`. */
  readonly rank: ReadonlyMap<number, number>;
  readonly successors: (node: number) => readonly number[];
  readonly predecessors: (node: number) => readonly number[];
  /** The nearest node that every way to this one passes; node 0 is its own. */
  readonly dominator: (node: number) => number;
  /** Children in the dominator tree. */
  readonly dominated: (node: number) => readonly number[];
  /** Joined by two or more forward edges. */
  readonly isMerge: (node: number) => boolean;
  readonly isLoopHeader: (node: number) => boolean;
  /** Header of the outermost loop around a node, if any; reducible graphs only. */
  readonly outermostLoop: (node: number) => number | undefined;
  /** Every back edge leads to a node that dominates its source. */
  readonly reducible: boolean;
}

export function analyze(successors: readonly (readonly number[])[]): FlowGraph {
  const next = (node: number): readonly number[] => successors[node] ?? [];
  const order = reversePostorder(next);
  const rank = new Map(order.map((node, i) => [node, i]));
  const rankOf = (node: number): number => rank.get(node) ?? 0;
  const predecessors = invert(order, next);
  const parent = immediateDominators(order, rankOf, predecessors);

  const children = new Map<number, number[]>();
  for (const node of order) {
    const up = parent.get(node);
    if (up !== undefined && up !== node) push(children, up, node);
  }
  const merges = new Set<number>();
  const headers = new Set<number>();
  let reducible = true;
  for (const node of order) {
    const from = predecessors.get(node) ?? [];
    const forward = from.filter((source) => rankOf(source) < rankOf(node));
    if (forward.length > 1) merges.add(node);
    if (forward.length === from.length) continue;
    headers.add(node);
    const back = from.filter((source) => rankOf(source) >= rankOf(node));
    if (!back.every((source) => dominates(parent, rankOf, node, source))) reducible = false;
  }
  const outermost = reducible ? outermostLoops(headers, rankOf, predecessors) : new Map();
  return {
    order,
    rank,
    successors: next,
    predecessors: (node) => predecessors.get(node) ?? [],
    dominator: (node) => parent.get(node) ?? 0,
    dominated: (node) => children.get(node) ?? [],
    isMerge: (node) => merges.has(node),
    isLoopHeader: (node) => headers.has(node),
    outermostLoop: (node) => outermost.get(node),
    reducible,
  };
}

function reversePostorder(next: (node: number) => readonly number[]): number[] {
  const postorder: number[] = [];
  const seen = new Set([0]);
  const stack = [{ node: 0, edge: 0 }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const target = next(top.node)[top.edge++];
    if (target === undefined) {
      postorder.push(top.node);
      stack.pop();
    } else if (!seen.has(target)) {
      seen.add(target);
      stack.push({ node: target, edge: 0 });
    }
  }
  return postorder.reverse();
}

function invert(
  order: readonly number[],
  next: (node: number) => readonly number[],
): Map<number, number[]> {
  const predecessors = new Map<number, number[]>();
  for (const node of order) for (const target of next(node)) push(predecessors, target, node);
  return predecessors;
}

function immediateDominators(
  order: readonly number[],
  rankOf: (node: number) => number,
  predecessors: ReadonlyMap<number, readonly number[]>,
): Map<number, number> {
  const parent = new Map<number, number>([[0, 0]]);
  const meet = (a: number, b: number): number => {
    let [x, y] = [a, b];
    while (x !== y) {
      if (rankOf(x) > rankOf(y)) x = parent.get(x) ?? 0;
      else y = parent.get(y) ?? 0;
    }
    return x;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const node of order) {
      if (node === 0) continue;
      const known = (predecessors.get(node) ?? []).filter((source) => parent.has(source));
      const dominator = known.reduce(meet);
      if (parent.get(node) === dominator) continue;
      parent.set(node, dominator);
      changed = true;
    }
  }
  return parent;
}

function dominates(
  parent: ReadonlyMap<number, number>,
  rankOf: (node: number) => number,
  above: number,
  below: number,
): boolean {
  let node = below;
  while (rankOf(node) > rankOf(above)) node = parent.get(node) ?? 0;
  return node === above;
}

/** Headers come in order, so the first loop that claims a node is the outermost. */
function outermostLoops(
  headers: ReadonlySet<number>,
  rankOf: (node: number) => number,
  predecessors: ReadonlyMap<number, readonly number[]>,
): Map<number, number> {
  const outermost = new Map<number, number>();
  for (const header of headers) {
    const inside = new Set([header]);
    const pending = (predecessors.get(header) ?? []).filter(
      (source) => rankOf(source) >= rankOf(header),
    );
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      if (inside.has(node)) continue;
      inside.add(node);
      pending.push(...(predecessors.get(node) ?? []));
    }
    for (const node of inside) if (!outermost.has(node)) outermost.set(node, header);
  }
  return outermost;
}

function push(map: Map<number, number[]>, key: number, value: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
