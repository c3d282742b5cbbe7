import { expect, test } from 'vitest';
import { isRunEnd } from '../kernel/end.ts';
import { Budget } from './budget.ts';

function endOf(work: () => unknown): unknown {
  try {
    work();
  } catch (thrown) {
    if (isRunEnd(thrown)) return thrown;
    throw thrown;
  }
  return null;
}

test('instructions end the run at the limit', () => {
  let executed = 0;
  const budget = new Budget(1000, () => executed);
  expect(budget.left).toBe(1000);
  executed = 999;
  expect(budget.left).toBe(1);
  executed = 1000;
  expect(endOf(() => budget.left)).toMatchObject({ runEnd: 'budget' });
});

test('calls end the run when they cost more than its instructions may, and not before', () => {
  const budget = new Budget(1_000_000_000, () => 0);
  const calls = (count: number) => endOf(() => budget.spend(count));
  expect(calls(1_000_000_000)).toBeNull();
  expect(calls(1)).toMatchObject({ runEnd: 'budget' });
});

test('a run of few instructions may call as others do', () => {
  const budget = new Budget(10, () => 0);
  expect(endOf(() => budget.spend(1_000_000))).toBeNull();
});

test.each([
  ['surprise-removal', 50_000_000],
  ['use', 1_000_000_000],
])('in the phase %s calls may cost %d', (phase, allowed) => {
  const budget = new Budget(1_000_000_000, () => 0);
  budget.enter(phase);
  expect(endOf(() => budget.spend(allowed))).toBeNull();
  expect(endOf(() => budget.spend(1))).toMatchObject({ runEnd: 'budget' });
});

test('instructions have the same limit when the device is gone, in its removal too', () => {
  let executed = 1000;
  const budget = new Budget(2_000_000_000, () => executed);
  budget.enter('surprise-removal');
  expect(budget.left).toBe(100_000_000);
  budget.enter('remove');
  executed += 100_000_000;
  expect(endOf(() => budget.left)).toMatchObject({ runEnd: 'budget' });
  budget.enter('unload');
  expect(budget.left).toBe(2_000_000_000 - executed);
  budget.enter('remove');
  expect(budget.left).toBe(2_000_000_000 - executed);
});
