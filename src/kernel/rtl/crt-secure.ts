/** Bounded string functions of the C runtime: strcpy_s and its kin, with the error numbers they return. */
import { ptr, sizeT } from '../../layout/struct.ts';
import type { Mmu } from '../../memory/mmu.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { type Service, service } from '../service.ts';
import { copyMemory, lengthOf, readCharacters, writeCharacters } from './guest-memory.ts';

type Width = 1 | 2;
const WIDTHS: readonly Width[] = [1, 2];

/** errno.h */
const EINVAL = 22;
const ERANGE = 34;
const STRUNCATE = 80;
/** _TRUNCATE: as much as fits. */
const TRUNCATE = 0xffff_ffff_ffff_ffffn;

interface Target {
  readonly memory: Mmu;
  readonly at: Va;
  readonly capacity: bigint;
  readonly width: Width;
}

const terminate = ({ memory, at, width }: Target): void => memory.write(at, width, 0n);

/** Puts characters at `offset`, or empties the string when they do not fit with their zero. */
function place(target: Target, offset: number, units: readonly number[], mayCut: boolean): number {
  const room = Number(target.capacity) - offset;
  if (units.length < room) {
    writeCharacters(target.memory, vaAdd(target.at, offset * target.width), target.width, [
      ...units,
      0,
    ]);
    return 0;
  }
  if (!mayCut) {
    terminate(target);
    return ERANGE;
  }
  const fitting = [...units.slice(0, room - 1), 0];
  writeCharacters(target.memory, vaAdd(target.at, offset * target.width), target.width, fitting);
  return STRUNCATE;
}

function put(target: Target, from: Va, count: bigint, append: boolean): number {
  const { memory, at, capacity, width } = target;
  if (at === NULL || capacity === 0n) return EINVAL;
  if (from === NULL) {
    terminate(target);
    return count === 0n ? 0 : EINVAL;
  }
  const limit = Number(capacity);
  const offset = append ? lengthOf(memory, at, width, limit) : 0;
  if (offset === limit) {
    terminate(target);
    return EINVAL;
  }
  const most = count === TRUNCATE ? limit : Math.min(Number(count), limit);
  const units = readCharacters(memory, from, width, most);
  return place(target, offset, units, count === TRUNCATE);
}

const plain = (names: readonly string[], append: boolean): Service[] =>
  WIDTHS.map((width, i) =>
    service({
      name: names[i] ?? '',
      doc: width === 1 ? 'string.h' : 'wchar.h',
      params: { dest: ptr(), size: sizeT, src: ptr() },
      returns: 'u32',
      run: (kernel, { dest, size, src }) =>
        put({ memory: kernel.mmu, at: dest, capacity: size, width }, src, TRUNCATE - 1n, append),
    }),
  );

const counted = (names: readonly string[], append: boolean): Service[] =>
  WIDTHS.map((width, i) =>
    service({
      name: names[i] ?? '',
      doc: width === 1 ? 'string.h' : 'wchar.h',
      params: { dest: ptr(), size: sizeT, src: ptr(), count: sizeT },
      returns: 'u32',
      run: (kernel, { dest, size, src, count }) =>
        put({ memory: kernel.mmu, at: dest, capacity: size, width }, src, count, append),
    }),
  );

const token = (names: readonly string[]): Service[] =>
  WIDTHS.map((width, i) =>
    service({
      name: names[i] ?? '',
      doc: width === 1 ? 'string.h' : 'wchar.h',
      params: { str: ptr(), delimiters: ptr(), context: ptr('PVOID') },
      returns: 'pointer',
      run(kernel, { str, delimiters, context }) {
        const { mmu } = kernel;
        const ends = new Set(readCharacters(mmu, delimiters, width));
        const unitAt = (at: Va): number => Number(mmu.read(at, width));
        let start = str === NULL ? mmu.pointer(context) : str;
        while (ends.has(unitAt(start))) start = vaAdd(start, width);
        if (unitAt(start) === 0) {
          mmu.write(context, 8, start);
          return NULL;
        }
        let end = start;
        while (unitAt(end) !== 0 && !ends.has(unitAt(end))) end = vaAdd(end, width);
        const more = unitAt(end) !== 0;
        if (more) mmu.write(end, width, 0n);
        mmu.write(context, 8, more ? vaAdd(end, width) : end);
        return start;
      },
    }),
  );

/** `errno_t memcpy_s(dest, size, src, count)`: zeroes the target when the source does not fit. */
const bytes = (name: string): Service =>
  service({
    name,
    doc: 'string.h',
    params: { dest: ptr(), size: sizeT, src: ptr(), count: sizeT },
    returns: 'u32',
    run(kernel, { dest, size, src, count }) {
      if (count === 0n) return 0;
      if (dest === NULL) return EINVAL;
      if (src === NULL || count > size) {
        kernel.mmu.fill(dest, Number(size), 0);
        return src === NULL ? EINVAL : ERANGE;
      }
      copyMemory(kernel.mmu, dest, src, count);
      return 0;
    },
  });

export const crtSecureServices: readonly Service[] = [
  ...plain(['strcpy_s', 'wcscpy_s'], false),
  ...plain(['strcat_s', 'wcscat_s'], true),
  ...counted(['strncpy_s', 'wcsncpy_s'], false),
  ...counted(['strncat_s', 'wcsncat_s'], true),
  ...token(['strtok_s', 'wcstok_s']),
  bytes('memcpy_s'),
  bytes('memmove_s'),
];
