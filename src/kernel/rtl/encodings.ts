/** Byte encodings of text: the ANSI and OEM code pages and UTF-8, each to and from 16-bit characters. */
import { ansiToUnicode, unicodeToAnsi, upcase } from './characters.ts';

export interface Encoding {
  encode(units: readonly number[]): Encoded;
  decode(bytes: readonly number[]): Encoded;
}

export interface Encoded {
  readonly units: number[];
  /** False when something had no counterpart and was replaced. */
  readonly exact: boolean;
}

const plain = (units: number[]): Encoded => ({ units, exact: true });

export const ANSI: Encoding = {
  encode: (units) => plain(units.map(unicodeToAnsi)),
  decode: (bytes) => plain(bytes.map(ansiToUnicode)),
};

/** Upper half of code page 437. */
const CP437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

function unicodeToOem(unit: number): number {
  if (unit < 0x80) return unit;
  const index = CP437.indexOf(String.fromCharCode(unit));
  return index < 0 ? 0x3f : 0x80 + index;
}

export const OEM: Encoding = {
  encode: (units) => plain(units.map(unicodeToOem)),
  decode: (bytes) => plain(bytes.map((b) => (b < 0x80 ? b : CP437.charCodeAt(b - 0x80)))),
};

/** The same, after every character has been made upper case. */
export const upcased = (encoding: Encoding): Encoding => ({
  encode: (units) => encoding.encode(units.map(upcase)),
  decode: encoding.decode,
});

const REPLACEMENT = 0xfffd;
const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;

function utf8Of(point: number): number[] {
  if (point < 0x80) return [point];
  if (point < 0x800) return [0xc0 | (point >> 6), 0x80 | (point & 0x3f)];
  if (point < 0x1_0000) {
    return [0xe0 | (point >> 12), 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f)];
  }
  return [
    0xf0 | (point >> 18),
    0x80 | ((point >> 12) & 0x3f),
    0x80 | ((point >> 6) & 0x3f),
    0x80 | (point & 0x3f),
  ];
}

function encodeUtf8(units: readonly number[]): Encoded {
  const out: number[] = [];
  let exact = true;
  for (let i = 0; i < units.length; i++) {
    const unit = units[i] ?? 0;
    const next = units[i + 1] ?? 0;
    if (isHigh(unit) && isLow(next)) {
      out.push(...utf8Of(0x1_0000 + ((unit - 0xd800) << 10) + (next - 0xdc00)));
      i++;
    } else if (isHigh(unit) || isLow(unit)) {
      out.push(...utf8Of(REPLACEMENT));
      exact = false;
    } else out.push(...utf8Of(unit));
  }
  return { units: out, exact };
}

/** Bytes a lead byte announces, and the smallest point that needs so many. */
function leadOf(byte: number): readonly [length: number, bits: number, least: number] {
  if (byte < 0x80) return [1, byte, 0];
  if (byte >= 0xc2 && byte < 0xe0) return [2, byte & 0x1f, 0x80];
  if (byte >= 0xe0 && byte < 0xf0) return [3, byte & 0x0f, 0x800];
  if (byte >= 0xf0 && byte < 0xf5) return [4, byte & 0x07, 0x1_0000];
  return [0, 0, 0];
}

function pointAt(bytes: readonly number[], at: number): readonly [point: number, used: number] {
  const [length, bits, least] = leadOf(bytes[at] ?? 0);
  let point = bits;
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i] ?? 0;
    if ((byte & 0xc0) !== 0x80) return [-1, i];
    point = (point << 6) | (byte & 0x3f);
  }
  const bad =
    length === 0 || point < least || point > 0x10_ffff || (point >= 0xd800 && point < 0xe000);
  return [bad ? -1 : point, Math.max(length, 1)];
}

function decodeUtf8(bytes: readonly number[]): Encoded {
  const out: number[] = [];
  let exact = true;
  for (let at = 0; at < bytes.length; ) {
    const [point, used] = pointAt(bytes, at);
    at += used;
    if (point < 0) {
      out.push(REPLACEMENT);
      exact = false;
    } else if (point < 0x1_0000) out.push(point);
    else out.push(0xd800 + ((point - 0x1_0000) >> 10), 0xdc00 + ((point - 0x1_0000) & 0x3ff));
  }
  return { units: out, exact };
}

export const UTF8: Encoding = { encode: encodeUtf8, decode: decodeUtf8 };
