import { expect, test } from 'vitest';
import { va } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { allocate, caller, testKernel } from '../test-kernel.ts';
import { trySatisfy } from './dispatcher.ts';
import { queueServices } from './queue-services.ts';

function setup() {
  const kernel = testKernel();
  const call = caller(kernel, queueServices, (effect) => {
    if (effect.kind !== 'wait') throw new TypeError(effect.kind);
    const found = trySatisfy(kernel, effect.objects, effect.all, kernel.scheduler.currentThread);
    return found < 0 ? BigInt(STATUS.TIMEOUT) : 0n;
  });
  const queue = allocate(kernel, 64);
  call('KeInitializeQueue', queue, 0);
  const entry = (): bigint => allocate(kernel, 16);
  return { kernel, call, queue, entry };
}

test('entries come out in order, those put in front first, and then the status of the wait', () => {
  const { call, queue, entry } = setup();
  const [a, b, c] = [entry(), entry(), entry()];
  expect(call('KeInsertQueue', queue, a)).toBe(0n);
  expect(call('KeInsertQueue', queue, b)).toBe(1n);
  expect(call('KeInsertHeadQueue', queue, c)).toBe(2n);
  expect(call('KeReadStateQueue', queue)).toBe(3n);
  const removed = [1, 2, 3, 4].map(() => call('KeRemoveQueue', queue, 0, 0));
  expect(removed).toEqual([c, a, b, BigInt(STATUS.TIMEOUT)]);
});

test('what is left at rundown is a ring without the head', () => {
  const { kernel, call, queue, entry } = setup();
  expect(call('KeRundownQueue', queue)).toBe(0n);
  const [a, b] = [entry(), entry()];
  call('KeInsertQueue', queue, a);
  call('KeInsertQueue', queue, b);
  expect(call('KeRundownQueue', queue)).toBe(a);
  expect(kernel.mmu.u64(va(a))).toBe(b);
  expect(kernel.mmu.u64(va(b))).toBe(a);
  expect(call('KeReadStateQueue', queue)).toBe(0n);
});

test('who waits at rundown, or comes later, is told that the queue is abandoned', () => {
  const kernel = testKernel();
  const queue = allocate(kernel, 64);
  const plainly = caller(kernel, queueServices);
  const waiting = caller(kernel, queueServices, () => {
    plainly('KeRundownQueue', queue);
    return 0n;
  });
  plainly('KeInitializeQueue', queue, 0);
  const abandoned = BigInt(STATUS.ABANDONED);
  expect(waiting('KeRemoveQueue', queue, 0, 0)).toBe(abandoned);
  expect(plainly('KeRemoveQueue', queue, 0, 0)).toBe(abandoned);
  plainly('KeInitializeQueue', queue, 0);
  const entry = allocate(kernel, 16);
  plainly('KeInsertQueue', queue, entry);
  expect(caller(kernel, queueServices, () => 0n)('KeRemoveQueue', queue, 0, 0)).toBe(entry);
});
