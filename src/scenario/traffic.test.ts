import { expect, test } from 'vitest';
import type { Event, EventBody } from '../events/event.ts';
import { TrafficSums } from './traffic.ts';

function sumOf(...bodies: readonly EventBody[]) {
  const sums = new TrafficSums();
  for (const body of bodies) sums.see(body as unknown as Event);
  return sums.list;
}

const round = (subject: string, seen: number | null): EventBody => ({
  kind: 'traffic',
  subject,
  given: 5,
  sent: 4,
  seen,
  received: 3,
  indicated: 2,
});

const counters = (agree: boolean): EventBody => ({
  kind: 'traffic-counters',
  subject: 'nic#1',
  agree,
});

test('the rounds of each device add up', () => {
  expect(sumOf(round('nic#1', 4), round('nic#2', null), round('nic#1', 3))).toEqual([
    { subject: 'nic#1', given: 10, sent: 8, seen: 7, received: 6, indicated: 4, counters: null },
    { subject: 'nic#2', given: 5, sent: 4, seen: null, received: 3, indicated: 2, counters: null },
  ]);
});

test('counters that disagreed once disagree', () => {
  const verdicts = (...agree: readonly boolean[]) =>
    sumOf(...agree.map(counters)).map((sum) => sum.counters);
  expect(verdicts(true, true)).toEqual(['agree']);
  expect(verdicts(true, false, true)).toEqual(['disagree']);
});
