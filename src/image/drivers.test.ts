import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { va } from '../units/address.ts';
import { unwindModule } from './function-table.ts';
import { loadImage } from './load.ts';
import { parsePe } from './pe.ts';
import { imageReader } from './pe-sections.ts';
import { i32At, u64At } from './reader.ts';
import { readScopeTable } from './scope-table.ts';
import { imageSymbols } from './symbols.ts';

const BIN = join(import.meta.dirname, '../../drivers/bin');
const X64 = 0x8664;
const machineOf = (bytes: Buffer): number => bytes.readUInt16LE(bytes.readUInt32LE(0x3c) + 4);

const drivers = existsSync(BIN)
  ? readdirSync(BIN, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(sys|dll)$/.test(name))
      .map((name): [string, Buffer] => [name, readFileSync(join(BIN, name))])
      .filter(([, bytes]) => machineOf(bytes) === X64)
  : [];

const base = va(0xffff_f800_5550_0000n);
const load = (bytes: Uint8Array) =>
  loadImage(parsePe(bytes), { base, seed: 1n, resolveImport: () => 0x1234n });

test('the sample drivers are there', () => {
  expect(drivers.length).toBeGreaterThan(0);
});

test.each(drivers)('%s imports from system modules, each slot its own', (_name, bytes) => {
  const { imports } = parsePe(bytes);
  expect(imports.length).toBeGreaterThan(0);
  for (const { dll } of imports) expect(dll).toMatch(/\.(exe|sys|dll)$/i);
  expect(new Set(imports.map(({ iatRva }) => iatRva)).size).toBe(imports.length);
});

test.each(drivers)('%s has unwind data that all decodes', (_name, bytes) => {
  const image = parsePe(bytes);
  const loaded = load(bytes);
  const { functions } = unwindModule(loaded);
  expect(functions.length).toBe(image.exceptionDirectory?.count ?? 0);
  for (let index = 0; index < functions.length; index += 1) {
    const entry = functions.at(index);
    if (!entry) throw new Error(`no entry ${index}`);
    expect(entry.end).toBeGreaterThan(entry.begin);
    expect(functions.chain(entry), `function at ${entry.begin.toString(16)}`).not.toEqual([]);
    expect(functions.lookup(entry.begin)?.begin).toBe(entry.begin);
  }
});

test.each(drivers)(
  '%s moves whole: every relocated address still points into it',
  (_name, bytes) => {
    const image = parsePe(bytes);
    const loaded = load(bytes);
    const file = imageReader(image);
    for (const { rva, type } of image.relocations) {
      expect(type).toBe('DIR64');
      const before = file.u64(rva, 'relocated address');
      const slot = u64At(loaded.bytes, rva);
      expect(slot - base).toBe(before - image.imageBase);
      expect(slot - base >= 0n && slot - base <= BigInt(image.sizeOfImage)).toBe(true);
    }
  },
);

test.each(drivers)('%s has names for what it defines', (_name, bytes) => {
  const image = parsePe(bytes);
  const symbols = imageSymbols(image);
  for (const { name, rva } of image.coffSymbols) {
    expect(symbols.nearest(rva)?.offset, name).toBe(0);
  }
});

/** Whether a handler is the import thunk `jmp [rip + slot]` of `__C_specific_handler`. */
function isCHandler(bytes: Uint8Array, handler: number): boolean {
  const image = parsePe(bytes);
  const code = imageReader(image).peek(handler, 6);
  if (code?.[0] !== 0xff || code[1] !== 0x25) return false;
  const slot = handler + 6 + i32At(code, 2);
  return image.imports.some(
    ({ name, iatRva }) => name === '__C_specific_handler' && iatRva === slot,
  );
}

test.each(drivers)('%s has scope tables inside its functions', (_name, bytes) => {
  const { functions } = unwindModule(load(bytes));
  for (let index = 0; index < functions.length; index += 1) {
    const entry = functions.at(index);
    const info = entry && functions.info(entry);
    if (!entry || info?.handler === undefined || info.handlerData === undefined) continue;
    if (!isCHandler(bytes, info.handler)) continue;
    const scopes = readScopeTable((at, length) => functions.read(at, length), info.handlerData);
    expect(scopes?.length).toBeGreaterThan(0);
    for (const { begin, end } of scopes ?? []) {
      expect(end).toBeGreaterThanOrEqual(begin);
      expect(begin).toBeGreaterThanOrEqual(entry.begin);
      expect(end).toBeLessThanOrEqual(entry.end);
    }
  }
});
