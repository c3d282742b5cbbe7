import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rva } from '../units/address.ts';
import { imageFunctions } from './function-table.ts';
import { parsePe } from './pe.ts';
import { AT, DATA_AT, damaged, driverImage, refusal, TEXT } from './pe-fixture.suite.ts';
import { imageSymbols } from './symbols.ts';

test('an image cut anywhere is refused or read, never anything else', () => {
  const bytes = driverImage();
  for (let length = 0; length <= bytes.length; length += 1) {
    const message = refusal(bytes.subarray(0, length));
    if (length < AT.reloc) expect(message).not.toBe('accepted');
    expect(message).not.toContain('\n');
  }
});

/** Everything that reads a parsed image does so without throwing. */
function exercise(bytes: Uint8Array): void {
  if (refusal(bytes) !== 'accepted') return;
  const image = parsePe(bytes);
  const functions = imageFunctions(image);
  for (let index = 0; index < Math.min(functions.length, 64); index += 1) {
    const entry = functions.at(index);
    if (entry) functions.chain(entry);
    if (entry) functions.lookup(entry.begin);
  }
  const symbols = imageSymbols(image);
  for (const at of [0, TEXT, TEXT + 0x18, DATA_AT, 0xffff_ffff]) symbols.nearest(rva(at));
}

test('damaged bytes are refused or read, never anything else', () => {
  const byte = fc.record({ at: fc.nat(driverImage().length - 1), value: fc.nat(255) });
  fc.assert(
    fc.property(fc.array(byte, { minLength: 1, maxLength: 12 }), (changes) => {
      const bytes = driverImage();
      for (const { at, value } of changes) bytes[at] = value;
      exercise(bytes);
    }),
    { numRuns: 3000, seed: 1 },
  );
});

test('damaged fields are refused or read, never anything else', () => {
  const extreme = fc.constantFrom(
    0,
    1,
    4,
    0x7f,
    0xfff,
    0x1000,
    0x4fff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
  );
  const change = fc.record({
    at: fc.nat(driverImage().length / 4 - 1),
    value: fc.oneof(extreme, fc.nat(0x5000)),
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
      exercise(
        damaged({ u32: Object.fromEntries(changes.map(({ at, value }) => [at * 4, value])) }),
      );
    }),
    { numRuns: 3000, seed: 2 },
  );
});
