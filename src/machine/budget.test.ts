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

const access = (budget: Budget, count: number) => () => {
  for (let i = 0; i < count; i++) budget.access();
};

test('once the device is gone, accesses end the run long before all it may cost', () => {
  const budget = new Budget(1_200_000_000, () => 0);
  budget.enter('surprise-removal');
  expect(endOf(access(budget, 400_000))).toBeNull();
  expect(endOf(access(budget, 1))).toMatchObject({ runEnd: 'budget' });
});

test('the removal that follows has as many again; calls are not limited by it', () => {
  const budget = new Budget(1_000_000_000, () => 0);
  budget.enter('surprise-removal');
  expect(endOf(access(budget, 300_000))).toBeNull();
  budget.enter('remove');
  expect(endOf(access(budget, 300_000))).toBeNull();
  expect(endOf(() => budget.spend(600_000_000))).toBeNull();
});

test('a removal in order has no limit of its own', () => {
  const budget = new Budget(1_000_000_000, () => 0);
  budget.enter('use');
  budget.enter('remove');
  expect(endOf(access(budget, 1_000_000))).toBeNull();
});
