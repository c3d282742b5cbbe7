/** What a report keeps of a run is bounded, and what it does not keep is counted. */
import { expect, test } from 'vitest';
import type { Event } from '../events/event.ts';
import { Recorder } from './recorder.ts';

const print = (text: string, sequence: number): Event => ({
  kind: 'debug-print',
  text,
  sequence,
  irql: 0,
  phase: 'use',
  callback: null,
  device: null,
  process: 4,
  at: [],
});

test('a thousand lines are kept without their ends, the others counted, all passed on', () => {
  let passed = 0;
  const recorder = new Recorder('sample.sys', () => {
    passed += 1;
  });
  for (let i = 0; i < 1003; i++) recorder.see(print(`line ${i}\r\n`, i));
  expect(recorder.debugPrint).toHaveLength(1000);
  expect(recorder.debugPrint.at(-1)).toBe('line 999');
  expect([recorder.debugPrintDropped, passed]).toEqual([3, 1003]);
});
