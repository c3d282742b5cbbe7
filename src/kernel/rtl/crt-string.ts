/** String functions of the C runtime that ntoskrnl exports, each for bytes and for 16-bit characters. */
import { i32, ptr, sizeT } from '../../layout/struct.ts';
import type { Mmu } from '../../memory/mmu.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { type Service, service } from '../service.ts';
import { asciiLower, asciiUpper } from './characters.ts';
import { lengthOf, readCharacters, writeCharacters } from './guest-memory.ts';

type Width = 1 | 2;
const WIDTHS: readonly Width[] = [1, 2];
const headerOf = (width: Width): string => (width === 1 ? 'string.h' : 'wchar.h');

/** A pair such as strlen and wcslen. */
type Names = readonly [narrow: string, wide: string];

const read = (memory: Mmu, at: Va, width: Width): number => Number(memory.read(at, width));
const index = (at: Va, i: number, width: Width): Va => vaAdd(at, i * width);

/** Characters and the zero that ends them. */
const store = (memory: Mmu, at: Va, width: Width, units: readonly number[]): void =>
  writeCharacters(memory, at, width, [...units, 0]);

/** `size_t f(string)` */
const measure = (names: Names, run: (memory: Mmu, at: Va, width: Width) => number): Service[] =>
  WIDTHS.map((width, i) =>
    service({
      name: names[i] ?? '',
      doc: headerOf(width),
      params: { str: ptr() },
      returns: 'u64',
      run: (kernel, { str }) => run(kernel.mmu, str, width),
    }),
  );

/** `string f(destination, source)` */
const join = (names: Names, run: (memory: Mmu, to: Va, from: Va, width: Width) => Va): Service[] =>
  WIDTHS.map((width, i) =>
    service({
      name: names[i] ?? '',
      doc: headerOf(width),
      params: { str1: ptr(), str2: ptr() },
      returns: 'pointer',
      run: (kernel, { str1, str2 }) => run(kernel.mmu, str1, str2, width),
    }),
  );

/** `string f(destination, source, count)` */
const joinCounted = (
  names: Names,
  run: (memory: Mmu, to: Va, from: Va, count: number, width: Width) => Va,
): Service[] =>
  WIDTHS.map((width, i) =>
    service({
      name: names[i] ?? '',
      doc: headerOf(width),
      params: { str1: ptr(), str2: ptr(), count: sizeT },
      returns: 'pointer',
      run: (kernel, { str1, str2, count }) => run(kernel.mmu, str1, str2, Number(count), width),
    }),
  );

/** Difference of the first characters that differ, at most `count` of them compared. */
function compare(
  memory: Mmu,
  a: Va,
  b: Va,
  width: Width,
  count: number,
  fold: (unit: number) => number,
): number {
  for (let i = 0; i < count; i++) {
    const x = fold(read(memory, index(a, i, width), width));
    const y = fold(read(memory, index(b, i, width), width));
    if (x !== y) return x < y ? -1 : 1;
    if (x === 0) break;
  }
  return 0;
}

const same = (unit: number): number => unit;

const comparison = (names: Names, fold: (unit: number) => number): Service[] =>
  WIDTHS.map((width, i) =>
    service({
      name: names[i] ?? '',
      doc: headerOf(width),
      params: { str1: ptr(), str2: ptr() },
      returns: 'u32',
      run: (kernel, { str1, str2 }) =>
        compare(kernel.mmu, str1, str2, width, Number.POSITIVE_INFINITY, fold),
    }),
  );

const countedComparison = (names: Names, fold: (unit: number) => number): Service[] =>
  WIDTHS.map((width, i) =>
    service({
      name: names[i] ?? '',
      doc: headerOf(width),
      params: { str1: ptr(), str2: ptr(), count: sizeT },
      returns: 'u32',
      run: (kernel, { str1, str2, count }) =>
        compare(kernel.mmu, str1, str2, width, Number(count), fold),
    }),
  );

/** Searches a whole string for a character; the terminating zero counts as one. */
const search = (names: Names, last: boolean): Service[] =>
  WIDTHS.map((width, i) =>
    service({
      name: names[i] ?? '',
      doc: headerOf(width),
      params: { str: ptr(), character: i32 },
      returns: 'pointer',
      run(kernel, { str, character }) {
        const wanted = width === 1 ? character & 0xff : character & 0xffff;
        let found: Va = NULL;
        for (let at = 0; ; at++) {
          const unit = read(kernel.mmu, index(str, at, width), width);
          if (unit === wanted) found = index(str, at, width);
          if (unit === 0 || (found !== NULL && !last)) return found;
        }
      },
    }),
  );

function find(memory: Mmu, at: Va, wanted: Va, width: Width): Va {
  const needle = readCharacters(memory, wanted, width);
  for (let i = 0; ; i++) {
    const place = index(at, i, width);
    const matches = needle.every((unit, j) => read(memory, index(place, j, width), width) === unit);
    if (matches) return place;
    if (read(memory, place, width) === 0) return NULL;
  }
}

/** Length of the run from the start whose characters are all in the set, or all outside it. */
function span(memory: Mmu, at: Va, set: Va, width: Width, inside: boolean): number {
  const units = new Set(readCharacters(memory, set, width));
  let length = 0;
  for (;;) {
    const unit = read(memory, index(at, length, width), width);
    if (unit === 0 || units.has(unit) !== inside) return length;
    length++;
  }
}

const spanning = (names: Names, inside: boolean): Service[] =>
  WIDTHS.map((width, i) =>
    service({
      name: names[i] ?? '',
      doc: headerOf(width),
      params: { str: ptr(), control: ptr() },
      returns: 'u64',
      run: (kernel, { str, control }) => span(kernel.mmu, str, control, width, inside),
    }),
  );

/** Rewrites a string in place and gives it back. */
const rewrite = (names: Names, change: (units: number[]) => number[]): Service[] =>
  WIDTHS.map((width, i) =>
    service({
      name: names[i] ?? '',
      doc: headerOf(width),
      params: { str: ptr() },
      returns: 'pointer',
      run(kernel, { str }) {
        const units = readCharacters(kernel.mmu, str, width);
        writeCharacters(kernel.mmu, str, width, change(units));
        return str;
      },
    }),
  );

const setting = (names: Names): Service[] =>
  WIDTHS.map((width, i) =>
    service({
      name: names[i] ?? '',
      doc: headerOf(width),
      params: { str: ptr(), character: i32 },
      returns: 'pointer',
      run(kernel, { str, character }) {
        const unit = width === 1 ? character & 0xff : character & 0xffff;
        const length = lengthOf(kernel.mmu, str, width);
        writeCharacters(kernel.mmu, str, width, new Array<number>(length).fill(unit));
        return str;
      },
    }),
  );

const boundedLength = (names: Names): Service[] =>
  WIDTHS.map((width, i) =>
    service({
      name: names[i] ?? '',
      doc: headerOf(width),
      params: { str: ptr(), count: sizeT },
      returns: 'u64',
      run: (kernel, { str, count }) => lengthOf(kernel.mmu, str, width, Number(count)),
    }),
  );

export const crtStringServices: readonly Service[] = [
  ...measure(['strlen', 'wcslen'], lengthOf),
  ...boundedLength(['strnlen', 'wcsnlen']),
  ...join(['strcpy', 'wcscpy'], (memory, to, from, width) => {
    store(memory, to, width, readCharacters(memory, from, width));
    return to;
  }),
  ...join(['strcat', 'wcscat'], (memory, to, from, width) => {
    const end = index(to, lengthOf(memory, to, width), width);
    store(memory, end, width, readCharacters(memory, from, width));
    return to;
  }),
  ...join(['strstr', 'wcsstr'], find),
  ...join(['strpbrk', 'wcspbrk'], (memory, at, set, width) => {
    const place = index(at, span(memory, at, set, width, false), width);
    return read(memory, place, width) === 0 ? NULL : place;
  }),
  ...joinCounted(['strncpy', 'wcsncpy'], (memory, to, from, count, width) => {
    const units = readCharacters(memory, from, width, count);
    writeCharacters(memory, to, width, units);
    for (let i = units.length; i < count; i++) memory.write(index(to, i, width), width, 0n);
    return to;
  }),
  ...joinCounted(['strncat', 'wcsncat'], (memory, to, from, count, width) => {
    const end = index(to, lengthOf(memory, to, width), width);
    store(memory, end, width, readCharacters(memory, from, width, count));
    return to;
  }),
  ...comparison(['strcmp', 'wcscmp'], same),
  ...comparison(['_stricmp', '_wcsicmp'], asciiLower),
  ...countedComparison(['strncmp', 'wcsncmp'], same),
  ...countedComparison(['_strnicmp', '_wcsnicmp'], asciiLower),
  ...search(['strchr', 'wcschr'], false),
  ...search(['strrchr', 'wcsrchr'], true),
  ...spanning(['strspn', 'wcsspn'], true),
  ...spanning(['strcspn', 'wcscspn'], false),
  ...rewrite(['_strlwr', '_wcslwr'], (units) => units.map(asciiLower)),
  ...rewrite(['_strupr', '_wcsupr'], (units) => units.map(asciiUpper)),
  ...rewrite(['_strrev', '_wcsrev'], (units) => units.toReversed()),
  ...setting(['_strset', '_wcsset']),
];
