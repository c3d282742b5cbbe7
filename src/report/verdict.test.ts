/** Outcome and exit code of every way a run can go. */
import { expect, test } from 'vitest';
import type { RunResult } from '../events/run.ts';
import type { Finding } from '../rules/finding.ts';
import { complete, crashed, cutShort, leak, stopped } from './report.fixture.ts';
import { verdictOf } from './verdict.ts';

const refused = { ...complete, notStarted: 'DriverEntry answered STATUS_NOT_FOUND', mappings: [] };
const { coverage } = complete;
const unseen = {
  ...refused,
  coverage: { ...coverage, mapSites: { ...coverage.mapSites, reached: 0 } },
};
const warning: Finding = { ...leak, severity: 'warning' };
const rows: [string, RunResult, Finding[], string, number, string][] = [
  ['clean', complete, [], 'clean', 0, 'clean: 2 mappings, every contract kept'],
  ['an error', complete, [leak], 'findings', 1, '1 error'],
  ['two and one', complete, [leak, leak, warning], 'findings', 1, '2 errors, 1 warning'],
  ['below the bar', complete, [warning], 'clean', 0, '1 warning, none that counts'],
  ['a crash alone', crashed, [], 'bugcheck', 1, 'bug check 0xd1 DRIVER_IRQL_NOT_LESS_OR_EQUAL'],
  ['a crash below the bar', crashed, [warning], 'bugcheck', 1, 'bug check 0xd1'],
  ['not modelled', stopped, [], 'not-modelled', 3, 'no full verdict: IoWMIWriteEvent not modelled'],
  ['a budget', cutShort, [], 'budget', 3, 'no full verdict: 1000 instructions were not enough'],
  ['no start', unseen, [], 'not-started', 3, 'DriverEntry answered STATUS_NOT'],
  ['a failed start that tried to map', refused, [], 'clean', 0, 'clean: no device memory'],
  ['both 1 and 3', stopped, [leak], 'findings', 1, '1 error; no full verdict: IoWMIWriteEvent'],
];

test.each(rows)('%s', (_, result, findings, outcome, exitCode, sentence) => {
  const said = verdictOf(result, findings, 'error');
  expect([said.outcome, said.verdict.exitCode]).toEqual([outcome, exitCode]);
  expect(said.verdict.sentence).toContain(sentence);
});

test('the bar moves with --fail-on', () => {
  expect(verdictOf(complete, [warning], 'warning').verdict.exitCode).toBe(1);
  expect(verdictOf(complete, [{ ...leak, severity: 'advice' }], 'warning').outcome).toBe('clean');
});
