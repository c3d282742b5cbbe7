import fc from 'fast-check';
import { expect, test } from 'vitest';
import { va } from '../units/address.ts';
import { HostError } from '../units/errors.ts';
import { loadImage } from './load.ts';
import { parsePe } from './pe.ts';
import {
  type DataExport,
  FUNCTION_SLOT_BYTES,
  type FunctionExport,
  synthesizeImage,
} from './synthesize.ts';

const fn = (name: string, code?: Uint8Array): FunctionExport =>
  code ? { name, kind: 'function', code } : { name, kind: 'function' };
const data = (name: string, bytes: Uint8Array): DataExport => ({ name, kind: 'data', bytes });

test('every export is found where it is said to be', () => {
  const { bytes, rvas } = synthesizeImage({
    name: 'ntoskrnl.exe',
    exports: [
      fn('RtlInitUnicodeString'),
      data('NtBuildNumber', Uint8Array.of(0x61, 0x4a, 0, 0xf0)),
      fn('DbgPrint', Uint8Array.of(0x0f, 0x0b)),
      data('InitSafeBootMode', new Uint8Array(4)),
    ],
  });
  const image = parsePe(bytes);
  expect(image.exportName).toBe('ntoskrnl.exe');
  expect(image.exports.map(({ name }) => name)).toEqual([
    'DbgPrint',
    'InitSafeBootMode',
    'NtBuildNumber',
    'RtlInitUnicodeString',
  ]);
  for (const { name = '', rva } of image.exports) expect(rvas.get(name)).toBe(rva);
  const base = va(0xffff_f800_0000_0000n);
  const loaded = loadImage(image, { base, seed: 0n, resolveImport: () => 0n });
  const at = (name: string, length: number) => {
    const start = rvas.get(name) ?? 0;
    return loaded.bytes.subarray(start, start + length);
  };
  expect(at('NtBuildNumber', 4)).toEqual(Uint8Array.of(0x61, 0x4a, 0, 0xf0));
  expect(at('DbgPrint', 4)).toEqual(Uint8Array.of(0x0f, 0x0b, 0xcc, 0xcc));
  expect(loaded.entryPoint).toBeUndefined();
  const page = (name: string) => loaded.pages[Math.floor((rvas.get(name) ?? 0) / 0x1000)];
  expect(page('DbgPrint')).toMatchObject({ execute: true, write: false });
  expect(page('NtBuildNumber')).toMatchObject({ execute: false, write: true });
});

test('names are in byte order, so that a binary search finds them', () => {
  const name = fc.stringMatching(/^[A-Za-z_?@][A-Za-z0-9_?@$]{0,20}$/);
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 40 }), (names) => {
      const { bytes, rvas } = synthesizeImage({
        name: 'hal.dll',
        exports: names.map((one) => fn(one)),
      });
      const { exports } = parsePe(bytes);
      expect(exports.map((entry) => entry.name)).toEqual(
        names.toSorted((a, b) => (a < b ? -1 : 1)),
      );
      expect(new Set(rvas.values()).size).toBe(names.length);
      for (const at of rvas.values()) expect(at % FUNCTION_SLOT_BYTES).toBe(0);
    }),
    { numRuns: 100, seed: 3 },
  );
});

test('a module of thousands of exports holds', () => {
  const exports = Array.from({ length: 5000 }, (_, index) => fn(`Export${index}`));
  const { bytes } = synthesizeImage({ name: 'ntoskrnl.exe', exports });
  expect(parsePe(bytes).exports).toHaveLength(5000);
});

test.each([
  ['a name twice', [fn('A'), fn('A')]],
  ['no name', [fn('')]],
  ['a name of noise', [fn('a b')]],
  ['code beyond its slot', [fn('A', new Uint8Array(17))]],
])('%s is refused', (_what, exports) => {
  expect(() => synthesizeImage({ name: 'x.sys', exports })).toThrow(HostError);
});
