import { expect, test } from 'vitest';
import { readLatin1z, readUtf16z } from '../../layout/nt.ts';
import { vaAdd } from '../../units/address.ts';
import { allocate, caller, placeAnsi, placeWide, testKernel } from '../test-kernel.ts';
import { crtScanServices } from './crt-scan.ts';

function setup() {
  const kernel = testKernel();
  const call = caller(kernel, crtScanServices);
  const out = allocate(kernel, 0x100);
  kernel.mmu.fill(out, 0x100, 0xee);
  /** Slots of 16 bytes, one for each argument that is stored. */
  const slot = (n: number) => vaAdd(out, n * 16);
  const signed = (result: bigint): number => Number(BigInt.asIntN(32, result));
  return {
    kernel,
    slot,
    narrow: (text: string, template: string, ...more: readonly (bigint | number)[]) =>
      signed(call('sscanf_s', placeAnsi(kernel, text), placeAnsi(kernel, template), ...more)),
    wide: (text: string, template: string, ...more: readonly (bigint | number)[]) =>
      signed(call('swscanf_s', placeWide(kernel, text), placeWide(kernel, template), ...more)),
    call,
    u64: (n: number) => kernel.mmu.u64(slot(n)),
    text: (n: number) => readLatin1z(kernel.mmu, slot(n)),
    wideText: (n: number) => readUtf16z(kernel.mmu, slot(n)),
  };
}

const FILLED = 0xeeee_eeee_eeee_eeeen;
const low = (value: bigint, bytes: number): bigint =>
  BigInt.asUintN(64, ((FILLED >> BigInt(bytes * 8)) << BigInt(bytes * 8)) | value);

test.each([
  ['42', '%d', low(42n, 4)],
  ['  -1x', '%d', low(0xffff_ffffn, 4)],
  ['ff', '%x', low(255n, 4)],
  ['0xff', '%x', low(255n, 4)],
  ['0x10', '%i', low(16n, 4)],
  ['010', '%i', low(8n, 4)],
  ['17', '%o', low(15n, 4)],
  ['65537', '%hu', low(1n, 2)],
  ['257', '%hhu', low(1n, 1)],
  ['-2', '%I64d', 0xffff_ffff_ffff_fffen],
  ['18446744073709551615', '%llu', 0xffff_ffff_ffff_ffffn],
  ['FFFFF80000001000', '%p', 0xffff_f800_0000_1000n],
  ['123456', '%3d', low(123n, 4)],
] as const)('sscanf_s of %j with %j', (text, template, expected) => {
  const { narrow, slot, u64 } = setup();
  expect(narrow(text, template, slot(0))).toBe(1);
  expect(u64(0)).toBe(expected);
});

test('an address of six bytes, as drivers read one from the registry', () => {
  const { wide, slot, kernel } = setup();
  const slots = [0, 1, 2, 3, 4, 5].map(slot);
  expect(wide('52-54-00-12-34-5F', '%2x-%2x-%2x-%2x-%2x-%2x', ...slots)).toBe(6);
  expect(slots.map((at) => kernel.mmu.u32(at))).toEqual([0x52, 0x54, 0, 0x12, 0x34, 0x5f]);
});

test('texts take the room that they are given, and are empty without it', () => {
  const { narrow, slot, text, u64 } = setup();
  expect(narrow(' name = some value', '%s = %[a-z]%n', slot(0), 5, slot(1), 16, slot(2))).toBe(2);
  expect([text(0), text(1), u64(2)]).toEqual(['name', 'some', low(12n, 4)]);
  expect(narrow('longer', '%s', slot(0), 6)).toBe(0);
  expect(text(0)).toBe('');
  expect(narrow('ab]c', '%[^]]', slot(0), 8)).toBe(1);
  expect(text(0)).toBe('ab');
  expect(narrow('xyz', '%2c', slot(3), 2)).toBe(1);
  expect(u64(3)).toBe(low(0x7978n, 2));
  expect(narrow('xyz', '%4c', slot(3), 4)).toBe(-1);
  expect(narrow('xyz', '%[0-9]', slot(3), 4)).toBe(0);
});

test('a capital letter or a size is text of the other kind', () => {
  const { narrow, wide, slot, text, wideText } = setup();
  expect(narrow('one two', '%S %ls', slot(0), 8, slot(1), 8)).toBe(2);
  expect([wideText(0), wideText(1)]).toEqual(['one', 'two']);
  expect(wide('one two', '%S %s', slot(0), 8, slot(1), 8)).toBe(2);
  expect([text(0), wideText(1)]).toEqual(['one', 'two']);
  expect(wide('one', '%hs', slot(0), 8)).toBe(1);
  expect(text(0)).toBe('one');
});

test('what is not stored is not counted, what does not match ends it', () => {
  const { narrow, slot, u64 } = setup();
  expect(narrow('1 2 3', '%*d %d%%', slot(0))).toBe(1);
  expect(u64(0)).toBe(low(2n, 4));
  expect(narrow('100%', '%d%%%d', slot(0), slot(1))).toBe(1);
  expect(narrow('a', '%d', slot(0))).toBe(0);
  expect(narrow('', '%d', slot(0))).toBe(-1);
  expect(narrow('  ', '%s', slot(0), 4)).toBe(-1);
  expect(narrow('b', 'a%d', slot(0))).toBe(0);
});

test('the bounded ones stop at their count, and floating point ends the run by name', () => {
  const { kernel, call, slot, u64, narrow } = setup();
  const [text, template] = [placeAnsi(kernel, '1234'), placeAnsi(kernel, '%d')];
  expect(call('_snscanf_s', text, 2, template, slot(0))).toBe(1n);
  expect(u64(0)).toBe(low(12n, 4));
  const wide = [placeWide(kernel, '99x'), 3, placeWide(kernel, '%u')] as const;
  expect(call('_snwscanf_s', ...wide, slot(1))).toBe(1n);
  expect(u64(1)).toBe(low(99n, 4));
  expect(() => narrow('1.5', '%f', slot(0))).toThrow(
    expect.objectContaining({ runEnd: 'not-modelled', name: 'scanf with %f' }),
  );
});
