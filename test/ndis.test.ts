import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Event } from '../src/events/event.ts';
import { HALT_ACTION } from '../src/frameworks/ndis/constants.ts';
import { runDriver } from '../src/scenario/run.ts';

function live(name: string) {
  const events: Event[] = [];
  const run = runDriver({
    image: new Uint8Array(readFileSync(new URL(`../drivers/bin/ndis/${name}`, import.meta.url))),
    fileName: name,
    registry: [],
    stubs: new Map(),
    ioctls: [],
    seed: 1,
    maxInstructions: 100_000_000,
    onEvent: (event) => void events.push(event),
  });
  return { run, events };
}

const nic = live('nic.sys');

const framesThat = (what: string): number =>
  nic.events.filter((event) => event.kind === 'frame' && event.what === what).length;

test('the life of a miniport is lived to its end, on the card of NDIS', () => {
  const { run } = nic;
  expect(run.driver).toMatchObject({ framework: 'ndis', frameworkVersion: '6.30' });
  expect([run.device, run.result.ended]).toEqual(['e1000', 'complete']);
});

test('every phase comes', () => {
  const phases = nic.events.flatMap((event) => (event.kind === 'phase-begin' ? [event.name] : []));
  expect([...new Set(phases)]).toEqual([
    'load',
    'initialize',
    'restart',
    'use',
    'pause',
    'power',
    'reset',
    'halt',
    'surprise-removal',
    'unload',
    'shutdown',
  ]);
});

test('a card is pulled out after all that is orderly, the card behind the bridge included', () => {
  const begun = nic.events.flatMap((event) =>
    event.kind === 'phase-begin' ? [`${event.name} ${event.subject ?? ''}`.trim()] : [],
  );
  const at = (phase: string): number => begun.lastIndexOf(phase);
  expect(at('surprise-removal e1000#1')).toBeGreaterThan(at('halt e1000#2'));
  expect(at('halt e1000#2')).toBeGreaterThan(at('halt e1000#1'));
  expect(at('unload')).toBeGreaterThan(at('surprise-removal e1000#1'));
});

test('the miniport is halted for every reason', () => {
  const reasons = nic.events.flatMap((event) =>
    event.kind === 'miniport-reason' && event.routine === 'MiniportHaltEx' ? [event.reason] : [],
  );
  expect(new Set(reasons)).toEqual(new Set(Object.keys(HALT_ACTION)));
});

test('frames sent are frames on the wire, and those for the card arrive', () => {
  expect(framesThat('send')).toBeGreaterThan(0);
  expect(framesThat('on-wire')).toBe(framesThat('send'));
  expect(framesThat('inject')).toBeGreaterThan(0);
  expect(framesThat('indicate')).toBeGreaterThanOrEqual(framesThat('inject'));
});

test('the counts of the report are those of the frames, and the counters of the driver agree', () => {
  const { traffic } = nic.run.result;
  expect(traffic.map(({ subject }) => subject)).toEqual(['e1000#1', 'e1000#2']);
  for (const { given, sent, seen, received, indicated, counters } of traffic) {
    expect([sent, seen]).toEqual([given, given]);
    expect([indicated, counters]).toEqual([received, 'agree']);
  }
  expect(traffic.reduce((sum, { sent }) => sum + sent, 0)).toBe(framesThat('on-wire'));
});

test('nothing is done with NDIS that its documentation forbids', () => {
  expect(nic.events.filter(({ kind }) => kind === 'framework-misuse')).toEqual([]);
});

test('every mapping and port range has ended, but those that shutdown leaves', () => {
  const left = nic.run.result.mappings.filter(({ releasedIn }) => releasedIn === null);
  expect(new Set(left.map(({ owner }) => owner))).toEqual(new Set(['e1000#3', 'e1000#4']));
});

test('a run is the same again', () => {
  const again = live('nic.sys');
  expect(again.run.result.instructions).toBe(nic.run.result.instructions);
  expect(again.events.map(({ kind }) => kind)).toEqual(nic.events.map(({ kind }) => kind));
});
