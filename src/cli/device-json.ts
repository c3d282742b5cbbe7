/** A device described in JSON: what `device()` takes, without behaviour; numbers may be hex strings. */
import type { BarDeclaration, DeviceDeclaration } from '../devices/declaration.ts';
import type { RegisterRow } from '../devices/register.ts';
import { badArgument } from '../units/errors.ts';
import { suggestion } from './suggest.ts';

type Fields = Readonly<Record<string, unknown>>;
type None = Record<string, never>;

/** Throws `bad-argument` for anything that no declaration could be; the sense of it is for `device()`. */
export function declarationFromJson(value: unknown): DeviceDeclaration<None> {
  const fields = record(value, 'device', [
    ...['name', 'summary', 'spec', 'pci', 'bars', 'lineInterrupt', 'msi', 'msix'],
    ...['powerManagement', 'express'],
  ]);
  const { lineInterrupt, msi, msix } = fields;
  return {
    name: text(fields, 'device', 'name'),
    summary: text(fields, 'device', 'summary', 'a device of the user'),
    spec: text(fields, 'device', 'spec', 'none'),
    pci: identity(fields.pci),
    bars: list(fields.bars, 'bars').map(bar),
    ...(lineInterrupt === undefined
      ? {}
      : { lineInterrupt: choice(fields, 'device', 'lineInterrupt', ['A', 'B', 'C', 'D']) }),
    ...(msi === undefined ? {} : { msi: messages(msi) }),
    ...(msix === undefined ? {} : { msix: messageTable(msix) }),
    ...switches(fields, 'device', ['powerManagement', 'express']),
    initialState: () => ({}),
  };
}

function identity(value: unknown): DeviceDeclaration<None>['pci'] {
  const ids = ['vendorId', 'deviceId', 'classCode'] as const;
  const more = ['revision', 'subsystemVendorId', 'subsystemId'] as const;
  const fields = record(value, 'pci', [...ids, ...more]);
  const given = [...ids, ...more.filter((name) => fields[name] !== undefined)];
  const numbers = Object.fromEntries(given.map((name) => [name, number(fields, 'pci', name)]));
  return numbers as DeviceDeclaration<None>['pci'];
}

function bar(value: unknown, at: number): BarDeclaration<None> {
  const where = `bars[${at}]`;
  const fields = record(value, where, [
    ...['index', 'space', 'size', 'bits', 'prefetchable', 'backing', 'registers', 'elsewhere'],
  ]);
  const optional = <K extends string, V>(name: K, read: () => V) =>
    fields[name] === undefined ? {} : ({ [name]: read() } as Record<K, V>);
  return {
    index: number(fields, where, 'index'),
    size: number(fields, where, 'size'),
    ...optional('space', () => choice(fields, where, 'space', ['memory', 'port'])),
    ...optional('bits', () => choice(fields, where, 'bits', [32, 64])),
    ...optional('backing', () => choice(fields, where, 'backing', ['device', 'ram'])),
    ...optional('elsewhere', () =>
      choice(fields, where, 'elsewhere', ['zeros', 'ones', 'last-write', 'seeded']),
    ),
    ...optional('registers', () =>
      list(fields.registers, `${where}.registers`).map((row, index) =>
        registerRow(row, `${where}.registers[${index}]`),
      ),
    ),
    ...switches(fields, where, ['prefetchable']),
  };
}

function registerRow(value: unknown, where: string): RegisterRow<None> {
  const fields = record(value, where, [
    ...['name', 'at', 'size', 'access', 'reset', 'writable', 'summary'],
  ]);
  const bits = (name: 'reset' | 'writable') =>
    fields[name] === undefined ? {} : { [name]: whole(fields, where, name) };
  return {
    name: text(fields, where, 'name'),
    at: number(fields, where, 'at'),
    size: choice(fields, where, 'size', [1, 2, 4, 8]),
    access: choice(fields, where, 'access', ['rw', 'ro', 'wo', 'w1c', 'rc']),
    ...bits('reset'),
    ...bits('writable'),
  };
}

const messages = (value: unknown) => ({
  messages: number(record(value, 'msi', ['messages', 'maskable']), 'msi', 'messages'),
  ...switches(record(value, 'msi', ['messages', 'maskable']), 'msi', ['maskable']),
});

function messageTable(value: unknown) {
  const fields = record(value, 'msix', ['messages', 'bar', 'tableOffset', 'pendingOffset']);
  return {
    messages: number(fields, 'msix', 'messages'),
    bar: number(fields, 'msix', 'bar'),
    tableOffset: number(fields, 'msix', 'tableOffset'),
    pendingOffset: number(fields, 'msix', 'pendingOffset'),
  };
}

function record(value: unknown, where: string, known: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badArgument(`${where} is not an object`);
  }
  const stranger = Object.keys(value).find((name) => !known.includes(name));
  if (stranger !== undefined) {
    throw badArgument(`${where} has no member ${stranger}${suggestion(stranger, known)}`);
  }
  return { ...value };
}

function list(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw badArgument(`${where} is not a list`);
}

function text(fields: Fields, where: string, name: string, absent?: string): string {
  const value = fields[name] ?? absent;
  if (typeof value === 'string' && value !== '') return value;
  throw badArgument(`${where}.${name} is not a text`);
}

function whole(fields: Fields, where: string, name: string): bigint {
  const value = fields[name];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  if (typeof value === 'string' && /^(0x[0-9a-f]{1,16}|[0-9]{1,20})$/i.test(value)) {
    return BigInt(value);
  }
  throw badArgument(`${where}.${name} is not a whole number or a hex string`);
}

function number(fields: Fields, where: string, name: string): number {
  const value = whole(fields, where, name);
  if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
  throw badArgument(`${where}.${name} is too large`);
}

function choice<const T>(fields: Fields, where: string, name: string, choices: readonly T[]): T {
  const found = choices.find((known) => known === fields[name]);
  if (found !== undefined) return found;
  throw badArgument(`${where}.${name} is not one of ${choices.join(', ')}`);
}

function switches<K extends string>(
  fields: Fields,
  where: string,
  names: readonly K[],
): Partial<Record<K, boolean>> {
  const given: Partial<Record<K, boolean>> = {};
  for (const name of names) {
    const value = fields[name];
    if (value === undefined) continue;
    if (typeof value !== 'boolean') throw badArgument(`${where}.${name} is not true or false`);
    given[name] = value;
  }
  return given;
}
