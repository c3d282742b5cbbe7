/** Reports of every kind of run keep to the published schema. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { complete, crashed, cutShort, leak, moved, reportOf, stopped } from './report.fixture.ts';
import { reportText } from './report.ts';

const schema = JSON.parse(
  readFileSync(new URL('../../schema/report.schema.json', import.meta.url), 'utf8'),
);
const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);
const troubles = (report: unknown) => {
  validate(JSON.parse(JSON.stringify(report)));
  return validate.errors ?? [];
};

const network = { ...complete, traffic: [moved, { ...moved, seen: null, counters: null }] };

test.each(Object.entries({ complete, crashed, cutShort, stopped, network }))(
  'a %s run gives a report of the published shape',
  (_, result) => {
    expect(troubles(reportOf({ result }))).toEqual([]);
    expect(troubles(reportOf({ result, findings: [leak] }))).toEqual([]);
  },
);

test('the schema refuses what it does not know', () => {
  expect(troubles({ ...reportOf(), extra: 1 })).not.toEqual([]);
  expect(troubles({ ...reportOf(), outcome: 'fine' })).not.toEqual([]);
});

test('addresses are hex strings and lengths are numbers', () => {
  expect(reportOf().mappings[0]).toMatchObject({
    physical: '0xfebf0000',
    virtual: '0xfffff80012340000',
    length: 0x1000,
    releasedIn: null,
  });
  expect(reportOf({ result: crashed }).bugCheck).toMatchObject({
    code: '0x000000d1',
    parameters: [
      '0xfffff80012340000',
      '0x0000000000000002',
      expect.any(String),
      expect.any(String),
    ],
  });
});

test('the same parts give the same text', () => {
  expect(reportText(reportOf())).toBe(reportText(reportOf()));
  expect(reportText(reportOf()).endsWith('}\n')).toBe(true);
});
