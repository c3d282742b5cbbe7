/** Numbers and characters of the C runtime: atoi, _itoa, strtoul, toupper, rand and their kin. */
import { type CType, i32, i64, ptr, sizeT, u32, u64 } from '../../layout/struct.ts';
import type { Mmu } from '../../memory/mmu.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { part } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import {
  ansiToUnicode,
  asciiLower,
  asciiUpper,
  downcase,
  unicodeToAnsi,
  upcase,
} from './characters.ts';
import { readCharacters, writeCharacters } from './guest-memory.ts';

type Width = 1 | 2;

const isSpace = (unit: number): boolean => unit === 0x20 || (unit >= 9 && unit <= 13);
const isDigit = (unit: number): boolean => unit >= 0x30 && unit <= 0x39;
const isUpper = (unit: number): boolean => unit >= 0x41 && unit <= 0x5a;
const isLower = (unit: number): boolean => unit >= 0x61 && unit <= 0x7a;
const isAlpha = (unit: number): boolean => isUpper(unit) || isLower(unit);

/** Value of a digit in any radix up to 36; 36 for what is none. */
export function digitValue(unit: number): number {
  if (isDigit(unit)) return unit - 0x30;
  return isAlpha(unit) ? asciiUpper(unit) - 0x41 + 10 : 36;
}

export interface Parsed {
  readonly value: bigint;
  /** Characters used; 0 when there was no number. */
  readonly used: number;
}

/** White space, a sign, a radix prefix (when `radix` is 0 or 16), digits. */
export function parseNumber(at: (index: number) => number, radix: number): Parsed {
  let i = 0;
  while (isSpace(at(i))) i++;
  const negative = at(i) === 0x2d;
  if (negative || at(i) === 0x2b) i++;
  let base = radix;
  const hex = at(i) === 0x30 && asciiLower(at(i + 1)) === 0x78;
  if (radix === 0) base = hex ? 16 : at(i) === 0x30 ? 8 : 10;
  if (base === 16 && hex && digitValue(at(i + 2)) < 16) i += 2;
  const start = i;
  let value = 0n;
  for (; digitValue(at(i)) < base; i++) value = value * BigInt(base) + BigInt(digitValue(at(i)));
  return { value: negative ? -value : value, used: i === start ? 0 : i };
}

const reader =
  (memory: Mmu, at: Va, width: Width) =>
  (index: number): number =>
    Number(memory.read(vaAdd(at, index * width), width));

const decimal = (name: string, width: Width, bits: 32 | 64): Service =>
  service({
    name,
    doc: 'stdlib.h',
    params: { str: ptr() },
    returns: bits === 32 ? 'u32' : 'u64',
    run: (kernel, { str }) =>
      BigInt.asIntN(bits, parseNumber(reader(kernel.mmu, str, width), 10).value),
  });

const parsing = (name: string, width: Width, bits: 32 | 64, signed: boolean): Service =>
  service({
    name,
    doc: 'stdlib.h',
    params: { str: ptr(), end: ptr('PVOID'), radix: i32 },
    returns: bits === 32 ? 'u32' : 'u64',
    run(kernel, { str, end, radix }) {
      const { value, used } = parseNumber(reader(kernel.mmu, str, width), radix);
      if (end !== NULL) kernel.mmu.write(end, 8, vaAdd(str, used * width));
      return clamp(value, bits, signed);
    },
  });

/** Out-of-range values become the nearest limit. */
function clamp(value: bigint, bits: number, signed: boolean): bigint {
  const top = (1n << BigInt(signed ? bits - 1 : bits)) - 1n;
  if (value > top) return top;
  if (signed && value < -top - 1n) return -top - 1n;
  return value < -top - 1n ? top : value;
}

const digitsOf = (value: bigint, bits: 32 | 64, signed: boolean, radix: number): string =>
  signed && radix === 10
    ? value.toString(10)
    : BigInt.asUintN(bits, value).toString(Math.min(Math.max(radix, 2), 36));

const unitsOf = (text: string): number[] => Array.from(text, (c) => c.charCodeAt(0));

const slotOf = (bits: 32 | 64, signed: boolean): CType<number | bigint> => {
  if (bits === 32) return signed ? i32 : u32;
  return signed ? i64 : u64;
};

const printing = (name: string, width: Width, bits: 32 | 64, signed: boolean): Service =>
  service({
    name,
    doc: 'stdlib.h',
    params: { value: slotOf(bits, signed), buffer: ptr(), radix: i32 },
    returns: 'pointer',
    run(kernel, { value, buffer, radix }) {
      const text = digitsOf(BigInt(value), bits, signed, radix);
      writeCharacters(kernel.mmu, buffer, width, [...unitsOf(text), 0]);
      return buffer;
    },
  });

/** errno.h */
const EINVAL = 22;
const ERANGE = 34;

const securePrinting = (name: string, width: Width, bits: 32 | 64, signed: boolean): Service =>
  service({
    name,
    doc: 'stdlib.h',
    params: { value: slotOf(bits, signed), buffer: ptr(), size: sizeT, radix: i32 },
    returns: 'u32',
    run(kernel, { value, buffer, size, radix }) {
      if (buffer === NULL || size === 0n) return EINVAL;
      const text = digitsOf(BigInt(value), bits, signed, radix);
      const fits = BigInt(text.length) < size && radix >= 2 && radix <= 36;
      writeCharacters(kernel.mmu, buffer, width, fits ? [...unitsOf(text), 0] : [0]);
      if (radix < 2 || radix > 36) return EINVAL;
      return fits ? 0 : ERANGE;
    },
  });

const classification = (name: string, test: (unit: number) => boolean): Service =>
  service({
    name,
    doc: 'ctype.h',
    params: { character: i32 },
    returns: 'u32',
    run: (_kernel, { character }) => (test(character) ? 1 : 0),
  });

const mapping = (name: string, change: (unit: number) => number): Service =>
  service({
    name,
    doc: 'ctype.h',
    params: { character: i32 },
    returns: 'u32',
    run: (_kernel, { character }) => change(character),
  });

/** The runtime's linear congruential generator; srand(1) at the start. */
const randomState = part(() => ({ seed: 1 }));

const rand = service({
  name: 'rand',
  doc: 'stdlib.h',
  params: {},
  returns: 'u32',
  run(kernel) {
    const state = randomState(kernel);
    state.seed = (Math.imul(state.seed, 214_013) + 2_531_011) >>> 0;
    return (state.seed >>> 16) & 0x7fff;
  },
});

const srand = service({
  name: 'srand',
  doc: 'stdlib.h',
  params: { seed: u32 },
  returns: 'void',
  run(kernel, { seed }) {
    randomState(kernel).seed = seed;
  },
});

/** `size_t mbstowcs(to, from, count)` and back; a NULL target asks for the length. */
const transcoding = (
  name: string,
  from: Width,
  to: Width,
  change: (unit: number) => number,
): Service =>
  service({
    name,
    doc: 'stdlib.h',
    params: { target: ptr(), source: ptr(), count: sizeT },
    returns: 'u64',
    run(kernel, { target, source, count }) {
      const limit = target === NULL ? Number.POSITIVE_INFINITY : Number(count);
      const units = readCharacters(kernel.mmu, source, from, limit);
      if (target !== NULL) {
        const end = units.length < limit ? [0] : [];
        writeCharacters(kernel.mmu, target, to, [...units.map(change), ...end]);
      }
      return units.length;
    },
  });

const NUMBERS = [
  ['_itoa', '_itow', 32, true],
  ['_ltoa', '_ltow', 32, true],
  ['_ultoa', '_ultow', 32, false],
  ['_i64toa', '_i64tow', 64, true],
  ['_ui64toa', '_ui64tow', 64, false],
] as const;

export const crtNumberServices: readonly Service[] = [
  decimal('atoi', 1, 32),
  decimal('atol', 1, 32),
  decimal('_atoi64', 1, 64),
  decimal('_wtoi', 2, 32),
  decimal('_wtol', 2, 32),
  decimal('_wtoi64', 2, 64),
  parsing('strtol', 1, 32, true),
  parsing('strtoul', 1, 32, false),
  parsing('_strtoi64', 1, 64, true),
  parsing('_strtoui64', 1, 64, false),
  parsing('wcstol', 2, 32, true),
  parsing('wcstoul', 2, 32, false),
  parsing('_wcstoi64', 2, 64, true),
  parsing('_wcstoui64', 2, 64, false),
  ...NUMBERS.flatMap(([narrow, wide, bits, signed]) => [
    printing(narrow, 1, bits, signed),
    printing(wide, 2, bits, signed),
    securePrinting(`${narrow}_s`, 1, bits, signed),
    securePrinting(`${wide}_s`, 2, bits, signed),
  ]),
  ...['is', 'isw'].flatMap((prefix) => [
    classification(`${prefix}digit`, isDigit),
    classification(`${prefix}alpha`, isAlpha),
    classification(`${prefix}alnum`, (unit) => isAlpha(unit) || isDigit(unit)),
    classification(`${prefix}space`, isSpace),
    classification(`${prefix}upper`, isUpper),
    classification(`${prefix}lower`, isLower),
    classification(`${prefix}xdigit`, (unit) => digitValue(unit) < 16),
    classification(`${prefix}print`, (unit) => unit >= 0x20 && unit < 0x7f),
  ]),
  mapping('toupper', asciiUpper),
  mapping('tolower', asciiLower),
  mapping('towupper', (unit) => upcase(unit & 0xffff)),
  mapping('towlower', (unit) => downcase(unit & 0xffff)),
  transcoding('mbstowcs', 1, 2, ansiToUnicode),
  transcoding('wcstombs', 2, 1, unicodeToAnsi),
  rand,
  srand,
];
