/** Damaged copies of an image, the same ones for the same seed: stray bytes, cuts, and fields set to what hurts. */
import { SeededRandom } from '../../src/devices/random.ts';
import { parsePe } from '../../src/image/pe.ts';
import {
  E_LFANEW,
  OPTIONAL_HEADER_FIXED,
  SIZEOF_FILE_HEADER,
  SIZEOF_SECTION_HEADER,
} from '../../src/image/pe-spec.ts';

type Field = readonly [offset: number, bytes: 1 | 2 | 4 | 8];

/** An image and where its fields lie in the file. */
export interface Specimen {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly headers: readonly Field[];
  /** The bytes that data directories point to. */
  readonly tables: readonly { readonly offset: number; readonly size: number }[];
  /** The bytes of executable sections. */
  readonly code: readonly { readonly offset: number; readonly size: number }[];
}

/** Fields of the DOS, file and optional headers, then of a row of the section table (PE Format). */
const FILE_FIELDS: readonly Field[] = [0, 2, 16, 18].map((at) => [at, 2]);
const FILE_LONGS: readonly Field[] = [4, 8, 12].map((at) => [at, 4]);
const OPTIONAL_SHORTS = [0, 0x28, 0x2a, 0x2c, 0x2e, 0x30, 0x32, 0x44, 0x46];
const OPTIONAL_LONGS = [0x04, 0x10, 0x14, 0x20, 0x24, 0x38, 0x3c, 0x40, 0x6c];
const OPTIONAL_QUADS = [0x18, 0x48, 0x50, 0x58, 0x60];
const SECTION_LONGS = [8, 12, 16, 20, 24, 28, 36];

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

export function specimen(name: string, bytes: Uint8Array): Specimen {
  const image = parsePe(bytes);
  const file = view(bytes).getUint32(E_LFANEW, true) + 4;
  const optional = file + SIZEOF_FILE_HEADER;
  const table = optional + view(bytes).getUint16(file + 16, true);
  const at = (base: number, offsets: readonly number[], size: Field[1]): Field[] =>
    offsets.map((offset) => [base + offset, size]);
  const moved = (fields: readonly Field[]): Field[] =>
    fields.map(([offset, size]) => [file + offset, size]);
  const directories = Array.from({ length: 32 }, (_, index) => OPTIONAL_HEADER_FIXED + index * 4);
  const headers = [
    ...at(0, [0, 2], 2),
    ...at(0, [E_LFANEW], 4),
    ...moved(FILE_FIELDS),
    ...moved(FILE_LONGS),
    ...at(optional, OPTIONAL_SHORTS, 2),
    ...at(optional, OPTIONAL_LONGS, 4),
    ...at(optional, OPTIONAL_QUADS, 8),
    ...at(optional, directories, 4),
    ...image.sections.flatMap((_, row) =>
      at(table + row * SIZEOF_SECTION_HEADER, SECTION_LONGS, 4),
    ),
  ];
  const fileOffset = (rva: number): number | undefined => {
    const found = image.sections.find((s) => rva >= s.rva && rva < s.rva + s.rawSize);
    return found === undefined ? undefined : found.rawOffset + rva - found.rva;
  };
  const tables = image.directories.flatMap((directory) => {
    const offset = directory === undefined ? undefined : fileOffset(directory.rva);
    return offset === undefined || directory === undefined || directory.size < 4
      ? []
      : [{ offset, size: Math.min(directory.size, bytes.length - offset) }];
  });
  const code = image.sections
    .filter(({ protection, rawSize }) => protection.execute && rawSize > 0)
    .map(({ rawOffset, virtualSize, rawSize }) => ({
      offset: rawOffset,
      size: Math.min(virtualSize, rawSize),
    }));
  return { name, bytes, headers, tables, code };
}

class Mutator {
  readonly #random: SeededRandom;
  readonly #of: Specimen;
  #bytes: Uint8Array;

  constructor(of: Specimen, seed: number) {
    this.#of = of;
    this.#random = new SeededRandom(seed);
    this.#bytes = of.bytes.slice();
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  below(limit: number): number {
    return limit <= 0 ? 0 : this.#random.next() % limit;
  }

  pick<T>(of: readonly T[]): T | undefined {
    return of[this.below(of.length)];
  }

  flip(from: number, size: number): void {
    const at = from + this.below(size);
    const byte = this.#bytes[at];
    if (byte === undefined) return;
    this.#bytes[at] = this.below(2) === 0 ? byte ^ (1 << this.below(8)) : this.below(256);
  }

  field(): void {
    const field = this.pick(this.#of.headers);
    if (field !== undefined) this.#set(...field);
  }

  tableField(): void {
    const table = this.pick(this.#of.tables);
    if (table !== undefined) this.#set(table.offset + (this.below(table.size) & ~3), 4);
  }

  cut(): void {
    this.#bytes = this.#bytes.subarray(0, this.below(this.#bytes.length));
  }

  append(): void {
    const longer = new Uint8Array(this.#bytes.length + this.below(0x1000));
    longer.set(this.#bytes);
    for (let at = this.#bytes.length; at < longer.length; at++) longer[at] = this.below(256);
    this.#bytes = longer;
  }

  copyWithin(): void {
    const length = this.#bytes.length;
    const from = this.below(length);
    this.#bytes.copyWithin(this.below(length), from, from + this.below(0x100));
  }

  #set(at: number, bytes: Field[1]): void {
    if (at + bytes > this.#bytes.length) return;
    const data = view(this.#bytes);
    const old = bytes === 8 ? data.getBigUint64(at, true) : BigInt(this.#read(at, bytes));
    const value = BigInt.asUintN(bytes * 8, this.#hurtful(old, bytes));
    for (let i = 0; i < bytes; i++) data.setUint8(at + i, Number((value >> BigInt(i * 8)) & 0xffn));
  }

  #read(at: number, bytes: 1 | 2 | 4): number {
    const data = view(this.#bytes);
    if (bytes === 1) return data.getUint8(at);
    return bytes === 2 ? data.getUint16(at, true) : data.getUint32(at, true);
  }

  #hurtful(old: bigint, bytes: number): bigint {
    const top = 1n << BigInt(bytes * 8 - 1);
    const length = BigInt(this.#of.bytes.length);
    const choices = [0n, 1n, old + 1n, old - 1n, old * 2n, old + 0x1000n, old - 0x1000n, ~old];
    const limits = [top, top - 1n, top * 2n - 1n, length, length - 1n, 0xfffn, 0x1000n, 0xffffn];
    if (this.below(8) === 0) return BigInt(this.#random.next()) | (BigInt(this.below(256)) << 32n);
    return this.pick([...choices, ...limits]) ?? 0n;
  }
}

/** Anything may be wrong: headers, tables, length, any byte. */
export function damagedImage(of: Specimen, seed: number): Uint8Array {
  const mutator = new Mutator(of, seed);
  const { bytes } = of;
  const kinds: readonly (() => void)[] = [
    () => mutator.field(),
    () => mutator.field(),
    () => mutator.tableField(),
    () => mutator.tableField(),
    () => mutator.flip(0, Math.min(0x400, bytes.length)),
    () => mutator.flip(0, bytes.length),
    () => mutator.copyWithin(),
    () => mutator.append(),
    () => mutator.cut(),
  ];
  for (let times = 1 + mutator.below(3); times > 0; times--) mutator.pick(kinds)?.();
  return mutator.bytes;
}

/** Wrong in its code, so that it loads and then does something nobody wrote. */
export function damagedCode(of: Specimen, seed: number): Uint8Array {
  const mutator = new Mutator(of, seed);
  for (let times = 1 + mutator.below(12); times > 0; times--) {
    const part = mutator.pick(of.code);
    if (part !== undefined) mutator.flip(part.offset, part.size);
  }
  return mutator.bytes;
}
