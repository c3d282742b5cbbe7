/** A compiled miniport of NDIS 6.85 that is polled and sleeps when idle. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Event } from '../src/events/event.ts';
import { runDriver } from '../src/scenario/run.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../src/units/irql.ts';

const NAME = 'ndis-poll-ok.sys';
const events: Event[] = [];
const run = runDriver({
  image: new Uint8Array(readFileSync(new URL(`../drivers/bin/ndis/${NAME}`, import.meta.url))),
  fileName: NAME,
  registry: [],
  stubs: new Map(),
  ioctls: [],
  seed: 1,
  maxInstructions: 100_000_000,
  onEvent: (event) => void events.push(event),
});

const framesThat = (what: string): readonly Event[] =>
  events.filter((event) => event.kind === 'frame' && event.what === what);

test('it registers as 6.85 and lives to its end, with nothing done against the rules of NDIS', () => {
  expect([run.driver.frameworkVersion, run.result.ended]).toEqual(['6.85', 'complete']);
  expect(events.filter(({ kind }) => kind === 'framework-misuse')).toEqual([]);
});

test('frames sent are completed and on the wire, those for the card are indicated and returned', () => {
  expect(framesThat('sent').length).toBeGreaterThan(0);
  expect(framesThat('on-wire')).toHaveLength(framesThat('send').length);
  expect(framesThat('indicate').length).toBeGreaterThanOrEqual(framesThat('inject').length);
});

test('it is polled at both levels, and interrupts are switched on afterwards', () => {
  const levels = (routine: string) =>
    new Set(
      events.flatMap((event) =>
        event.kind === 'callback-enter' && event.routine === routine ? [event.irql] : [],
      ),
    );
  const both = new Set([PASSIVE_LEVEL, DISPATCH_LEVEL]);
  expect(levels('NdisPoll')).toEqual(both);
  expect(levels('NdisSetPollNotification')).toEqual(both);
});

test('idle, it is suspended on its own; needed, it wakes and moves frames again', () => {
  const calls = run.result.lifecycle.filter(({ phase }) => phase === 'power');
  expect(calls.slice(0, 5).map(({ callback }) => callback)).toEqual([
    'MiniportIdleNotification',
    'MiniportOidRequest OID_PM_PARAMETERS',
    'MiniportOidRequest OID_PNP_SET_POWER',
    'MiniportCancelIdleNotification',
    'MiniportOidRequest OID_PNP_SET_POWER',
  ]);
  const woken = events.findIndex(
    (event) =>
      event.kind === 'callback-enter' && event.routine === 'MiniportCancelIdleNotification',
  );
  const later = events.slice(woken).filter(({ kind }) => kind === 'frame');
  expect(later.length).toBeGreaterThan(0);
});
