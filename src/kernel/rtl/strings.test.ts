import { expect, test } from 'vitest';
import { readLatin1z, readUnicodeString, readUtf16 } from '../../layout/nt.ts';
import { type Va, va, vaAdd } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { pool } from '../ex/pool.ts';
import { allocate, caller, placeAnsi, placeString, placeWide, testKernel } from '../test-kernel.ts';
import { rtlServices } from './services.ts';

function setup() {
  const events: string[] = [];
  const kernel = testKernel({
    emit: (event) => {
      if (event.kind === 'debug-print') events.push(event.text);
    },
  });
  const call = caller(kernel, rtlServices);
  const text = (at: Va): string => readUnicodeString(kernel.mmu, at);
  const ansi = (at: Va): string => {
    const bytes = kernel.mmu.readBytes(kernel.mmu.pointer(vaAdd(at, 8)), kernel.mmu.u16(at));
    return String.fromCharCode(...bytes);
  };
  const wide = (value: string, capacity?: number) =>
    placeString(kernel, value, capacity === undefined ? {} : { capacity });
  return { kernel, call, text, ansi, wide, events };
}

test('every service of the family has a name of its own and a documentation page', () => {
  const names = rtlServices.map((s) => s.name);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  for (const service of rtlServices) expect(service.doc).not.toContain('?');
});

test('initialising points at the text and counts its terminator', () => {
  const { kernel, call } = setup();
  const at = allocate(kernel, 16);
  const source = placeWide(kernel, 'abc');
  call('RtlInitUnicodeString', at, source);
  expect([kernel.mmu.u16(at), kernel.mmu.u16(vaAdd(at, 2))]).toEqual([6, 8]);
  expect(kernel.mmu.u64(vaAdd(at, 8))).toBe(source);
  call('RtlInitUnicodeString', at, 0);
  expect(kernel.mmu.u64(at)).toBe(0n);
  call('RtlInitAnsiString', at, placeAnsi(kernel, 'abc'));
  expect(kernel.mmu.u32(at)).toBe((4 << 16) | 3);
});

test('copies are cut to the room there is', () => {
  const { kernel, call, text, wide } = setup();
  const at = wide('', 2);
  call('RtlCopyUnicodeString', at, wide('abc'));
  expect(text(at)).toBe('ab');
  call('RtlCopyUnicodeString', at, 0);
  expect(kernel.mmu.u16(at)).toBe(0);
});

test('appending fits as a whole or not at all', () => {
  const { kernel, call, text, wide } = setup();
  const at = wide('ab', 4);
  expect(call('RtlAppendUnicodeToString', at, placeWide(kernel, 'cd'))).toBe(0n);
  expect(text(at)).toBe('abcd');
  expect(call('RtlAppendUnicodeStringToString', at, wide('e'))).toBe(
    BigInt(STATUS.BUFFER_TOO_SMALL),
  );
  expect(call('RtlAppendUnicodeToString', at, 0)).toBe(0n);
  expect(text(at)).toBe('abcd');
});

test.each([
  ['RtlCompareUnicodeString', 'abc', 'abd', 0, -1n],
  ['RtlCompareUnicodeString', 'ab', 'abc', 0, -1n],
  ['RtlCompareUnicodeString', 'ABC', 'abc', 1, 0n],
  ['RtlEqualUnicodeString', 'ÄB', 'äb', 1, 1n],
  ['RtlEqualUnicodeString', 'a', 'A', 0, 0n],
  ['RtlPrefixUnicodeString', '\\dev', '\\Device', 1, 1n],
  ['RtlPrefixUnicodeString', '\\dev', '\\Device', 0, 0n],
  ['RtlPrefixUnicodeString', 'longer', 'long', 0, 0n],
] as const)('%s(%s, %s, %i)', (name, a, b, insensitive, expected) => {
  const { call, wide } = setup();
  expect(BigInt.asIntN(32, call(name, wide(a), wide(b), insensitive))).toBe(expected);
});

test('allocated strings belong to the driver until they are freed', () => {
  const { kernel, call, text, wide } = setup();
  const at = allocate(kernel, 16);
  expect(call('RtlUpcaseUnicodeString', at, wide('abcß'), 1)).toBe(0n);
  expect(text(at)).toBe('ABCß');
  const buffer = kernel.mmu.pointer(vaAdd(at, 8));
  expect(pool(kernel).block(buffer)).toMatchObject({ byDriver: true, kind: 'paged' });
  call('RtlFreeUnicodeString', at);
  expect(pool(kernel).block(buffer)).toBeUndefined();
  expect(kernel.mmu.u64(vaAdd(at, 8))).toBe(0n);
  call('RtlFreeUnicodeString', at);
  expect(call('RtlUpcaseUnicodeString', wide('', 2), wide('abc'), 0)).toBe(
    BigInt(STATUS.BUFFER_OVERFLOW),
  );
});

test('text changes its encoding both ways', () => {
  const { kernel, call, text, ansi, wide } = setup();
  const at = allocate(kernel, 16);
  expect(
    call('RtlAnsiStringToUnicodeString', at, placeString(kernel, '\x80x', { width: 1 }), 1),
  ).toBe(0n);
  expect(text(at)).toBe('€x');
  const narrow = placeString(kernel, '', { capacity: 4, width: 1 });
  expect(call('RtlUnicodeStringToAnsiString', narrow, wide('a€Ω'), 0)).toBe(0n);
  expect(ansi(narrow)).toBe('a\x80?');
  expect(call('RtlUnicodeStringToAnsiString', narrow, wide('abcd'), 0)).toBe(
    BigInt(STATUS.BUFFER_OVERFLOW),
  );
  expect(ansi(narrow)).toBe('abc');
});

test('UTF-8 measures, converts and reports what it replaced', () => {
  const { kernel, call } = setup();
  const [out, written] = [allocate(kernel, 16), allocate(kernel, 4)];
  const source = placeWide(kernel, 'aé€😀');
  expect(call('RtlUnicodeToUTF8N', 0, 0, written, source, 10)).toBe(0n);
  expect(kernel.mmu.u32(written)).toBe(10);
  expect(call('RtlUnicodeToUTF8N', out, 16, written, source, 10)).toBe(0n);
  expect([...kernel.mmu.readBytes(out, 10)]).toEqual([
    0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80,
  ]);
  const back = allocate(kernel, 16);
  expect(call('RtlUTF8ToUnicodeN', back, 16, written, out, 10)).toBe(0n);
  expect(readUtf16(kernel.mmu, back, 10)).toBe('aé€😀');
  expect(call('RtlUTF8ToUnicodeN', back, 16, written, placeAnsi(kernel, '\xff'), 1)).toBe(
    BigInt(STATUS.SOME_NOT_MAPPED),
  );
  expect(call('RtlUnicodeToUTF8N', out, 2, written, source, 10)).toBe(
    BigInt(STATUS.BUFFER_TOO_SMALL),
  );
});

test.each([
  ['0x1F', 0, 31],
  ['  -12', 10, 0xffff_fff4],
  ['777', 8, 511],
  ['12ab', 10, 12],
  ['', 10, 0],
])('the integer of "%s" in base %i', (source, base, expected) => {
  const { kernel, call, wide } = setup();
  const out = allocate(kernel, 4);
  expect(call('RtlUnicodeStringToInteger', wide(source), base, out)).toBe(0n);
  expect(kernel.mmu.u32(out)).toBe(expected);
});

test('integers print in capitals, and only in four bases', () => {
  const { call, text, wide } = setup();
  const at = wide('', 12);
  expect(call('RtlIntegerToUnicodeString', 0xdeadbeef, 16, at)).toBe(0n);
  expect(text(at)).toBe('DEADBEEF');
  expect(call('RtlIntegerToUnicodeString', 1, 7, at)).toBe(BigInt(STATUS.INVALID_PARAMETER));
  expect(call('RtlIntegerToUnicodeString', 100, 10, wide('', 2))).toBe(
    BigInt(STATUS.BUFFER_OVERFLOW),
  );
});

test('a GUID survives being printed', () => {
  const { kernel, call, text } = setup();
  const [guid, again, at] = [16, 16, 16].map((n) => allocate(kernel, n)) as [Va, Va, Va];
  kernel.mmu.writeBytes(
    guid,
    Uint8Array.from({ length: 16 }, (_, i) => i * 17),
  );
  expect(call('RtlStringFromGUID', guid, at)).toBe(0n);
  expect(text(at)).toBe('{33221100-5544-7766-8899-AABBCCDDEEFF}');
  expect(call('RtlGUIDFromString', at, again)).toBe(0n);
  expect(kernel.mmu.readBytes(again, 16)).toEqual(kernel.mmu.readBytes(guid, 16));
  expect(call('RtlGUIDFromString', placeString(kernel, '{1}'), again)).toBe(
    BigInt(STATUS.INVALID_PARAMETER),
  );
});

test('IPv4 addresses print and parse', () => {
  const { kernel, call } = setup();
  const [address, out, end] = [4, 16, 8].map((n) => allocate(kernel, n)) as [Va, Va, Va];
  expect(call('RtlIpv4StringToAddressA', placeAnsi(kernel, '10.0.0.255'), 1, end, address)).toBe(
    0n,
  );
  expect(call('RtlIpv4AddressToStringA', address, out)).toBe(vaAdd(out, 10));
  expect(readLatin1z(kernel.mmu, out)).toBe('10.0.0.255');
  expect(call('RtlIpv4StringToAddressA', placeAnsi(kernel, '1.2'), 1, end, address)).toBe(
    BigInt(STATUS.INVALID_PARAMETER),
  );
});

test('the hash is x65599 over upper case', () => {
  const { kernel, call, wide } = setup();
  const out = allocate(kernel, 4);
  call('RtlHashUnicodeString', wide('ab'), 1, 0, out);
  expect(kernel.mmu.u32(out)).toBe((0x41 * 65599 + 0x42) >>> 0);
});

test('debug prints become events, cut at 512 characters', () => {
  const { kernel, call, wide, events } = setup();
  call('DbgPrint', placeAnsi(kernel, '%wZ=%d\n'), wide('name'), 7);
  call('DbgPrintEx', 0, 0, placeAnsi(kernel, '%s'), placeAnsi(kernel, 'x'.repeat(600)));
  const list = allocate(kernel, 8);
  kernel.mmu.write(list, 8, 9n);
  call('vDbgPrintExWithPrefix', placeAnsi(kernel, 'pre: '), 0, 0, placeAnsi(kernel, '%u'), list);
  expect(events).toEqual(['name=7\n', 'x'.repeat(512), 'pre: 9']);
});

test('ANSI strings compare by code page', () => {
  const { kernel, call } = setup();
  const narrow = (value: string) => placeString(kernel, value, { width: 1 });
  expect(call('RtlEqualString', narrow('\xe9A'), narrow('\xc9a'), 1)).toBe(1n);
  expect(call('RtlUpperChar', 0x61)).toBe(0x41n);
  const at = placeString(kernel, '', { width: 1, capacity: 2 });
  call('RtlCopyString', at, narrow('abc'));
  expect(kernel.mmu.u16(at)).toBe(2);
  expect(va(0n)).toBe(0n);
});
