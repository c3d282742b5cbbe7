import { createHash, createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { HASHES, Hasher, type HashFunction, Hmac } from './block-hash.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const hash = (name: string): HashFunction => {
  const found = HASHES.get(name);
  if (found === undefined) throw new TypeError(name);
  return found;
};
const data = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 7 + 3) & 0xff);

/** Around the ends of blocks, where padding changes its form. */
const LENGTHS = [0, 1, 3, 55, 56, 63, 64, 65, 111, 112, 119, 120, 127, 128, 129, 1000];

test.each([...HASHES.keys()])('%s is what the host computes', (name) => {
  for (const length of LENGTHS) {
    const expected = createHash(name.toLowerCase()).update(data(length)).digest('hex');
    expect(hex(new Hasher(hash(name)).update(data(length)).finish()), `${length}`).toBe(expected);
  }
});

test.each([...HASHES.keys()])('%s does not depend on how the data is cut', (name) => {
  const whole = new Hasher(hash(name)).update(data(300)).finish();
  const parts = new Hasher(hash(name));
  for (let at = 0; at < 300; at += 37) parts.update(data(300).subarray(at, Math.min(300, at + 37)));
  expect(parts.finish()).toEqual(whole);
});

test.each([...HASHES.keys()])('a keyed %s is what the host computes', (name) => {
  for (const keyLength of [0, 20, 64, 128, 200]) {
    const key = data(keyLength);
    const expected = createHmac(name.toLowerCase(), key).update(data(90)).digest('hex');
    expect(hex(new Hmac(hash(name), key).update(data(90)).finish()), `${keyLength}`).toBe(expected);
  }
});
