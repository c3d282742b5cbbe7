/** Device state to JSON and back: plain objects whose leaves may also be bigints and byte arrays. */
import { badArgument } from '../units/errors.ts';

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

const BIG = '$bigint';
const BYTES = '$bytes';

export function encodeState(value: unknown): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value))
      throw badArgument('device state holds a number that is not finite');
    return value;
  }
  if (typeof value === 'bigint') return { [BIG]: value.toString(16) };
  if (value instanceof Uint8Array) return { [BYTES]: toHex(value) };
  if (Array.isArray(value)) return value.map(encodeState);
  if (typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, encodeState(v)]));
  }
  throw badArgument(`device state holds a ${typeof value}; it has to be plain data`);
}

export function decodeState(json: Json): unknown {
  if (json === null || typeof json !== 'object') return json;
  if (isArray(json)) return json.map(decodeState);
  const big = json[BIG];
  if (typeof big === 'string') {
    return big.startsWith('-') ? -BigInt(`0x${big.slice(1)}`) : BigInt(`0x${big}`);
  }
  const bytes = json[BYTES];
  if (typeof bytes === 'string') return fromHex(bytes);
  return Object.fromEntries(Object.entries(json).map(([key, v]) => [key, decodeState(v)]));
}

const isArray = (
  json: readonly Json[] | { readonly [key: string]: Json },
): json is readonly Json[] => Array.isArray(json);

const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

const fromHex = (hex: string): Uint8Array =>
  Uint8Array.from({ length: hex.length / 2 }, (_, i) =>
    Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16),
  );
