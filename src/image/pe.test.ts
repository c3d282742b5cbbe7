import { expect, test } from 'vitest';
import { parsePe } from './pe.ts';
import {
  AT,
  D,
  DATA_AT,
  damaged,
  directoryAt,
  driverImage,
  IMAGE_BASE,
  R,
  RDATA,
  TEXT,
} from './pe-fixture.suite.ts';

test('headers and sections are as written', () => {
  const image = parsePe(driverImage());
  expect(image).toMatchObject({
    machine: 0x8664,
    timestamp: 0x6543_2100,
    subsystem: 1,
    imageBase: IMAGE_BASE,
    entryPoint: TEXT,
    sizeOfImage: 0x5000,
    hasTls: false,
    exceptionDirectory: { rva: RDATA + R.pdata, count: 1 },
  });
  expect(
    image.sections.map(({ name, rva: at, protection: p }) => [name, at, p.write, p.execute]),
  ).toEqual([
    ['.text', TEXT, false, true],
    ['.rdata', RDATA, false, false],
    ['.data', DATA_AT, true, false],
    ['.reloc', 0x4000, false, false],
  ]);
  expect(image.sections.map(({ protection }) => protection.discardable)).toEqual([
    false,
    false,
    false,
    true,
  ]);
});

test('imports come by name, hint and ordinal, with their slots', () => {
  expect(parsePe(driverImage()).imports).toEqual([
    { dll: 'ntoskrnl.exe', name: 'MmMapIoSpace', hint: 0x123, iatRva: DATA_AT },
    { dll: 'ntoskrnl.exe', name: 'MmUnmapIoSpace', hint: 0, iatRva: DATA_AT + 8 },
    { dll: 'HAL.dll', ordinal: 7, hint: 0, iatRva: DATA_AT + 0x18 },
  ]);
});

test('delay imports are apart', () => {
  expect(parsePe(driverImage()).delayImports).toEqual([
    { dll: 'ext.sys', name: 'ExtCall', hint: 0, iatRva: DATA_AT + D.delayIat },
  ]);
});

test('exports come with ordinals, forwarders and nameless ones', () => {
  const { exportName, exports } = parsePe(driverImage());
  expect(exportName).toBe('test.sys');
  expect(exports).toEqual([
    { name: 'DllInitialize', ordinal: 5, rva: TEXT },
    { name: 'Forwarded', ordinal: 7, forwarder: 'HAL.READ_PORT' },
    { ordinal: 8, rva: TEXT + 4 },
  ]);
});

test('load configuration pointers become RVAs', () => {
  expect(parsePe(driverImage()).loadConfig).toMatchObject({
    securityCookie: DATA_AT + D.cookie,
    guardFlags: 0x1000_0500,
    guardCFCheckFunctionPointer: DATA_AT + D.check,
    guardCFDispatchFunctionPointer: DATA_AT + D.dispatch,
    guardXFGCheckFunctionPointer: undefined,
    guardCFFunctionTable: { rva: RDATA + R.guardTable, count: 2, entryBytes: 5 },
  });
});

test('a short load configuration has no fields beyond its size', () => {
  const image = parsePe(damaged({ u32: { [AT.rdata + R.loadConfig]: 0x60 } }));
  expect(image.loadConfig).toMatchObject({
    securityCookie: DATA_AT + D.cookie,
    guardFlags: 0,
    guardCFCheckFunctionPointer: undefined,
  });
});

test('relocations name their kind', () => {
  expect(parsePe(driverImage()).relocations).toEqual([
    { rva: DATA_AT + D.check, type: 'DIR64' },
    { rva: DATA_AT + D.dispatch, type: 'DIR64' },
    { rva: DATA_AT + D.pointer, type: 'DIR64' },
    { rva: DATA_AT + D.delayIat, type: 'HIGHLOW' },
  ]);
});

test('the PDB is named as symbol servers name it', () => {
  expect(parsePe(driverImage()).codeView).toEqual({
    guid: '04030201-0605-0807-090A-0B0C0D0E0F10',
    age: 3,
    pdb: 'C:\\build\\test.pdb',
  });
});

test('a damaged debug directory only loses the PDB', () => {
  const image = parsePe(damaged({ u32: { [AT.rdata + R.debug + 24]: 0xffff_fff0 } }));
  expect(image.codeView).toBeUndefined();
  expect(parsePe(damaged({ u32: { [directoryAt(6)]: 0xffff_fff0 } })).codeView).toBeUndefined();
});
