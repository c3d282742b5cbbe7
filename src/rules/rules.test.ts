/** Every rule against traces: a firing one and a silent one each, and nothing else found on the way. */
import { expect, test } from 'vitest';
import { Judge } from './judge.ts';
import { RULES } from './registry.ts';
import { Story } from './story.suite.ts';
import { unmapCases } from './wdm/unmap.suite.ts';

const CASES = [...unmapCases];

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
