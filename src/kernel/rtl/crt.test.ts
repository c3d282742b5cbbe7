import { expect, test } from 'vitest';
import { readLatin1z, readUtf16z } from '../../layout/nt.ts';
import { pa, va, vaAdd } from '../../units/address.ts';
import { allocate, caller, placeAnsi, placeString, placeWide, testKernel } from '../test-kernel.ts';
import { crtNumberServices } from './crt-number.ts';
import { crtPrintServices } from './crt-print.ts';
import { crtSecureServices } from './crt-secure.ts';
import { crtSortServices } from './crt-sort.ts';
import { crtStringServices } from './crt-string.ts';
import { formatText } from './format.ts';
import { memoryServices } from './memory.ts';

const services = [
  ...memoryServices,
  ...crtStringServices,
  ...crtSecureServices,
  ...crtPrintServices,
  ...crtNumberServices,
  ...crtSortServices,
];

function setup() {
  const kernel = testKernel();
  return {
    kernel,
    call: caller(kernel, services),
    a: (text: string) => placeAnsi(kernel, text),
    w: (text: string) => placeWide(kernel, text),
  };
}

const bitsOf = (value: number): bigint => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
};

test.each([
  ['%d', [-5n], '-5'],
  ['%u', [-1n], '4294967295'],
  ['%5d|%-5d|%05d', [42n, 42n, 42n], '   42|42   |00042'],
  ['%+d|% d', [7n, 7n], '+7| 7'],
  ['%.3d %.0d|', [7n, 0n], '007 |'],
  ['%x %X %#x %#X %#o', [255n, 255n, 255n, 255n, 8n], 'ff FF 0xff 0XFF 010'],
  ['%08lx', [0x1234n], '00001234'],
  ['%p', [0xffff_f800_1234_5678n], 'FFFFF80012345678'],
  ['%I64x %I64d %I32u', [0x1_0000_0000n, -1n, -1n], '100000000 -1 4294967295'],
  ['%lld %llu %Iu %zu', [-1n, -1n, 5n, 6n], '-1 18446744073709551615 5 6'],
  ['%hd %hu %hhx', [-1n, -1n, 0x1ffn], '-1 65535 ff'],
  ['%c%c%%', [65n, 66n], 'AB%'],
  ['%*d|%-*d|%.*d', [4n, 1n, 4n, 2n, 3n, 9n], '   1|2   |009'],
  ['%*d|', [-4n, 1n], '1   |'],
  ['%y %', [], 'y '],
  ['%s %S %Z', [0n, 0n, 0n], '(null) (null) (null)'],
  [
    '%.2f %e %g %G',
    [1.005, 12345.678, 0.0001, 1e-10].map(bitsOf),
    '1.00 1.234568e+04 0.0001 1E-10',
  ],
  ['%8.3f|%-8.1f|%+.0f', [3.1425, -2.5, 9].map(bitsOf), '   3.143|-2.5    |+9'],
  ['%d %s', [1n, 0n], '1 (null)'],
])('printf %s', (format, args, expected) => {
  const { kernel } = setup();
  let index = 0;
  expect(formatText(kernel.mmu, format, () => args[index++] ?? 0n, false)).toBe(expected);
});

test('strings are narrow or wide by letter, size and the width of the format', () => {
  const { kernel, a, w } = setup();
  const [narrow, wide] = [a('narrow'), w('wide')];
  const format = (text: string, isWide: boolean, ...args: bigint[]) => {
    let index = 0;
    return formatText(kernel.mmu, text, () => args[index++] ?? 0n, isWide);
  };
  expect(format('%s %S %hs %ls %ws', false, narrow, wide, narrow, wide, wide)).toBe(
    'narrow wide narrow wide wide',
  );
  expect(format('%s %S %hs %ls', true, wide, narrow, narrow, wide)).toBe('wide narrow narrow wide');
  expect(format('%.3s|%-8.2s|%8s', false, narrow, narrow, narrow)).toBe('nar|na      |  narrow');
  expect(format('%wZ', false, placeString(kernel, 'counted'))).toBe('counted');
  expect(format('%Z', false, placeString(kernel, 'bytes', { width: 1 }))).toBe('bytes');
  expect(format('%99999999d', false, 1n).length).toBeLessThanOrEqual(0x2000);
});

test('_snprintf leaves the zero out when the text fills the buffer and says when it does not fit', () => {
  const { kernel, call, a } = setup();
  const buffer = allocate(kernel, 16);
  const run = (count: number): [bigint, string] => {
    kernel.mmu.fill(buffer, 16, 0x7e);
    kernel.mmu.write(vaAdd(buffer, 8), 1, 0n);
    const result = BigInt.asIntN(32, call('_snprintf', buffer, count, a('%s'), a('abcd')));
    return [result, readLatin1z(kernel.mmu, buffer)];
  };
  expect(run(5)).toEqual([4n, 'abcd']);
  expect(run(4)).toEqual([4n, 'abcd~~~~']);
  expect(run(3)).toEqual([-1n, 'abc~~~~~']);
});

test('sprintf_s empties what does not fit, _snprintf_s may cut it', () => {
  const { kernel, call, a, w } = setup();
  const buffer = allocate(kernel, 32);
  expect(call('sprintf_s', buffer, 8, a('%d-%d'), 12, 34)).toBe(5n);
  expect(readLatin1z(kernel.mmu, buffer)).toBe('12-34');
  expect(BigInt.asIntN(32, call('sprintf_s', buffer, 4, a('%d'), 12345))).toBe(-1n);
  expect(readLatin1z(kernel.mmu, buffer)).toBe('');
  expect(BigInt.asIntN(32, call('_snprintf_s', buffer, 4, -1, a('%d'), 12345))).toBe(-1n);
  expect(readLatin1z(kernel.mmu, buffer)).toBe('123');
  expect(call('swprintf', buffer, w('%s=%x'), w('key'), 255)).toBe(6n);
  expect(readUtf16z(kernel.mmu, buffer)).toBe('key=ff');
});

test('variable arguments come from a list too', () => {
  const { kernel, call, a } = setup();
  const list = allocate(kernel, 16);
  const buffer = allocate(kernel, 32);
  kernel.mmu.write(list, 8, 7n);
  kernel.mmu.write(vaAdd(list, 8), 8, a('seven'));
  expect(call('_vsnprintf', buffer, 32, a('%d %s'), list)).toBe(7n);
  expect(readLatin1z(kernel.mmu, buffer)).toBe('7 seven');
});

test('searches and comparisons', () => {
  const { call, a, w } = setup();
  const text = a('path\\to\\file');
  expect(call('strchr', text, 0x5c)).toBe(text + 4n);
  expect(call('strrchr', text, 0x5c)).toBe(text + 7n);
  expect(call('strchr', text, 0)).toBe(text + 12n);
  expect(call('strstr', text, a('to'))).toBe(text + 5n);
  expect(call('strstr', text, a('too'))).toBe(0n);
  expect(call('strcspn', text, a('\\'))).toBe(4n);
  expect(call('strlen', text)).toBe(12n);
  expect(call('wcsnlen', w('abc'), 2)).toBe(2n);
  expect(call('_stricmp', a('ABC'), a('abc'))).toBe(0n);
  expect(call('_wcsnicmp', w('ABCx'), w('abcy'), 3)).toBe(0n);
  expect(BigInt.asIntN(32, call('strcmp', a('a'), a('b')))).toBe(-1n);
  expect(call('strncmp', a('abX'), a('abY'), 2)).toBe(0n);
});

test('copies fill, append and stop as C says', () => {
  const { kernel, call, a } = setup();
  const buffer = allocate(kernel, 16);
  kernel.mmu.fill(buffer, 16, 0x7e);
  call('strncpy', buffer, a('ab'), 4);
  expect([...kernel.mmu.readBytes(buffer, 5)]).toEqual([0x61, 0x62, 0, 0, 0x7e]);
  call('strcat', buffer, a('cd'));
  expect(readLatin1z(kernel.mmu, buffer)).toBe('abcd');
  expect(call('strcpy_s', buffer, 4, a('abcd'))).toBe(34n);
  expect(call('strcpy_s', buffer, 5, a('abcd'))).toBe(0n);
  expect(call('strncpy_s', buffer, 3, a('abcd'), -1)).toBe(80n);
  expect(readLatin1z(kernel.mmu, buffer)).toBe('ab');
  expect(call('_strupr', buffer)).toBe(buffer);
  expect(readLatin1z(kernel.mmu, buffer)).toBe('AB');
});

test('numbers in and out', () => {
  const { kernel, call, a } = setup();
  const buffer = allocate(kernel, 80);
  const end = allocate(kernel, 8);
  expect(BigInt.asIntN(32, call('atoi', a('  -42x')))).toBe(-42n);
  const text = a('0x1fz');
  expect(call('strtoul', text, end, 0)).toBe(0x1fn);
  expect(kernel.mmu.u64(end)).toBe(text + 4n);
  call('_itoa', -1, buffer, 16);
  expect(readLatin1z(kernel.mmu, buffer)).toBe('ffffffff');
  call('_itoa', -12, buffer, 10);
  expect(readLatin1z(kernel.mmu, buffer)).toBe('-12');
  expect(call('_ui64toa_s', -1, buffer, 10, 10)).toBe(34n);
  expect([call('rand'), call('rand')]).toEqual([41n, 18467n]);
  expect([call('toupper', 0x61), call('isxdigit', 0x67), call('towupper', 0xe9)]).toEqual([
    0x41n,
    0n,
    0xc9n,
  ]);
});

test('overlapping moves keep the source, across pages too', () => {
  const { kernel, call } = setup();
  const at = allocate(kernel, 0x3000);
  const pattern = Uint8Array.from({ length: 0x2000 }, (_, i) => i * 7);
  kernel.mmu.writeBytes(at, pattern);
  call('memmove', vaAdd(at, 0x123), at, 0x2000);
  expect(kernel.mmu.readBytes(vaAdd(at, 0x123), 0x2000)).toEqual(pattern);
  call('memmove', at, vaAdd(at, 0x123), 0x2000);
  expect(kernel.mmu.readBytes(at, 0x2000)).toEqual(pattern);
  expect(call('RtlCompareMemory', at, vaAdd(at, 1), 4)).toBe(0n);
  call('RtlFillMemory', at, 0x1800, 0x5a);
  expect(call('memcmp', at, vaAdd(at, 1), 0x17ff)).toBe(0n);
});

test('device pages are read and written in whole words', () => {
  const { kernel, call } = setup();
  const sizes: string[] = [];
  kernel.physical.addWindow({
    kind: 'device',
    name: 'registers',
    base: pa(0x1000_0000),
    length: 0x1000,
    read: (offset, size) => {
      sizes.push(`r${offset.toString(16)}:${size}`);
      return 0x1122_3344_5566_7788n;
    },
    write: (offset, size) => sizes.push(`w${offset.toString(16)}:${size}`),
  });
  const at = va(0xffff_9000_0000_1000n);
  const attributes = { writable: true, executable: false, user: false, cache: 'uncached' } as const;
  kernel.mmu.tables.map(at, pa(0x1000_0000), attributes);
  const ram = allocate(kernel, 32);
  call('memcpy', ram, vaAdd(at, 4), 14);
  expect(sizes.splice(0)).toEqual(['r4:4', 'r8:8', 'r10:2']);
  call('RtlZeroMemory', at, 12);
  expect(sizes).toEqual(['w0:8', 'w8:4']);
});

test('qsort and bsearch compare through the driver', () => {
  const { kernel } = setup();
  const values = [5, 3, 9, 1, 7, 3];
  const at = allocate(kernel, values.length * 4);
  values.forEach((value, i) => {
    kernel.mmu.write(vaAdd(at, i * 4), 4, BigInt(value));
  });
  const call = caller(kernel, services, (effect) => {
    if (effect.kind !== 'call-guest') return 0n;
    const [x = 0n, y = 0n] = effect.args;
    return BigInt(kernel.mmu.u32(va(x)) - kernel.mmu.u32(va(y)));
  });
  call('qsort', at, values.length, 4, 0x7000);
  expect(values.map((_, i) => kernel.mmu.u32(vaAdd(at, i * 4)))).toEqual([1, 3, 3, 5, 7, 9]);
  const key = allocate(kernel, 4);
  kernel.mmu.write(key, 4, 7n);
  expect(call('bsearch', key, at, values.length, 4, 0x7000)).toBe(vaAdd(at, 16));
});
