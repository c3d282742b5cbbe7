/** Code page 1252 and letter case as the kernel's tables have them. */

/** Characters of bytes 0x80 to 0x9f in code page 1252; unassigned bytes stand for themselves. */
const HIGH =
  '\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f' +
  '\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178';

const UNKNOWN = 0x3f;

export const ansiToUnicode = (byte: number): number =>
  byte >= 0x80 && byte < 0xa0 ? HIGH.charCodeAt(byte - 0x80) : byte;

/** `?` for a character that the code page does not have. */
export function unicodeToAnsi(unit: number): number {
  if (unit < 0x80 || (unit >= 0xa0 && unit < 0x100)) return unit;
  const index = HIGH.indexOf(String.fromCharCode(unit));
  return index < 0 ? UNKNOWN : 0x80 + index;
}

/** One 16-bit character in, one out; where full case mapping needs more, the character stays. */
function mapped(unit: number, change: (text: string) => string): number {
  if (UNMAPPED.has(unit)) return unit;
  const text = change(String.fromCharCode(unit));
  return text.length === 1 ? text.charCodeAt(0) : unit;
}

/** Letters whose Unicode case partner lies in another script or alphabet; Windows leaves them alone. */
const UNMAPPED = new Set([0xb5, 0x130, 0x131, 0x17f, 0x1e9e, 0x2126, 0x212a, 0x212b]);

export const upcase = (unit: number): number => mapped(unit, (text) => text.toUpperCase());
export const downcase = (unit: number): number => mapped(unit, (text) => text.toLowerCase());

/** Case of bytes in the ANSI code page. */
export const upcaseAnsi = (byte: number): number =>
  unicodeToAnsi(upcase(ansiToUnicode(byte))) === UNKNOWN
    ? byte
    : unicodeToAnsi(upcase(ansiToUnicode(byte)));

/** The C runtime's locale is "C": only A to Z have case. */
export const asciiLower = (unit: number): number =>
  unit >= 0x41 && unit <= 0x5a ? unit + 0x20 : unit;
export const asciiUpper = (unit: number): number =>
  unit >= 0x61 && unit <= 0x7a ? unit - 0x20 : unit;
