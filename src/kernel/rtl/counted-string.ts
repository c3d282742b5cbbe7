/** ANSI_STRING and UNICODE_STRING as services work on them: one form, characters of one or two bytes. */
import { STRING } from '../../layout/nt.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import { pool } from '../ex/pool.ts';
import { freePool } from '../ex/pool-services.ts';
import type { Kernel } from '../kernel.ts';
import { writeCharacters } from './guest-memory.ts';

export type Width = 1 | 2;

/** Longest Length in bytes, so that a terminator still fits MaximumLength. */
const LONGEST = { 1: 0xfffe, 2: 0xfffc } as const;

export const stringAt = (kernel: Kernel, at: Va) => STRING.at(kernel.mmu, at);

/** Characters as numbers; a NULL string is empty. */
export function unitsOf(kernel: Kernel, at: Va, width: Width): number[] {
  if (at === NULL) return [];
  const { Length, Buffer } = stringAt(kernel, at);
  return unitsAt(kernel, Buffer, Length, width);
}

export function unitsAt(kernel: Kernel, at: Va, bytes: number, width: Width): number[] {
  const data = bytes === 0 ? new Uint8Array(0) : kernel.mmu.readBytes(at, bytes);
  if (width === 1) return [...data];
  return Array.from(
    { length: data.length >> 1 },
    (_, i) => (data[i * 2] ?? 0) | ((data[i * 2 + 1] ?? 0) << 8),
  );
}

export const textOf = (units: readonly number[]): string => {
  let text = '';
  for (const unit of units) text += String.fromCharCode(unit);
  return text;
};

export const unitsFrom = (text: string): number[] =>
  Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));

/** Points a string at zero-terminated text. False when the text is longer than the form can say. */
export function point(kernel: Kernel, at: Va, buffer: Va, length: number, width: Width): boolean {
  const bytes = Math.min(length * width, LONGEST[width]);
  const string = stringAt(kernel, at);
  string.Length = buffer === NULL ? 0 : bytes;
  string.MaximumLength = buffer === NULL ? 0 : bytes + width;
  string.Buffer = buffer;
  return length * width <= LONGEST[width];
}

/** Writes characters into the string's own buffer from `offset`, then a terminator if one more fits. */
export function fillFrom(
  kernel: Kernel,
  at: Va,
  offset: number,
  units: readonly number[],
  width: Width,
): void {
  const string = stringAt(kernel, at);
  writeCharacters(kernel.mmu, vaAdd(string.Buffer, offset), width, units);
  const bytes = offset + units.length * width;
  string.Length = bytes;
  if (bytes + width <= string.MaximumLength) {
    kernel.mmu.write(vaAdd(string.Buffer, bytes), width, 0n);
  }
}

/** Appends, or refuses as a whole. */
export function append(kernel: Kernel, at: Va, units: readonly number[], width: Width): NtStatus {
  const { Length, MaximumLength } = stringAt(kernel, at);
  if (Length + units.length * width > MaximumLength) return STATUS.BUFFER_TOO_SMALL;
  if (units.length > 0) fillFrom(kernel, at, Length, units, width);
  return STATUS.SUCCESS;
}

/** Paged pool for characters and a terminator, charged to the driver. */
function allocateUnits(kernel: Kernel, units: readonly number[], width: Width): Va | undefined {
  const at = pool(kernel).allocate((units.length + 1) * width, 'Strg', 'paged', true);
  if (at !== undefined) writeCharacters(kernel.mmu, at, width, [...units, 0]);
  return at;
}

/** Makes the string own new memory; `terminated` counts the terminator into MaximumLength. */
export function own(
  kernel: Kernel,
  at: Va,
  units: readonly number[],
  width: Width,
  terminated = true,
): boolean {
  const buffer = allocateUnits(kernel, units, width);
  if (buffer === undefined) return false;
  const string = stringAt(kernel, at);
  string.Length = units.length * width;
  string.MaximumLength = (units.length + (terminated ? 1 : 0)) * width;
  string.Buffer = buffer;
  return true;
}

export function freeString(kernel: Kernel, at: Va): void {
  const string = stringAt(kernel, at);
  if (string.Buffer === NULL) return;
  freePool(kernel, string.Buffer);
  kernel.mmu.fill(at, STRING.bytes, 0);
}

/** Difference of the first characters that differ, else of the lengths. */
export function compareUnits(
  a: readonly number[],
  b: readonly number[],
  fold: (unit: number) => number,
): number {
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; i++) {
    const difference = fold(a[i] ?? 0) - fold(b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export const sameUnit = (unit: number): number => unit;
