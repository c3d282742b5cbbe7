import { expect, test } from 'vitest';
import { rva } from '../units/address.ts';
import { parsePe } from './pe.ts';
import { AT, DATA_AT, driverImage, TEXT } from './pe-fixture.suite.ts';
import { putU16, putU32 } from './reader.ts';
import { firstOf, imageSymbols, type SymbolSource } from './symbols.ts';

interface Row {
  readonly name: string;
  readonly section: number;
  readonly value: number;
  readonly storageClass: number;
  readonly type?: number;
  readonly auxiliary?: number;
}

const put = (bytes: Uint8Array, at: number, text: string): void => {
  for (let index = 0; index < text.length; index += 1) bytes[at + index] = text.charCodeAt(index);
};

/** The driver image with a COFF symbol table behind it, as GNU ld leaves it. */
function withSymbols(rows: readonly Row[]): Uint8Array {
  const image = driverImage();
  const slots = rows.reduce((sum, { auxiliary = 0 }) => sum + 1 + auxiliary, 0);
  const strings = rows.filter(({ name }) => name.length > 8).map(({ name }) => name);
  const stringBytes = strings.reduce((sum, name) => sum + name.length + 1, 4);
  const start = image.length;
  const bytes = new Uint8Array(start + slots * 18 + stringBytes);
  bytes.set(image);
  putU32(bytes, AT.fileHeader + 8, start);
  putU32(bytes, AT.fileHeader + 12, slots);
  let [at, string] = [start, 4];
  const stringsAt = start + slots * 18;
  putU32(bytes, stringsAt, stringBytes);
  for (const { name, section, value, storageClass, type = 0, auxiliary = 0 } of rows) {
    if (name.length > 8) {
      putU32(bytes, at + 4, string);
      put(bytes, stringsAt + string, name);
      string += name.length + 1;
    } else put(bytes, at, name);
    putU32(bytes, at + 8, value);
    putU16(bytes, at + 12, section);
    putU16(bytes, at + 14, type);
    bytes[at + 16] = storageClass;
    bytes[at + 17] = auxiliary;
    at += 18 * (1 + auxiliary);
  }
  return bytes;
}

const ROWS: readonly Row[] = [
  { name: '.file', section: 0xfffe, value: 0, storageClass: 103, auxiliary: 2 },
  { name: 'DriverEntry', section: 1, value: 0, storageClass: 2, type: 0x20 },
  { name: '.text', section: 1, value: 0, storageClass: 3, auxiliary: 1 },
  { name: 'dispatch', section: 1, value: 0x10, storageClass: 3, type: 0x20 },
  { name: 'state', section: 3, value: 0x60, storageClass: 3 },
  { name: 'undefined', section: 0, value: 0, storageClass: 2 },
  { name: 'outside', section: 1, value: 0x4000, storageClass: 2 },
];

test('COFF symbols come by name and place', () => {
  expect(parsePe(withSymbols(ROWS)).coffSymbols).toEqual([
    { name: 'DriverEntry', rva: TEXT, isFunction: true, isExternal: true },
    { name: 'dispatch', rva: TEXT + 0x10, isFunction: true, isExternal: false },
    { name: 'state', rva: DATA_AT + 0x60, isFunction: false, isExternal: false },
  ]);
});

test('a cut symbol table gives no symbols and no error', () => {
  const bytes = withSymbols(ROWS);
  for (let length = driverImage().length; length < bytes.length; length += 1) {
    expect(parsePe(bytes.subarray(0, length)).coffSymbols.length).toBeLessThanOrEqual(3);
  }
});

test('a section can have its long name in the string table', () => {
  const bytes = withSymbols([
    ...ROWS,
    { name: '.debug_info', section: 4, value: 0, storageClass: 3 },
  ]);
  // 4 + "DriverEntry\0" (12) = 16, + "undefined\0" (10) = 26
  put(bytes, AT.sectionTable + 3 * 40, '/26\0\0\0\0\0');
  expect(parsePe(bytes).sections[3]?.name).toBe('.debug_info');
});

test('the nearest symbol is in the same section and function', () => {
  const symbols = imageSymbols(parsePe(withSymbols(ROWS)));
  expect(symbols.nearest(rva(TEXT + 2))).toEqual({ name: 'DriverEntry', offset: 2 });
  expect(symbols.nearest(rva(TEXT + 0x18))).toEqual({ name: 'dispatch', offset: 8 });
  expect(symbols.nearest(rva(DATA_AT + 0x61))).toEqual({ name: 'state', offset: 1 });
  expect(symbols.nearest(rva(DATA_AT))).toBeUndefined();
  expect(symbols.nearest(rva(0x9_0000))).toBeUndefined();
  expect(symbols.find('dispatch')).toBe(TEXT + 0x10);
});

test('an export before a function does not name the function', () => {
  const symbols = imageSymbols(parsePe(driverImage()));
  expect(symbols.nearest(rva(TEXT + 1))).toEqual({ name: 'DllInitialize', offset: 1 });
  expect(symbols.nearest(rva(TEXT + 5))).toEqual({ name: '#8', offset: 1 });
  expect(symbols.nearest(rva(TEXT + 0x18))).toBeUndefined();
});

test('the first source that knows answers', () => {
  const lines: SymbolSource = {
    nearest: () => undefined,
    find: () => undefined,
    line: () => ({ file: 'driver.c', line: 7 }),
  };
  const both = firstOf([lines, imageSymbols(parsePe(driverImage()))]);
  expect(both.line(rva(TEXT))).toEqual({ file: 'driver.c', line: 7 });
  expect(both.nearest(rva(TEXT))?.name).toBe('DllInitialize');
  expect(both.find('DllInitialize')).toBe(TEXT);
});
