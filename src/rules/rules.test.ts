/** Every rule against traces: a firing one and a silent one each, and nothing else found on the way. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { explainRule, notObservable } from './explain.ts';
import { Judge } from './judge.ts';
import { ndisAccessCases } from './ndis/access.suite.ts';
import { ndisMapCases } from './ndis/map.suite.ts';
import { ndisReleaseCases } from './ndis/release.suite.ts';
import { toTestCase } from './ndis/story.suite.ts';
import { NOT_OBSERVABLE } from './not-observable.ts';
import { RULES } from './registry.ts';
import { Story } from './story.suite.ts';
import { accessCases } from './wdm/access.suite.ts';
import { leakCases } from './wdm/leak.suite.ts';
import { mapCases } from './wdm/map.suite.ts';
import { mdlCases } from './wdm/mdl.suite.ts';
import { unmapCases } from './wdm/unmap.suite.ts';

const NDIS_CASES = [...ndisMapCases, ...ndisReleaseCases, ...ndisAccessCases].map(toTestCase);
const CASES = [
  ...mapCases,
  ...accessCases,
  ...unmapCases,
  ...leakCases,
  ...mdlCases,
  ...NDIS_CASES,
];
/** Rules without a sample driver that breaks them, with the reason. */
const NO_SAMPLE: ReadonlyMap<string, string> = new Map([
  [
    'PHYS-SECTION-UNMAP',
    'the wrong way is a call that fails; the right way has phys-section-unmap-ok.c',
  ],
]);
const ROOT = new URL('../../', import.meta.url);

test.each(CASES)('$name', ({ story, finds, profile }) => {
  const judge = new Judge(RULES, profile);
  const { events } = story(new Story());
  for (const event of events) judge.handle(event);
  expect(judge.findings.map(({ rule }) => rule)).toEqual(finds);
  for (const { message, facts } of judge.findings) {
    expect(message).not.toMatch(/\{\w+\}|undefined|null/);
    expect(JSON.parse(JSON.stringify(facts))).toEqual(facts);
  }
});

test.each(RULES)('$id has a firing and a silent trace', ({ id }) => {
  expect(CASES.filter(({ finds }) => finds.includes(id))).not.toEqual([]);
  const silent = CASES.filter((it) => it.silent?.includes(id));
  expect(silent).not.toEqual([]);
  for (const { finds } of silent) expect(finds).not.toContain(id);
});

test.each(RULES)('$id is explained in full', (rule) => {
  const { summary, message, why, fix, limits, bad, good, doc, sources } = rule;
  for (const words of [summary, message, why, fix, limits])
    expect(words).toMatch(/^['"A-Z{][^!]*\.$/s);
  expect(bad).not.toBe('');
  expect(good).not.toBe(bad);
  for (const page of [doc, ...sources]) expect(page).toMatch(/^[a-z]+\/[a-z0-9_-]+$/);
  expect(explainRule(rule.id.toLowerCase())?.profiles.documented).toBeDefined();
});

test.each(RULES)('$id has a file and a sample driver of its name', ({ id, framework }) => {
  const name = id.toLowerCase();
  expect(existsSync(new URL(`src/rules/${framework}/${name}.ts`, ROOT))).toBe(true);
  if (NO_SAMPLE.has(id)) return;
  const driver = new URL(`drivers/${framework}/${name}.c`, ROOT);
  expect(existsSync(driver)).toBe(true);
  expect(readFileSync(driver, 'utf8')).toMatch(new RegExp(`^// expect(-check)?: ${id} `, 'm'));
});

test('rules are listed by id, once', () => {
  const ids = RULES.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)].sort());
});

test('what has no rule says why', () => {
  for (const { id, reason } of NOT_OBSERVABLE) {
    expect(explainRule(id)).toBeUndefined();
    expect(notObservable(id)?.reason).toBe(reason);
  }
});
