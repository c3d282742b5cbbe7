/** A miniport of NDIS 5.1, run through its whole life: which of its routines the library calls, in which order. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Event } from '../src/events/event.ts';
import { runDriver } from '../src/scenario/run.ts';

const image = readFileSync(new URL('../drivers/bin/ndis/nic5.sys', import.meta.url));

const events: Event[] = [];
const run = runDriver({
  image,
  fileName: 'nic5.sys',
  registry: [],
  stubs: new Map(),
  ioctls: [],
  seed: 1,
  maxInstructions: 50_000_000,
  onEvent: (event) => events.push(event),
});

const routines = (phase: string): string[] =>
  run.result.lifecycle.flatMap(({ phase: of, callback, subject }) =>
    of === phase && subject !== 'e1000#2' && callback !== null
      ? [callback.split(' ')[0] ?? '']
      : [],
  );

const of = <K extends Event['kind']>(kind: K): Extract<Event, { kind: K }>[] =>
  events.filter((event): event is Extract<Event, { kind: K }> => event.kind === kind);

test('the miniport lives to its end with nothing to complain of', () => {
  expect(run.driver).toMatchObject({ framework: 'ndis', frameworkVersion: '5.1' });
  expect(run.result).toMatchObject({ ended: 'complete', notModelled: [], bugCheck: null });
  expect(of('framework-misuse')).toEqual([]);
});

test('filters that were lost with the power are set again', () => {
  const [halted, initialized] = routines('power');
  expect([halted, initialized]).toEqual(['MiniportHalt', 'MiniportInitialize']);
  expect(routines('power').slice(-3)).toEqual(Array(3).fill('MiniportSetInformation'));
});

test('reset, surprise removal, unload and shutdown reach their routines', () => {
  expect(routines('reset').slice(0, 2)).toEqual(['MiniportCheckForHang', 'MiniportReset']);
  expect(routines('surprise-removal')).toEqual(['MiniportPnPEventNotify', 'MiniportHalt']);
  expect(routines('unload')).toEqual(['MiniportDriverUnload']);
  expect(routines('shutdown')).toEqual(['MiniportShutdown', 'MiniportShutdown']);
});

test('every packet comes back: sends completed, receives returned', () => {
  const frames = (what: string): number =>
    of('frame').filter((event) => event.what === what).length;
  expect(frames('send')).toBeGreaterThan(0);
  expect(frames('sent')).toBe(frames('send'));
  expect(frames('on-wire')).toBe(frames('send'));
  // The other end answers what it gets.
  expect(frames('indicate')).toBe(frames('inject') + frames('on-wire'));
  expect(frames('return')).toBe(frames('indicate'));
});

test('interrupts are taken by MiniportISR and worked on in a DPC', () => {
  const levels = (routine: string): Set<number> =>
    new Set(of('callback-enter').flatMap((e) => (e.routine === routine ? [e.irql] : [])));
  expect([...levels('MiniportHandleInterrupt')]).toEqual([2]);
  expect(Math.min(...levels('MiniportISR'))).toBeGreaterThan(2);
});
