/** Damaged drivers that load run to an end that has a name, soon. */
import { expect, test } from 'vitest';
import { SPECIMENS } from './images.suite.ts';
import { outcomeOf, tally } from './judged-run.suite.ts';
import { damagedCode, damagedImage, type Specimen } from './mutate.suite.ts';

const INSTRUCTIONS = 100_000;

function specimenFor(seed: number): Specimen {
  const of = SPECIMENS[seed % SPECIMENS.length];
  if (of === undefined) throw new TypeError('there are no sample drivers');
  return of;
}

test('200 drivers with damaged code run to a named end', () => {
  const outcomes = tally(200, (seed) =>
    outcomeOf(damagedCode(specimenFor(seed), seed), seed, INSTRUCTIONS),
  );
  expect([...outcomes.keys()]).toEqual(expect.arrayContaining(['bugcheck', 'clean', 'findings']));
});

test('150 drivers damaged anywhere are refused or run to a named end', () => {
  const outcomes = tally(150, (seed) =>
    outcomeOf(damagedImage(specimenFor(seed), seed), seed, INSTRUCTIONS),
  );
  expect(outcomes.get('refused')).toBeLessThan(100);
});
