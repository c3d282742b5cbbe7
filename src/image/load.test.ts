import { expect, test } from 'vitest';
import { va } from '../units/address.ts';
import { HostError } from '../units/errors.ts';
import { guardPointerSlots, type LoadOptions, loadImage, placeImage, rvaIn } from './load.ts';
import { parsePe } from './pe.ts';
import { AT, D, DATA_AT, damaged, driverImage, IMAGE_BASE } from './pe-fixture.suite.ts';
import type { Protection } from './pe-sections.ts';
import { u32At, u64At } from './reader.ts';
import { DEFAULT_SECURITY_COOKIE, securityCookie } from './security-cookie.ts';

const base = va(0xffff_f800_1234_0000n);
const options: LoadOptions = { base, seed: 1n, resolveImport: () => 0n };
const image = parsePe(driverImage());
const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    if (error instanceof HostError) return error.code;
    throw error;
  }
  return 'no error';
};

test('sections lie at their addresses with zeros behind', () => {
  const { bytes, entryPoint } = loadImage(image, options);
  expect(bytes.length).toBe(0x5000);
  expect(entryPoint).toBe(base + 0x1000n);
  expect(bytes.subarray(0, 0x18)).toEqual(image.file.subarray(0, 0x18));
  expect(bytes.subarray(0x1000, 0x1040)).toEqual(new Uint8Array(0x40).fill(0xcc));
  expect(bytes.subarray(DATA_AT + 0x80, 0x4000).every((byte) => byte === 0)).toBe(true);
});

test('absolute addresses move with the image', () => {
  const { bytes } = loadImage(image, options);
  expect(u64At(bytes, DATA_AT + D.pointer)).toBe(base + 0x1010n);
  expect(u64At(bytes, AT.optionalHeader + 0x18)).toBe(base);
  const low = Number(BigInt.asUintN(32, base - IMAGE_BASE));
  expect(u32At(bytes, DATA_AT + D.delayIat)).toBe(low);
});

test('at its preferred base nothing moves', () => {
  const { bytes } = loadImage(image, { ...options, base: va(IMAGE_BASE) });
  expect(u64At(bytes, DATA_AT + D.pointer)).toBe(IMAGE_BASE + 0x1010n);
});

test('an image stripped of relocations loads at its base only', () => {
  const stripped = parsePe(damaged({ u16: { [AT.fileHeader + 18]: 0x23 } }));
  expect(codeOf(() => loadImage(stripped, options))).toBe('bad-image');
  expect(codeOf(() => loadImage(stripped, { ...options, base: va(IMAGE_BASE) }))).toBe('no error');
});

test('a base within a page is refused', () => {
  expect(codeOf(() => loadImage(image, { ...options, base: va(base + 8n) }))).toBe('bad-argument');
});

test('imports are bound by what the resolver says', () => {
  const asked: (string | number)[] = [];
  const { bytes } = loadImage(image, {
    ...options,
    resolveImport(dll, nameOrOrdinal) {
      asked.push(`${dll}!${nameOrOrdinal}`);
      return 0xffff_f800_0000_0000n + BigInt(asked.length);
    },
  });
  expect(asked).toEqual(['ntoskrnl.exe!MmMapIoSpace', 'ntoskrnl.exe!MmUnmapIoSpace', 'HAL.dll!7']);
  expect(u64At(bytes, DATA_AT)).toBe(0xffff_f800_0000_0001n);
  expect(u64At(bytes, DATA_AT + 8)).toBe(0xffff_f800_0000_0002n);
  expect(u64At(bytes, DATA_AT + 0x18)).toBe(0xffff_f800_0000_0003n);
});

test('the default security cookie is replaced, by the seed alone', () => {
  const first = loadImage(image, options);
  expect(u64At(first.bytes, DATA_AT + D.cookie)).toBe(first.securityCookie);
  expect(loadImage(image, options).securityCookie).toBe(first.securityCookie);
  expect(loadImage(image, { ...options, seed: 2n }).securityCookie).not.toBe(first.securityCookie);
});

test('a cookie of its own stays', () => {
  const own = parsePe(damaged({ u32: { [AT.data + D.cookie]: 0x1111 } }));
  expect(loadImage(own, options).securityCookie).toBeUndefined();
});

test('no seed gives a cookie the driver would refuse', () => {
  for (let seed = 0n; seed < 2000n; seed += 1n) {
    const cookie = securityCookie(seed);
    expect(cookie > 0n && cookie < 1n << 48n && cookie !== DEFAULT_SECURITY_COOKIE).toBe(true);
  }
});

test('guard pointers keep the driver’s defaults unless told', () => {
  const dispatch = 0xffff_f800_0000_1230n;
  const { bytes } = loadImage(image, {
    ...options,
    guard: { guardCFDispatchFunctionPointer: dispatch, guardXFGCheckFunctionPointer: 1n },
  });
  expect(u64At(bytes, DATA_AT + D.check)).toBe(base + 0x1020n);
  expect(u64At(bytes, DATA_AT + D.dispatch)).toBe(dispatch);
  expect([...guardPointerSlots(image).keys()]).toEqual([
    'guardCFCheckFunctionPointer',
    'guardCFDispatchFunctionPointer',
  ]);
});

test('pages are protected as their sections say', () => {
  const { pages } = loadImage(image, options);
  const letters = (p: Protection | undefined): string =>
    p
      ? `${p.read ? 'r' : '-'}${p.write ? 'w' : '-'}${p.execute ? 'x' : '-'}${p.discardable ? 'd' : ''}`
      : 'none';
  expect(pages.map(letters)).toEqual(['r--', 'r-x', 'r--', 'rw-', 'r--d']);
});

test('placing writes once and protects every page', () => {
  const loaded = loadImage(image, options);
  const written: [bigint, number][] = [];
  let protectedBytes = 0;
  placeImage(loaded, {
    write: (at, bytes) => written.push([at, bytes.length]),
    protect(at, length) {
      expect(at).toBe(base + BigInt(protectedBytes));
      protectedBytes += length;
    },
  });
  expect(written).toEqual([[base, 0x5000]]);
  expect(protectedBytes).toBe(0x5000);
  expect(rvaIn(loaded, va(base + 0x4fffn))).toBe(0x4fff);
  expect(rvaIn(loaded, va(base + 0x5000n))).toBeUndefined();
  expect(rvaIn(loaded, va(base - 1n))).toBeUndefined();
});
