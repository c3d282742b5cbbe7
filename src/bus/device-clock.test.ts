import { expect, test } from 'vitest';
import { ticks } from '../units/ticks.ts';
import { TimerQueue } from './device-clock.ts';

test('what is due runs in order of time, then of asking, at its time', () => {
  const clock = new TimerQueue();
  const seen: string[] = [];
  const note = (name: string) => () => seen.push(`${name}@${clock.now()}`);
  clock.after(ticks(20n), note('c'));
  clock.after(ticks(10n), note('a'));
  clock.after(ticks(10n), note('b'));
  expect(clock.nextDue()).toBe(10n);
  clock.runUntil(ticks(30n));
  expect(seen).toEqual(['a@10', 'b@10', 'c@20']);
  expect(clock.now()).toBe(30n);
  expect(clock.nextDue()).toBeUndefined();
});

test('a callback may ask again, and cancel others', () => {
  const clock = new TimerQueue();
  const seen: bigint[] = [];
  const late = clock.after(ticks(15n), () => seen.push(-1n));
  const again = () => {
    seen.push(clock.now());
    late.cancel();
    clock.after(ticks(10n), again);
  };
  clock.after(ticks(10n), again);
  clock.runUntil(ticks(35n));
  expect(seen).toEqual([10n, 20n, 30n]);
  expect(clock.nextDue()).toBe(40n);
});

test('time does not go back', () => {
  const clock = new TimerQueue();
  clock.runUntil(ticks(10n));
  clock.runUntil(ticks(5n));
  expect(clock.now()).toBe(10n);
  clock.after(ticks(-5n), () => {});
  expect(clock.nextDue()).toBe(10n);
});
