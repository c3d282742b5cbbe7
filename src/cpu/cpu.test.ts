import { expect, test } from 'vitest';
import { bytesOf, CODE, Rig } from './rig.ts';

/** fib(n): recursive, built with clang -O2. */
const FIB = bytesOf(`56 57 48 83 ec 28 48 89 ce 31 ff 48 83 f9 02 72 25
  66 2e 0f 1f 84 00 00 00 00 00 0f 1f 44 00 00 48 8d 4e ff e8 d7 ff ff ff
  48 83 c6 fe 48 01 c7 48 83 fe 01 77 ea 48 01 f7 48 89 f8 48 83 c4 28 5f 5e c3`);

test('a recursive function returns its value', () => {
  const rig = new Rig();
  rig.load(FIB);
  expect(rig.call(CODE, 20n)).toBe(6765n);
});
