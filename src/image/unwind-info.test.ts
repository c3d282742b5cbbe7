import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rva } from '../units/address.ts';
import { FunctionTable } from './function-table.ts';
import { putU32 } from './reader.ts';
import { readGsHandlerData, readScopeTable, scopeTableBytes } from './scope-table.ts';
import { fromHex } from './unwind-fixture.suite.ts';
import { decodeUnwindInfo, type ReadRva } from './unwind-info.ts';

const over =
  (bytes: Uint8Array): ReadRva =>
  (at, length) =>
    at + length <= bytes.length ? bytes.subarray(at, at + length) : undefined;
const decode = (hex: string) => decodeUnwindInfo(over(fromHex(hex)), rva(0));

test('codes of version 1 are as the linker dumps them', () => {
  // llvm-readobj: SET_FPREG reg=R13 offset=0x80, ALLOC_LARGE 4096, PUSH_NONVOL R13
  expect(decode('0111048d 11030901 000202d0')).toMatchObject({
    version: 1,
    sizeOfProlog: 0x11,
    frameRegister: 13,
    frameOffset: 0x80,
    codes: [
      { op: 'UWOP_SET_FPREG', offset: 0x11 },
      { op: 'UWOP_ALLOC_LARGE', offset: 9, bytes: 4096 },
      { op: 'UWOP_PUSH_NONVOL', offset: 2, register: 13 },
    ],
  });
  expect(decode('01180900 18990000 18000ff5 00001000 07110800 20000000')?.codes).toEqual([
    { op: 'UWOP_SAVE_XMM128_FAR', offset: 0x18, register: 9, at: 0x18_0000 },
    { op: 'UWOP_SAVE_NONVOL_FAR', offset: 0xf, register: 15, at: 0x10_0000 },
    { op: 'UWOP_ALLOC_LARGE', offset: 7, bytes: 0x20_0008 },
  ]);
});

test('epilogues of version 2 are places before the end', () => {
  expect(decode('02050400 02060406 05320160')?.epilogs).toEqual({ size: 2, beforeEnd: [4] });
  expect(decode('02080600 05160006 08520430 03c00160')?.epilogs).toEqual({
    size: 5,
    beforeEnd: [5],
  });
  // A far one, and an odd count filled up with an empty slot.
  expect(decode('02050400 02162316 0532 0160')?.epilogs.beforeEnd).toEqual([2, 0x123]);
  const padded = decode('02050400 02160000 05320160');
  expect(padded?.epilogs.beforeEnd).toEqual([2]);
  expect(padded?.codes.map(({ op }) => op)).toEqual(['UWOP_ALLOC_SMALL', 'UWOP_PUSH_NONVOL']);
});

test.each([
  ['nothing', ''],
  ['another version', '03000000'],
  ['codes cut off', '01040200 0442'],
  ['a code beyond the count', '01040100 04010000'],
  ['an epilogue in version 1', '01040100 04060000'],
  ['an unknown operation', '01040100 040c0000'],
  ['an allocation of no kind', '01040300 04210000 00000000'],
  ['chained with a handler', '29000000 00000000 00000000 00000000'],
  ['a chain cut off', '21000000 00000000'],
  ['a handler cut off', '09000000'],
])('unwind data with %s is damaged', (_what, hex) => {
  expect(decode(hex)).toBeUndefined();
});

test('any bytes decode or are damaged', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const info = decodeUnwindInfo(over(bytes), rva(0));
      expect(info === undefined || info.codes.length <= 32).toBe(true);
    }),
    { numRuns: 2000, seed: 4 },
  );
});

function tableOf(
  rows: readonly number[],
  rest: readonly [at: number, value: number][],
): FunctionTable {
  const bytes = new Uint8Array(0x200);
  for (const [index, value] of rows.entries()) putU32(bytes, index * 4, value);
  for (const [at, value] of rest) putU32(bytes, at, value);
  return new FunctionTable(over(bytes), { rva: rva(0), count: rows.length / 3 });
}

test('an indirect entry stands for the one it points to', () => {
  const indirect: [number, number][] = [
    [0x40, 0x1000],
    [0x44, 0x1100],
    [0x48, 0x80],
    [0x80, 0x01],
  ];
  const table = tableOf([0x1040, 0x1100, 0x41], indirect);
  expect(table.lookup(rva(0x1050))).toEqual({ begin: 0x1000, end: 0x1100, unwindInfo: 0x80 });
});

test('a chain in a circle is damaged', () => {
  const table = tableOf(
    [0x1000, 0x1100, 0x80],
    [
      [0x80, 0x21],
      [0x84, 0x1000],
      [0x88, 0x1100],
      [0x8c, 0x80],
    ],
  );
  const entry = table.lookup(rva(0x1000));
  expect(entry && table.chain(entry)).toEqual([]);
});

test('a scope table tells filters, plain excepts and finallies apart', () => {
  const rows = [
    3,
    0x10,
    0x20,
    1,
    0x80,
    0x20,
    0x30,
    0x90,
    0xa0,
    0x30,
    0x40,
    0xb0,
    0,
    -8 | 7,
    0x40,
    16,
  ];
  const bytes = new Uint8Array(rows.length * 4);
  for (const [index, value] of rows.entries()) putU32(bytes, index * 4, value >>> 0);
  const scopes = readScopeTable(over(bytes), rva(0)) ?? [];
  expect(scopes).toEqual([
    { begin: 0x10, end: 0x20, handler: 'EXCEPTION_EXECUTE_HANDLER', jumpTarget: 0x80 },
    { begin: 0x20, end: 0x30, handler: 0x90, jumpTarget: 0xa0 },
    { begin: 0x30, end: 0x40, handler: 0xb0, jumpTarget: undefined },
  ]);
  expect(readGsHandlerData(over(bytes), rva(scopeTableBytes(scopes)))).toEqual({
    cookieOffset: -8,
    exception: true,
    termination: true,
    aligned: { base: 0x40, alignment: 16 },
  });
});

test('scope tables and cookie data out of bounds are damaged', () => {
  expect(readScopeTable(over(fromHex('ffffffff')), rva(0))).toBeUndefined();
  expect(readScopeTable(over(fromHex('01000000')), rva(0))).toBeUndefined();
  expect(readScopeTable(over(fromHex('')), rva(0))).toBeUndefined();
  expect(readGsHandlerData(over(fromHex('04000000')), rva(0))).toBeUndefined();
  expect(readGsHandlerData(over(fromHex('30000000')), rva(0))).toMatchObject({
    cookieOffset: 0x30,
    aligned: undefined,
  });
});
