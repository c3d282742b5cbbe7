import { expect, test } from 'vitest';
import { type Va, va, vaAdd } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { type Answer, allocate, caller, placeAnsi, testKernel } from '../test-kernel.ts';
import { rtlServices } from './services.ts';

function setup(answer?: Answer) {
  const kernel = testKernel();
  return { kernel, call: caller(kernel, rtlServices, answer) };
}

test('the version is Windows 10 22H2', () => {
  const { kernel, call } = setup();
  const info = allocate(kernel, 284);
  kernel.mmu.write(info, 4, 284n);
  expect(call('RtlGetVersion', info)).toBe(0n);
  const fields = [4, 8, 12, 16].map((offset) => kernel.mmu.u32(vaAdd(info, offset)));
  expect(fields).toEqual([10, 0, 19045, 2]);
  expect(kernel.mmu.u8(vaAdd(info, 282))).toBe(1);
  expect(call('IoIsWdmVersionAvailable', 6, 0)).toBe(1n);
  expect(call('IoIsWdmVersionAvailable', 6, 0x10)).toBe(0n);
  expect(call('RtlIsNtDdiVersionAvailable', 0x0a000000)).toBe(1n);
  expect(call('RtlIsNtDdiVersionAvailable', 0x0b000000)).toBe(0n);
});

const EQUAL = 1;
const GREATER_EQUAL = 3;

test.each([
  [10, 0, 0, GREATER_EQUAL, true],
  [6, 1, 0, GREATER_EQUAL, true],
  [6, 3, 0, EQUAL, false],
  [10, 1, 0, GREATER_EQUAL, false],
  [11, 0, 0, GREATER_EQUAL, false],
])('version %i.%i asked with condition %i', (major, minor, _build, condition, holds) => {
  const { kernel, call } = setup();
  const info = allocate(kernel, 284);
  kernel.mmu.write(vaAdd(info, 4), 4, BigInt(major));
  kernel.mmu.write(vaAdd(info, 8), 4, BigInt(minor));
  const mask = call(
    'VerSetConditionMask',
    call('VerSetConditionMask', 0, 2, condition),
    1,
    condition,
  );
  expect(mask).toBe(BigInt(condition | (condition << 3)));
  const expected = holds ? STATUS.SUCCESS : STATUS.REVISION_MISMATCH;
  expect(call('RtlVerifyVersionInfo', info, 3, mask)).toBe(BigInt(expected));
});

function bitmap(bits: string) {
  const { kernel, call } = setup();
  const [header, buffer, out] = [16, 16, 64].map((n) => allocate(kernel, n)) as [Va, Va, Va];
  call('RtlInitializeBitMap', header, buffer, bits.length);
  [...bits].forEach((bit, i) => {
    if (bit === '1') call('RtlSetBit', header, i);
  });
  const shown = (): string =>
    [...bits].map((_, i) => (call('RtlTestBit', header, i) === 1n ? '1' : '0')).join('');
  return { kernel, call, header, out, shown };
}

test('bits are found from the hint on, set and counted', () => {
  const { call, header, shown } = bitmap('1100110000');
  expect(call('RtlFindClearBits', header, 2, 0)).toBe(2n);
  expect(call('RtlFindClearBits', header, 2, 5)).toBe(6n);
  expect(call('RtlFindClearBits', header, 5, 0)).toBe(0xffff_ffffn);
  expect(call('RtlFindClearBitsAndSet', header, 4, 0)).toBe(6n);
  expect(shown()).toBe('1100111111');
  expect(call('RtlNumberOfClearBits', header)).toBe(2n);
  expect(call('RtlAreBitsSet', header, 6, 4)).toBe(1n);
  expect(call('RtlAreBitsSet', header, 6, 5)).toBe(0n);
  call('RtlClearBits', header, 0, 2);
  expect(shown()).toBe('0000111111');
});

test('runs of clear bits are told by start and length', () => {
  const { kernel, call, header, out } = bitmap('1001110000010');
  expect([call('RtlFindFirstRunClear', header, out), kernel.mmu.u32(out)]).toEqual([2n, 1]);
  expect([call('RtlFindLongestRunClear', header, out), kernel.mmu.u32(out)]).toEqual([5n, 6]);
  expect([call('RtlFindNextForwardRunClear', header, 3, out), kernel.mmu.u32(out)]).toEqual([
    5n,
    6,
  ]);
  expect([call('RtlFindLastBackwardRunClear', header, 8, out), kernel.mmu.u32(out)]).toEqual([
    3n,
    6,
  ]);
  expect(call('RtlFindClearRuns', header, out, 2, 1)).toBe(2n);
  expect([0, 4, 8, 12].map((o) => kernel.mmu.u32(vaAdd(out, o)))).toEqual([6, 5, 1, 2]);
  expect(call('RtlFindLeastSignificantBit', 0x50)).toBe(4n);
  expect(call('RtlFindMostSignificantBit', 0x50)).toBe(6n);
  expect(BigInt.asIntN(8, call('RtlFindMostSignificantBit', 0))).toBe(-1n);
});

test.each([
  [0n, [1601, 1, 1, 0, 0, 0, 0, 1]],
  [116_444_736_000_000_000n, [1970, 1, 1, 0, 0, 0, 0, 4]],
  [125_963_423_999_990_000n, [2000, 2, 29, 23, 59, 59, 999, 2]],
  [134_116_992_000_000_000n, [2026, 1, 1, 0, 0, 0, 0, 4]],
])('time %i has its fields', (time, expected) => {
  const { kernel, call } = setup();
  const [at, fields, back] = [8, 16, 8].map((n) => allocate(kernel, n)) as [Va, Va, Va];
  kernel.mmu.write(at, 8, time);
  call('RtlTimeToTimeFields', at, fields);
  expect(Array.from({ length: 8 }, (_, i) => kernel.mmu.u16(vaAdd(fields, i * 2)))).toEqual(
    expected,
  );
  expect(call('RtlTimeFieldsToTime', fields, back)).toBe(1n);
  expect(kernel.mmu.u64(back)).toBe(time);
});

test('impossible dates and moments out of range are refused', () => {
  const { kernel, call } = setup();
  const [fields, at, out] = [16, 8, 4].map((n) => allocate(kernel, n)) as [Va, Va, Va];
  [2023, 2, 29].forEach((value, i) => {
    kernel.mmu.write(vaAdd(fields, i * 2), 2, BigInt(value));
  });
  expect(call('RtlTimeFieldsToTime', fields, at)).toBe(0n);
  call('RtlSecondsSince1970ToTime', 86_400, at);
  expect(call('RtlTimeToSecondsSince1970', at, out)).toBe(1n);
  expect(kernel.mmu.u32(out)).toBe(86_400);
  expect(call('RtlTimeToSecondsSince1980', at, out)).toBe(0n);
});

test.each([
  [0x1000n, 3, 0],
  [0x1_0000_0000n, 7, 0x200],
  [0x100_0000_0000n, 7, 0x400],
  [0x1_0000_0000_0000n, 7, 0x800],
])('a memory range of %i bytes is encoded and decoded', (length, type, flag) => {
  const { kernel, call } = setup();
  const [at, start] = [allocate(kernel, 20), allocate(kernel, 8)];
  expect(call('RtlCmEncodeMemIoResource', at, 3, length, 0x1_2345_0000)).toBe(0n);
  expect([kernel.mmu.u8(at), kernel.mmu.u16(vaAdd(at, 2))]).toEqual([type, flag]);
  expect(call('RtlCmDecodeMemIoResource', at, start)).toBe(length);
  expect(kernel.mmu.u64(start)).toBe(0x1_2345_0000n);
});

test('ports do not scale', () => {
  const { kernel, call } = setup();
  const at = allocate(kernel, 20);
  expect(call('RtlCmEncodeMemIoResource', at, 1, 0x1_0000_0000, 0)).toBe(
    BigInt(STATUS.UNSUCCESSFUL),
  );
  expect(call('RtlCmEncodeMemIoResource', at, 2, 1, 0)).toBe(BigInt(STATUS.INVALID_PARAMETER));
});

test('random numbers follow from the seed', () => {
  const sequence = () => {
    const { kernel, call } = setup();
    const seed = allocate(kernel, 4);
    kernel.mmu.write(seed, 4, 42n);
    return [1, 2, 3].map(() => call('RtlRandomEx', seed));
  };
  expect(sequence()).toEqual(sequence());
  expect(new Set(sequence()).size).toBe(3);
});

/** Runs the routines of a generic table over DWORD elements. */
function table(suffix: '' | 'Avl') {
  const kernel = testKernel();
  const freed: bigint[] = [];
  const call = caller(kernel, rtlServices, (effect) => {
    if (effect.kind !== 'call-guest') return 0n;
    const [, a = 0n, b = 0n] = effect.args;
    if (effect.entry === 0x2000n) return allocate(kernel, Number(a));
    if (effect.entry === 0x3000n) return BigInt(freed.push(a));
    const [x, y] = [kernel.mmu.u32(va(a)), kernel.mmu.u32(va(b))];
    if (x === y) return 2n;
    return x < y ? 0n : 1n;
  });
  const at = allocate(kernel, 104);
  const cell = allocate(kernel, 4);
  call(`RtlInitializeGenericTable${suffix}`, at, 0x1000, 0x2000, 0x3000, 0);
  const element = (name: string, value: number, ...more: (bigint | number)[]): bigint => {
    kernel.mmu.write(cell, 4, BigInt(value));
    return call(`${name}${suffix}`, at, cell, ...more);
  };
  const value = (address: bigint): number => kernel.mmu.u32(va(address));
  return { kernel, call, at, element, value, freed };
}

test.each(['', 'Avl'] as const)('generic tables (%s) keep elements in order', (suffix) => {
  const { kernel, call, at, element, value, freed } = table(suffix);
  const isNew = allocate(kernel, 1);
  for (const number of [5, 1, 3]) element('RtlInsertElementGenericTable', number, 4, isNew);
  expect(kernel.mmu.u8(isNew)).toBe(1);
  const known = element('RtlInsertElementGenericTable', 3, 4, isNew);
  expect([value(known), kernel.mmu.u8(isNew)]).toEqual([3, 0]);
  expect(call(`RtlNumberGenericTableElements${suffix}`, at)).toBe(3n);
  const listed: number[] = [];
  const next = `RtlEnumerateGenericTable${suffix}`;
  for (let e = call(next, at, 1); e !== 0n; e = call(next, at, 0)) listed.push(value(e));
  expect(listed).toEqual([1, 3, 5]);
  const byIndex = [0, 1, 2].map((i) => value(call(`RtlGetElementGenericTable${suffix}`, at, i)));
  expect(byIndex).toEqual(suffix === 'Avl' ? [1, 3, 5] : [5, 1, 3]);
  expect(element('RtlDeleteElementGenericTable', 3)).toBe(1n);
  expect(freed).toHaveLength(1);
  expect(element('RtlLookupElementGenericTable', 3)).toBe(0n);
  const key = allocate(kernel, 8);
  const without = `RtlEnumerateGenericTableWithoutSplaying${suffix}`;
  expect([call(without, at, key), call(without, at, key)].map(value)).toEqual([1, 5]);
  expect(call(without, at, key)).toBe(0n);
});

test('a routine runs once, and its context is kept', () => {
  const { kernel } = setup();
  let runs = 0;
  const call = caller(kernel, rtlServices, (effect) => {
    if (effect.kind !== 'call-guest') return 0n;
    runs++;
    kernel.mmu.write(va(effect.args[2] ?? 0n), 8, 0x40n);
    return 1n;
  });
  const [once, context] = [allocate(kernel, 8), allocate(kernel, 8)];
  call('RtlRunOnceExecuteOnce', once, 0x1000, 0, context);
  kernel.mmu.write(context, 8, 0n);
  expect(call('RtlRunOnceExecuteOnce', once, 0x1000, 0, context)).toBe(0n);
  expect([runs, kernel.mmu.u64(context)]).toEqual([1, 0x40n]);
});

test('exports of an image in memory are found by name', () => {
  const { kernel, call } = setup();
  const base = allocate(kernel, 0x1000);
  const put = (offset: number, size: 2 | 4, value: number) =>
    kernel.mmu.write(vaAdd(base, offset), size, BigInt(value));
  put(0, 2, 0x5a4d);
  put(0x3c, 4, 0x80);
  put(0x80, 4, 0x4550);
  put(0x98, 2, 0x20b);
  put(0x98 + 108, 4, 16);
  put(0x98 + 112, 4, 0x200);
  put(0x98 + 116, 4, 0x40);
  for (const [offset, value] of [
    [0x218, 2],
    [0x21c, 0x300],
    [0x220, 0x310],
    [0x224, 0x320],
    [0x300, 0x900],
    [0x304, 0x910],
    [0x310, 0x330],
    [0x314, 0x340],
  ] as const) {
    put(offset, 4, value);
  }
  put(0x320, 2, 1);
  put(0x322, 2, 0);
  kernel.mmu.writeBytes(vaAdd(base, 0x330), new Uint8Array([0x41, 0]));
  kernel.mmu.writeBytes(vaAdd(base, 0x340), new Uint8Array([0x42, 0]));
  const find = (name: string) =>
    call('RtlFindExportedRoutineByName', base, placeAnsi(kernel, name));
  expect([find('A'), find('B'), find('C')]).toEqual([base + 0x910n, base + 0x900n, 0n]);
});

test('statuses have Win32 codes', () => {
  const { kernel, call } = setup();
  expect(call('RtlNtStatusToDosError', STATUS.ACCESS_DENIED)).toBe(5n);
  expect(call('RtlNtStatusToDosError', 0xc0ff_ffff)).toBe(317n);
  expect(call('RtlComputeCrc32', 0, placeAnsi(kernel, '123456789'), 9)).toBe(0xcbf4_3926n);
});
