/** Registry data from the text of options: `dword:0x1`, `qword:5`, `hex:0a,0b`, `multi:a,b`, `expand:%x%`, or a plain string. */
import { utf16Bytes } from '../../layout/nt.ts';
import { badArgument } from '../../units/errors.ts';
import type { RegistryValue } from '../kernel.ts';
import { REG } from './registry-key.ts';

export interface TypedData {
  readonly type: number;
  readonly data: Uint8Array;
}

export const textData = (text: string, type: number = REG.SZ): TypedData => ({
  type,
  data: utf16Bytes(`${text}\0`),
});

export const multiData = (texts: readonly string[]): TypedData => ({
  type: REG.MULTI_SZ,
  data: utf16Bytes(`${texts.map((text) => `${text}\0`).join('')}\0`),
});

function integerData(value: bigint, bytes: number, type: number): TypedData {
  const data = Uint8Array.from({ length: bytes }, (_, i) =>
    Number((value >> BigInt(i * 8)) & 0xffn),
  );
  return { type, data };
}

export const dwordData = (value: number): TypedData =>
  integerData(BigInt(value >>> 0), 4, REG.DWORD);

function parseInteger(text: string, bytes: 4 | 8, type: number): TypedData {
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(text))
    throw badArgument(`registry value '${text}' is no number`);
  const value = BigInt(text);
  if (value >> BigInt(bytes * 8) !== 0n) {
    throw badArgument(`registry value '${text}' does not fit ${bytes} bytes`);
  }
  return integerData(value, bytes, type);
}

function parseHex(text: string): TypedData {
  const bytes = text === '' ? [] : text.split(',');
  if (!bytes.every((byte) => /^[0-9a-f]{1,2}$/i.test(byte.trim()))) {
    throw badArgument(`registry value '${text}' is no list of hexadecimal bytes`);
  }
  return { type: REG.BINARY, data: Uint8Array.from(bytes, (byte) => Number.parseInt(byte, 16)) };
}

const KINDS: readonly (readonly [prefix: string, parse: (text: string) => TypedData])[] = [
  ['dword:', (text) => parseInteger(text, 4, REG.DWORD)],
  ['qword:', (text) => parseInteger(text, 8, REG.QWORD)],
  ['hex:', parseHex],
  ['multi:', (text) => multiData(text === '' ? [] : text.split(','))],
  ['expand:', (text) => textData(text, REG.EXPAND_SZ)],
  ['string:', (text) => textData(text)],
];

export function parseRegistryData(text: string): TypedData {
  for (const [prefix, parse] of KINDS) {
    if (text.startsWith(prefix)) return parse(text.slice(prefix.length));
  }
  return textData(text);
}

/** Refuses an option's value before anything runs, whether or not a driver would come to read it. */
export function checkRegistryData(values: readonly RegistryValue[]): void {
  for (const { value } of values) parseRegistryData(value);
}

/** Names that people write for the two roots drivers see. */
const ROOTS: readonly (readonly [string, string])[] = [
  ['HKEY_LOCAL_MACHINE\\', '\\Registry\\Machine\\'],
  ['HKLM\\', '\\Registry\\Machine\\'],
  ['HKEY_USERS\\', '\\Registry\\User\\'],
  ['HKU\\', '\\Registry\\User\\'],
];

/** The root that INF files name for what belongs to the device. */
const DEVICE_ROOT = 'HKR\\';

/** An option's name below the driver key of every device, as `HKR\*SpeedDuplex`; nothing for one of another root. */
export const nameInDriverKey = (name: string): string | undefined =>
  name.toUpperCase().startsWith(DEVICE_ROOT) ? name.slice(DEVICE_ROOT.length) : undefined;

/** Key and value name of an option; a name without a root lies below the service's own key. */
export function splitRegistryName(name: string, serviceKey: string): readonly [string, string] {
  const root = ROOTS.find(([prefix]) => name.toUpperCase().startsWith(prefix));
  const full = root === undefined ? name : root[1] + name.slice(root[0].length);
  const absolute = full.startsWith('\\') ? full : `${serviceKey}\\${full}`;
  const cut = absolute.lastIndexOf('\\');
  return [absolute.slice(0, cut), absolute.slice(cut + 1)];
}
