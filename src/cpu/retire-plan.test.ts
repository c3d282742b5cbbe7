import fc from 'fast-check';
import { expect, test } from 'vitest';
import { analyze } from './flow-graph.ts';
import { planRetirement } from './retire-plan.ts';

const NODES = 9;

const graphs = fc.record({
  successors: fc.array(fc.uniqueArray(fc.nat(NODES - 1), { maxLength: 2 }), {
    minLength: NODES,
    maxLength: NODES,
  }),
  counts: fc.array(fc.nat(9), { minLength: NODES, maxLength: NODES }),
  turns: fc.array(fc.nat(1), { minLength: 40, maxLength: 40 }),
});

test('on every way, what was counted is what was executed and what was counted ahead', () => {
  fc.assert(
    fc.property(graphs, ({ successors, counts, turns }) => {
      const plan = planRetirement(analyze(successors), counts);
      let node = 0;
      let executed = 0;
      let counted = 0;
      for (const turn of turns) {
        expect(counted).toBe(executed + plan.ahead(node));
        executed += counts[node] ?? 0;
        counted += plan.own(node);
        const next = successors[node] ?? [];
        if (next.length === 0) {
          expect(counted).toBe(executed);
          return;
        }
        node = next[turn % next.length] ?? 0;
      }
    }),
    { numRuns: 2000 },
  );
});

test('nothing is counted ahead of the entry and of loops, and only as much as follows', () => {
  fc.assert(
    fc.property(graphs, ({ successors, counts }) => {
      const graph = analyze(successors);
      const plan = planRetirement(graph, counts);
      const all = counts.reduce((sum, count) => sum + count, 0);
      for (const node of graph.order) {
        if (node === 0 || graph.isLoopHeader(node)) expect(plan.ahead(node)).toBe(0);
        expect(plan.ahead(node)).toBeGreaterThanOrEqual(0);
        expect(plan.ahead(node)).toBeLessThanOrEqual(all);
        if (graph.successors(node).length > 0) expect(plan.own(node)).toBeGreaterThanOrEqual(0);
      }
    }),
    { numRuns: 1000 },
  );
});

test('a loop whose ways meet again counts once on the shorter one', () => {
  // 0 enters; 1 heads the loop and branches to 2 and 3, which meet in 4; 4 goes back or leaves.
  const successors = [[1], [2, 3], [4], [4], [1, 5], []];
  const plan = planRetirement(analyze(successors), [1, 10, 2, 3, 20, 0]);
  expect([1, 2, 3, 4].map((node) => plan.own(node))).toEqual([32, 0, 1, 0]);
});
