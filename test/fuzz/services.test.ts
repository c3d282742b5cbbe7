/** Every service survives whatever a driver passes to it, in whatever order. */
import { expect, test } from 'vitest';
import { caller } from './caller.suite.ts';
import { outcomeOf, tally } from './judged-run.suite.ts';

const INSTRUCTIONS = 100_000;
const DRIVERS = 250;

test(`${DRIVERS} drivers that call services with anything at all end by name`, () => {
  const outcomes = tally(DRIVERS, (seed) => outcomeOf(caller(seed), seed, INSTRUCTIONS));
  expect(outcomes.get('refused')).toBeUndefined();
});
