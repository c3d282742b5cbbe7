import fc from 'fast-check';
import { expect, test } from 'vitest';
import { analyze } from './flow-graph.ts';
import { type StructureSink, structure } from './structure.ts';

type Statement =
  | { readonly kind: 'body'; readonly node: number }
  | { readonly kind: 'branch' | 'branchIf'; readonly to: number }
  | { readonly kind: 'setNext'; readonly index: number }
  | { readonly kind: 'dispatch'; readonly labels: readonly number[] }
  | Nest;
interface Nest {
  readonly kind: 'block' | 'loop' | 'if';
  readonly label: number;
  readonly inside: Statement[];
}

/** Keeps what it is told as a tree. */
class TreeSink implements StructureSink {
  readonly root: Nest = { kind: 'block', label: 0, inside: [] };
  readonly #open: Nest[] = [this.root];
  #labels = 1;

  block = (): number => this.#nest('block');
  loop = (): number => this.#nest('loop');
  if = (): void => {
    this.#nest('if');
  };
  end = (): void => {
    this.#open.pop();
  };
  branch = (to: number): void => this.#add({ kind: 'branch', to });
  branchIf = (to: number): void => this.#add({ kind: 'branchIf', to });
  body = (node: number): void => this.#add({ kind: 'body', node });
  setNext = (index: number): void => this.#add({ kind: 'setNext', index });
  dispatch = (labels: readonly number[]): void => this.#add({ kind: 'dispatch', labels });

  #add(statement: Statement): void {
    this.#open.at(-1)?.inside.push(statement);
  }
  #nest(kind: Nest['kind']): number {
    const nest: Nest = { kind, label: this.#labels++, inside: [] };
    this.#add(nest);
    this.#open.push(nest);
    return nest.label;
  }
}

/** The nodes in the order in which the structured program runs them; `choose` is the condition's value. */
function execute(root: Nest, choose: (node: number) => boolean | undefined): number[] {
  const trace: number[] = [];
  let condition = false;
  let next = 0;
  const runAll = (statements: readonly Statement[]): number | 'ended' | undefined => {
    for (const statement of statements) {
      const target = run(statement);
      if (target !== undefined) return target;
    }
    return undefined;
  };
  const nest = (statement: Nest): number | 'ended' | undefined => {
    if (statement.kind === 'if' && !condition) return undefined;
    for (;;) {
      const target = runAll(statement.inside);
      if (target !== statement.label) return target;
      if (statement.kind !== 'loop') return undefined;
    }
  };
  const run = (statement: Statement): number | 'ended' | undefined => {
    switch (statement.kind) {
      case 'body': {
        trace.push(statement.node);
        const chosen = choose(statement.node);
        if (chosen === undefined) return 'ended';
        condition = chosen;
        return undefined;
      }
      case 'branch':
        return statement.to;
      case 'branchIf':
        return condition ? statement.to : undefined;
      case 'setNext':
        next = statement.index;
        return undefined;
      case 'dispatch':
        return statement.labels[next];
      default:
        return nest(statement);
    }
  };
  runAll([root]);
  return trace;
}

/** Walks the graph itself. */
function walk(graph: readonly (readonly number[])[], decisions: readonly boolean[]): number[] {
  const trace: number[] = [];
  let node: number | undefined = 0;
  for (const decision of decisions) {
    if (node === undefined) break;
    trace.push(node);
    const [taken, otherwise]: readonly number[] = graph[node] ?? [];
    node = decision ? taken : (otherwise ?? taken);
  }
  return trace;
}

function structured(
  graph: readonly (readonly number[])[],
  decisions: readonly boolean[],
): number[] {
  const sink = new TreeSink();
  structure(analyze(graph), sink);
  let step = 0;
  return execute(sink.root, (node) => {
    const last = (graph[node] ?? []).length === 0 || step === decisions.length - 1;
    return last ? undefined : decisions[step++];
  });
}

const graphs = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc.array(fc.array(fc.nat({ max: size - 1 }), { maxLength: 2 }), {
    minLength: size,
    maxLength: size,
  }),
);
const decisions = fc.array(fc.boolean(), { minLength: 1, maxLength: 60 });

test('the structured program visits nodes in the order of the graph', () => {
  fc.assert(
    fc.property(graphs, decisions, (graph, choices) => {
      expect(structured(graph, choices)).toEqual(walk(graph, choices));
    }),
    { numRuns: 2000 },
  );
});

test('a loop that is entered in two places goes through a dispatcher', () => {
  const graph = [[1, 2], [2, 3], [1, 3], []];
  expect(analyze(graph).reducible).toBe(false);
  expect(structured(graph, [true, true, true, false, true])).toEqual([0, 1, 2, 1, 3]);
});

test('nested loops stay nested', () => {
  const graph = [[1], [2], [2, 3], [1, 4], []];
  const analysis = analyze(graph);
  expect(analysis.reducible).toBe(true);
  expect([1, 2, 3].map(analysis.isLoopHeader)).toEqual([true, true, false]);
});
