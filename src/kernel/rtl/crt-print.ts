/** sprintf and its many forms: they differ in character width, in where arguments lie and in what happens at the buffer's end. */
import { readLatin1z, readUtf16z } from '../../layout/nt.ts';
import { ptr, sizeT } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, type ServiceCall, service } from '../service.ts';
import { unicodeToAnsi } from './characters.ts';
import { formatText, fromList, fromSlots, type NextArgument } from './format.ts';
import { writeCharacters } from './guest-memory.ts';

type Width = 1 | 2;

/** Where the output goes and what bounds it; `null` is no bound. */
interface Sink {
  readonly at: Va;
  readonly width: Width;
  readonly capacity: number | null;
}

function textOf(kernel: Kernel, format: Va, next: NextArgument, width: Width): number[] {
  const template = width === 2 ? readUtf16z(kernel.mmu, format) : readLatin1z(kernel.mmu, format);
  const text = formatText(kernel.mmu, template, next, width === 2);
  return Array.from({ length: text.length }, (_, i) =>
    width === 2 ? text.charCodeAt(i) : unicodeToAnsi(text.charCodeAt(i)),
  );
}

/** _snprintf: no zero when the text fills the buffer, -1 when it does not fit. */
function classic(kernel: Kernel, { at, width, capacity }: Sink, units: number[]): number {
  const room = capacity ?? Number.POSITIVE_INFINITY;
  if (at !== NULL) {
    const end = units.length < room ? [0] : [];
    writeCharacters(kernel.mmu, at, width, [
      ...units.slice(0, Math.min(room, units.length)),
      ...end,
    ]);
  }
  return units.length > room ? -1 : units.length;
}

/** sprintf_s: empties the buffer when the text and its zero do not fit. */
function secure(kernel: Kernel, { at, width, capacity }: Sink, units: number[]): number {
  if (at === NULL || capacity === null || capacity === 0) return -1;
  if (units.length >= capacity) {
    kernel.mmu.write(at, width, 0n);
    return -1;
  }
  writeCharacters(kernel.mmu, at, width, [...units, 0]);
  return units.length;
}

const TRUNCATE = 0xffff_ffff_ffff_ffffn;

/** _snprintf_s: `count` characters at most, or what fits with _TRUNCATE. */
function counted(kernel: Kernel, sink: Sink, units: number[], count: bigint): number {
  const { at, width, capacity } = sink;
  if (at === NULL || capacity === null || capacity === 0) return -1;
  const most = count === TRUNCATE ? capacity - 1 : Number(count);
  if (units.length <= most) return secure(kernel, sink, units);
  if (most >= capacity) return secure(kernel, sink, units);
  writeCharacters(kernel.mmu, at, width, [...units.slice(0, most), 0]);
  return -1;
}

const slotsFrom = (call: ServiceCall, first: number): NextArgument =>
  fromSlots((index) => call.slot(index), first);

/** `int sprintf(buffer, format, ...)` */
const unbounded = (name: string, width: Width, list: boolean): Service =>
  service({
    name,
    doc: 'stdio.h',
    params: { buffer: ptr(), format: ptr() },
    returns: 'u32',
    run(kernel, { buffer, format }, call) {
      const next = list ? fromList(kernel.mmu, vaAdd(NULL, call.slot(2))) : slotsFrom(call, 2);
      const units = textOf(kernel, format, next, width);
      return classic(kernel, { at: buffer, width, capacity: null }, units);
    },
  });

/** `int _snprintf(buffer, count, format, ...)` and sprintf_s, which has the same form. */
const bounded = (name: string, width: Width, list: boolean, put: typeof classic): Service =>
  service({
    name,
    doc: 'stdio.h',
    params: { buffer: ptr(), count: sizeT, format: ptr() },
    returns: 'u32',
    run(kernel, { buffer, count, format }, call) {
      const next = list ? fromList(kernel.mmu, vaAdd(NULL, call.slot(3))) : slotsFrom(call, 3);
      const units = textOf(kernel, format, next, width);
      return put(kernel, { at: buffer, width, capacity: Number(count) }, units);
    },
  });

/** `int _snprintf_s(buffer, size, count, format, ...)` */
const twiceBounded = (name: string, width: Width, list: boolean): Service =>
  service({
    name,
    doc: 'stdio.h',
    params: { buffer: ptr(), size: sizeT, count: sizeT, format: ptr() },
    returns: 'u32',
    run(kernel, { buffer, size, count, format }, call) {
      const next = list ? fromList(kernel.mmu, vaAdd(NULL, call.slot(4))) : slotsFrom(call, 4);
      const units = textOf(kernel, format, next, width);
      return counted(kernel, { at: buffer, width, capacity: Number(size) }, units, count);
    },
  });

/** `int _vscprintf(format, list)`: the length alone. */
const lengthOnly = (name: string, width: Width, list: boolean): Service =>
  service({
    name,
    doc: 'stdio.h',
    params: { format: ptr() },
    returns: 'u32',
    run(kernel, { format }, call) {
      const next = list ? fromList(kernel.mmu, vaAdd(NULL, call.slot(1))) : slotsFrom(call, 1);
      return textOf(kernel, format, next, width).length;
    },
  });

export const crtPrintServices: readonly Service[] = [
  unbounded('sprintf', 1, false),
  unbounded('vsprintf', 1, true),
  unbounded('swprintf', 2, false),
  unbounded('_swprintf', 2, false),
  unbounded('vswprintf', 2, true),
  unbounded('_vswprintf', 2, true),
  bounded('_snprintf', 1, false, classic),
  bounded('_vsnprintf', 1, true, classic),
  bounded('_snwprintf', 2, false, classic),
  bounded('_vsnwprintf', 2, true, classic),
  bounded('sprintf_s', 1, false, secure),
  bounded('vsprintf_s', 1, true, secure),
  bounded('swprintf_s', 2, false, secure),
  bounded('vswprintf_s', 2, true, secure),
  twiceBounded('_snprintf_s', 1, false),
  twiceBounded('_vsnprintf_s', 1, true),
  twiceBounded('_snwprintf_s', 2, false),
  twiceBounded('_vsnwprintf_s', 2, true),
  lengthOnly('_scprintf', 1, false),
  lengthOnly('_vscprintf', 1, true),
  lengthOnly('_scwprintf', 2, false),
  lengthOnly('_vscwprintf', 2, true),
];
