/** Every NDIS sample driver, and that every rule of NDIS has one. */
import { expect, test } from 'vitest';
import { RULES } from '../src/rules/registry.ts';
import { testSamples } from './samples.suite.ts';
import { ndisSamples } from './samples.ts';

const samples = ndisSamples();

test.each(RULES.filter(({ framework }) => framework === 'ndis').map(({ id }) => [id]))(
  '%s has a sample that breaks it',
  (id) => {
    expect(samples.filter(({ expected }) => expected.some(({ rule }) => rule === id))).not.toEqual(
      [],
    );
  },
);

testSamples(samples, /^(nic5?(-mingw)?|vionet)$/);
