/** Every WDM sample driver. */
import { expect, test } from 'vitest';
import { testSamples } from './samples.suite.ts';
import { wdmSamples } from './samples.ts';

const samples = wdmSamples();

test('there is a sample for each way to map and unmap wrongly', () => {
  expect(samples.length).toBeGreaterThan(80);
});

// The verifier profile warns of MmMapIoSpace itself, which legacy has to use.
testSamples(samples, /^edu(-mingw)?$/);
