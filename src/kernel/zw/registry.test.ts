import { expect, test } from 'vitest';
import { readUtf16, readUtf16z } from '../../layout/nt.ts';
import { NULL, type Va, va, vaAdd } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { rtlRegistryServices } from '../rtl/registry.ts';
import {
  allocate,
  caller,
  placeString,
  placeWide,
  type TestKernelOptions,
  testKernel,
} from '../test-kernel.ts';
import { keyServices } from './key-services.ts';
import { registry } from './registry.ts';
import { dwordData, multiData, parseRegistryData, textData } from './registry-values.ts';

function setup(options: TestKernelOptions = {}) {
  const kernel = testKernel(options);
  const call = caller(kernel, [...keyServices, ...rtlRegistryServices]);
  const out = allocate(kernel, 8);
  const attributes = (path: string, root: bigint = 0n): Va => {
    const at = allocate(kernel, 48);
    kernel.mmu.write(at, 4, 48n);
    kernel.mmu.write(vaAdd(at, 8), 8, root);
    kernel.mmu.write(vaAdd(at, 16), 8, placeString(kernel, path));
    return at;
  };
  const open = (path: string, root: bigint = 0n): bigint => {
    const status = call('ZwOpenKey', out, 0x20019, attributes(path, root));
    return status === 0n ? kernel.mmu.u64(out) : status;
  };
  return { kernel, call, attributes, open, out };
}

const SERVICE = '\\Registry\\Machine\\System\\CurrentControlSet\\Services\\sample';

test.each([
  [SERVICE, 0],
  [SERVICE.toUpperCase(), 0],
  [`${SERVICE}\\Parameters\\`, 0],
  ['\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Control\\Session Manager', 0],
  [`${SERVICE}\\Nothing`, STATUS.OBJECT_NAME_NOT_FOUND],
  ['Registry\\Machine', STATUS.OBJECT_PATH_SYNTAX_BAD],
  ['\\Device\\Null', STATUS.OBJECT_NAME_NOT_FOUND],
])('opening %s', (path, status) => {
  const { call, attributes, out } = setup();
  expect(call('ZwOpenKey', out, 0x20019, attributes(path))).toBe(BigInt(status));
});

test('a name is relative to the root handle, and wrong attributes are refused', () => {
  const { kernel, call, open, attributes, out } = setup();
  const root = open(SERVICE);
  expect(open('Parameters', root)).toBeGreaterThan(0xffff_ffff_8000_0000n);
  expect(open('\\Parameters', root)).toBe(BigInt(STATUS.OBJECT_PATH_SYNTAX_BAD));
  expect(open('Parameters', 0x1234n)).toBe(BigInt(STATUS.INVALID_HANDLE));
  const bad = attributes(SERVICE);
  kernel.mmu.write(bad, 4, 24n);
  expect(call('ZwOpenKey', out, 0, bad)).toBe(BigInt(STATUS.INVALID_PARAMETER));
});

test('creating makes the last component only and says whether it was new', () => {
  const { kernel, call, attributes, out } = setup();
  const disposition = allocate(kernel, 4);
  const create = (path: string): bigint =>
    call('ZwCreateKey', out, 0xf003f, attributes(path), 0, 0, 0, disposition);
  expect(create(`${SERVICE}\\A\\B`)).toBe(BigInt(STATUS.OBJECT_NAME_NOT_FOUND));
  expect([create(`${SERVICE}\\A`), kernel.mmu.u32(disposition)]).toEqual([0n, 1]);
  expect([create(`${SERVICE}\\A`), kernel.mmu.u32(disposition)]).toEqual([0n, 2]);
});

test.each([
  [11, 'BUFFER_TOO_SMALL', 0],
  [12, 'BUFFER_OVERFLOW', 0],
  [14, 'BUFFER_OVERFLOW', 2],
  [16, 'SUCCESS', 4],
] as const)('a partial information of a DWORD in %i bytes gives %s', (length, status, copied) => {
  const { kernel, call, open } = setup({ registry: [{ key: 'Size', value: 'dword:0x11223344' }] });
  const key = open(SERVICE);
  const buffer = allocate(kernel, 32);
  const needed = allocate(kernel, 4);
  const name = placeString(kernel, 'SIZE');
  const got = call('ZwQueryValueKey', key, name, 2, length === 11 ? 0 : buffer, length, needed);
  expect(got).toBe(BigInt(STATUS[status]));
  expect(kernel.mmu.u32(needed)).toBe(16);
  const expected = [0x44, 0x33, 0x22, 0x11].map((byte, i) => (i < copied ? byte : 0));
  expect([...kernel.mmu.readBytes(vaAdd(buffer, 12), 4)]).toEqual(expected);
});

test('full information aligns the data behind the name', () => {
  const { kernel, call, open } = setup({ registry: [{ key: 'abc', value: 'dword:7' }] });
  const buffer = allocate(kernel, 64);
  const needed = allocate(kernel, 4);
  call('ZwQueryValueKey', open(SERVICE), placeString(kernel, 'abc'), 1, buffer, 64, needed);
  const fields = [4, 8, 12, 16].map((offset) => kernel.mmu.u32(vaAdd(buffer, offset)));
  expect(fields).toEqual([4, 28, 4, 6]);
  expect(readUtf16(kernel.mmu, vaAdd(buffer, 20), 6)).toBe('abc');
  expect(kernel.mmu.u32(vaAdd(buffer, 28))).toBe(7);
  expect(kernel.mmu.u32(needed)).toBe(32);
});

test('keys enumerate in order of name and values in order of creation', () => {
  const { kernel, call, open } = setup();
  for (const name of ['zulu', 'Alpha', 'mike']) {
    registry(kernel).createKey(`${SERVICE}\\Parameters\\${name}`);
    registry(kernel).setValue(`${SERVICE}\\Parameters`, name, dwordData(1));
  }
  const key = open(`${SERVICE}\\Parameters`);
  const buffer = allocate(kernel, 128);
  const needed = allocate(kernel, 4);
  const list = (service: string, nameAt: number, lengthAt: number): string[] => {
    const names: string[] = [];
    for (let i = 0; call(service, key, i, 0, buffer, 128, needed) === 0n; i++) {
      const length = kernel.mmu.u32(vaAdd(buffer, lengthAt));
      names.push(readUtf16(kernel.mmu, vaAdd(buffer, nameAt), length));
    }
    return names;
  };
  expect(list('ZwEnumerateKey', 16, 12)).toEqual(['Alpha', 'mike', 'zulu']);
  expect(list('ZwEnumerateValueKey', 12, 8)).toEqual(['zulu', 'Alpha', 'mike']);
  expect(call('ZwEnumerateKey', key, 9, 0, buffer, 128, needed)).toBe(
    BigInt(STATUS.NO_MORE_ENTRIES),
  );
  call('ZwQueryKey', key, 2, buffer, 128, needed);
  expect(kernel.mmu.u32(vaAdd(buffer, 20))).toBe(3);
  expect(kernel.mmu.u32(vaAdd(buffer, 12))).toBe(0xffff_ffff);
});

test('the name of a key is its real path', () => {
  const { kernel, call, open } = setup();
  const buffer = allocate(kernel, 256);
  const needed = allocate(kernel, 4);
  expect(call('ZwQueryKey', open(SERVICE), 3, buffer, 256, needed)).toBe(0n);
  expect(readUtf16(kernel.mmu, vaAdd(buffer, 4), kernel.mmu.u32(buffer))).toBe(
    '\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Services\\sample',
  );
});

test('values can be set and deleted, keys only when they have no subkeys', () => {
  const { kernel, call, open } = setup();
  const key = open(SERVICE);
  const name = placeString(kernel, 'New');
  const data = allocate(kernel, 4);
  kernel.mmu.write(data, 4, 0x2an);
  expect(call('ZwSetValueKey', key, name, 0, 4, data, 4)).toBe(0n);
  expect(registry(kernel).find(SERVICE)?.value('new')?.data).toEqual(dwordData(42).data);
  expect(call('ZwDeleteValueKey', key, name)).toBe(0n);
  expect(call('ZwDeleteValueKey', key, name)).toBe(BigInt(STATUS.OBJECT_NAME_NOT_FOUND));
  expect(call('ZwDeleteKey', key)).toBe(BigInt(STATUS.CANNOT_DELETE));
  const leaf = open(`${SERVICE}\\Parameters`);
  expect(call('ZwDeleteKey', leaf)).toBe(0n);
  expect(call('ZwFlushKey', leaf)).toBe(BigInt(STATUS.KEY_DELETED));
  expect(call('ZwFlushKey', 0x77)).toBe(BigInt(STATUS.INVALID_HANDLE));
});

test.each([
  ['dword:0x10', dwordData(16)],
  ['text', textData('text')],
  ['multi:a,b', multiData(['a', 'b'])],
  ['hex:0a,ff', { type: 3, data: Uint8Array.of(10, 255) }],
  ['expand:%x%', textData('%x%', 2)],
  ['qword:1', { type: 11, data: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0) }],
])('the option value %s', (text, data) => {
  expect(parseRegistryData(text)).toEqual(data);
});

test.each(['dword:x', 'dword:0x100000000', 'hex:0g', 'qword:'])(
  'the option value %s is refused',
  (text) => {
    expect(() => parseRegistryData(text)).toThrow(/registry value/);
  },
);

test('options may name keys by their root or below the service', () => {
  const { kernel } = setup({
    registry: [
      { key: 'Parameters\\Depth', value: 'dword:3' },
      { key: 'HKLM\\Software\\Vendor\\Mode', value: 'fast' },
    ],
  });
  expect(registry(kernel).find(`${SERVICE}\\Parameters`)?.value('depth')?.type).toBe(4);
  expect(registry(kernel).find('\\Registry\\Machine\\Software\\Vendor')?.value('Mode')).toEqual({
    name: 'Mode',
    ...textData('fast'),
  });
});

/** Rows of an RTL_QUERY_REGISTRY_TABLE. */
interface Row {
  readonly routine?: bigint;
  readonly flags: number;
  readonly name?: string;
  readonly context?: bigint;
  readonly defaultType?: number;
  readonly defaultData?: bigint;
  readonly defaultLength?: number;
}

const DIRECT = 0x20;
const TYPECHECK = 0x100;
const REQUIRED = 4;
const dwordType = 4 << 24;

function query(rows: readonly Row[], path = `${SERVICE}\\Parameters`, relativeTo = 0) {
  const { kernel } = setup({
    registry: [
      { key: 'Parameters\\Number', value: 'dword:42' },
      { key: 'Parameters\\Text', value: 'hello' },
      { key: 'Parameters\\Root', value: 'expand:%SystemRoot%\\x' },
      { key: 'Parameters\\Many', value: 'multi:one,two' },
      { key: 'Parameters\\Sub\\Deep', value: 'dword:7' },
      { key: 'HKU\\.Default\\Loose', value: 'dword:1' },
    ],
  });
  const table = allocate(kernel, 56 * (rows.length + 1));
  const cell = allocate(kernel, 64);
  rows.forEach((row, i) => {
    const at = vaAdd(table, i * 56);
    const put = (offset: number, size: 4 | 8, value: bigint) =>
      kernel.mmu.write(vaAdd(at, offset), size, value);
    put(0, 8, row.routine ?? 0n);
    put(8, 4, BigInt(row.flags));
    put(16, 8, row.name === undefined ? NULL : placeWide(kernel, row.name));
    put(24, 8, row.context ?? cell);
    put(32, 4, BigInt(row.defaultType ?? 0));
    put(40, 8, row.defaultData ?? 0n);
    put(48, 4, BigInt(row.defaultLength ?? 0));
  });
  const calls: string[] = [];
  const call = caller(kernel, rtlRegistryServices, (effect) => {
    if (effect.kind !== 'call-guest') return 0n;
    const [name = 0n, type, data = 0n, length] = effect.args;
    const label = name === 0n ? '-' : readUtf16z(kernel.mmu, va(name));
    const shown = data === 0n ? '-' : readUtf16(kernel.mmu, va(data), Number(length));
    calls.push(`${label}:${type}:${type === 4n ? kernel.mmu.u32(va(data)) : shown}`);
    return 0n;
  });
  const at = placeWide(kernel, path);
  const status = () => call('RtlQueryRegistryValues', relativeTo, at, table, 0x99, 0);
  return { kernel, cell, calls, status };
}

test('direct entries store numbers where they are told', () => {
  const { kernel, cell, status } = query([
    { flags: DIRECT | TYPECHECK, name: 'Number', defaultType: dwordType },
  ]);
  expect(status()).toBe(0n);
  expect(kernel.mmu.u32(cell)).toBe(42);
});

test('a type check refuses another type', () => {
  const { status } = query([{ flags: DIRECT | TYPECHECK, name: 'Text', defaultType: dwordType }]);
  expect(status()).toBe(BigInt(STATUS.OBJECT_TYPE_MISMATCH));
});

test('direct text without a buffer is given one from pool', () => {
  const { kernel, cell, status } = query([{ flags: DIRECT, name: 'Text' }]);
  expect(status()).toBe(0n);
  expect(kernel.mmu.u32(cell)).toBe((12 << 16) | 10);
  expect(readUtf16(kernel.mmu, va(kernel.mmu.u64(vaAdd(cell, 8))), 10)).toBe('hello');
});

test('what is missing is required, defaulted or passed over', () => {
  expect(query([{ flags: DIRECT | REQUIRED, name: 'No' }]).status()).toBe(
    BigInt(STATUS.OBJECT_NAME_NOT_FOUND),
  );
  expect(query([{ flags: DIRECT, name: 'No' }]).status()).toBe(0n);
  const { kernel, cell } = query([]);
  expect(kernel.mmu.u32(cell)).toBe(0);
  const defaulted = query([{ flags: DIRECT, name: 'No', defaultType: 4, defaultLength: 4 }]);
  expect(() => defaulted.status()).toThrow();
});

test('routines get multi-strings one by one, expanded text, and every value without a name', () => {
  const routine = 0x7000n;
  const named = query([
    { flags: 0, routine, name: 'Many' },
    { flags: 0, routine, name: 'Root' },
    { flags: 0x10, routine, name: 'Root' },
    { flags: 8, routine },
  ]);
  expect(named.status()).toBe(0n);
  expect(named.calls).toEqual([
    'Many:1:one\0',
    'Many:1:two\0',
    'Root:1:C:\\Windows\\x\0',
    'Root:2:%SystemRoot%\\x\0',
    '-:0:-',
  ]);
  const sub = query([
    { flags: 1, name: 'Sub', routine },
    { flags: DIRECT, name: 'Deep' },
    { flags: 2, routine, name: 'Number' },
  ]);
  expect(sub.status()).toBe(0n);
  expect(sub.calls).toEqual(['Deep:4:7', 'Number:4:42']);
  expect(sub.kernel.mmu.u32(sub.cell)).toBe(7);
});

test('bad entries and missing paths end the query', () => {
  expect(query([{ flags: DIRECT }]).status()).toBe(BigInt(STATUS.INVALID_PARAMETER));
  const missing = query([{ flags: DIRECT, name: 'x' }], 'nowhere', 1);
  expect(missing.status()).toBe(BigInt(STATUS.OBJECT_NAME_NOT_FOUND));
  const optional = query([{ flags: DIRECT, name: 'x' }], 'nowhere', 0x8000_0001);
  expect(optional.status()).toBe(0n);
});

test('a hive that users can write is not read without a type check', () => {
  const { status } = query([{ flags: DIRECT, name: 'Loose' }], '', 5);
  expect(status).toThrow(expect.objectContaining({ code: 0x139 }));
});

test('values are written, keys created and checked by path', () => {
  const { kernel, call } = setup();
  const path = placeWide(kernel, 'sample\\Made');
  const name = placeWide(kernel, 'V');
  const data = allocate(kernel, 4);
  expect(call('RtlCheckRegistryKey', 1, path)).toBe(BigInt(STATUS.OBJECT_NAME_NOT_FOUND));
  expect(call('RtlCreateRegistryKey', 1, path)).toBe(0n);
  expect(call('RtlCheckRegistryKey', 1, path)).toBe(0n);
  expect(call('RtlWriteRegistryValue', 1, path, name, 4, data, 4)).toBe(0n);
  expect(call('RtlDeleteRegistryValue', 1, path, name)).toBe(0n);
  expect(call('RtlDeleteRegistryValue', 1, path, name)).toBe(BigInt(STATUS.OBJECT_NAME_NOT_FOUND));
});
