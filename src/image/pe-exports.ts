/** Exports: what the image offers to others, by name and ordinal. */
import { hex, type Rva, rva } from '../units/address.ts';
import { badImage } from '../units/errors.ts';
import type { DataDirectory } from './pe-headers.ts';
import { LIMITS } from './pe-spec.ts';
import { type Reader, u16At, u32At } from './reader.ts';

export interface PeExport {
  readonly name?: string;
  readonly ordinal: number;
  /** Where it is, or for a forwarded export ... */
  readonly rva?: Rva;
  /** ... `DLL.Name` or `DLL.#ordinal`. */
  readonly forwarder?: string;
}

export interface PeExports {
  /** The name the image gives itself. */
  readonly dll: string | undefined;
  readonly exports: readonly PeExport[];
}

const SIZEOF_EXPORT_DIRECTORY = 40;

function checkCount(count: number, what: string): number {
  if (count > LIMITS.exports) {
    throw badImage(
      `export directory: ${what} ${hex(count)} exceeds the limit of ${hex(LIMITS.exports)}`,
    );
  }
  return count;
}

/** Names by index into the address table; several may share one. */
function readNames(
  image: Reader,
  header: Uint8Array,
  functionCount: number,
): Map<number, string[]> {
  const count = checkCount(u32At(header, 24), 'NumberOfNames');
  const names = image.bytes(u32At(header, 32), count * 4, 'export name table');
  const indexes = image.bytes(u32At(header, 36), count * 2, 'export ordinal table');
  const found = new Map<number, string[]>();
  let nameBytes = 0;
  for (let at = 0; at < count; at += 1) {
    const name = image.name(u32At(names, at * 4), LIMITS.nameBytes, 'export name');
    const index = u16At(indexes, at * 2);
    if (index >= functionCount) {
      throw badImage(`export ${name} names function ${hex(index)} of ${hex(functionCount)}`);
    }
    nameBytes += name.length;
    if (nameBytes > LIMITS.nameBytesTogether) {
      throw badImage(`export names exceed ${hex(LIMITS.nameBytesTogether)} bytes together`);
    }
    found.set(index, [...(found.get(index) ?? []), name]);
  }
  return found;
}

function targetOf(image: Reader, at: number, directory: DataDirectory, what: string) {
  if (at >= directory.rva && at < directory.rva + directory.size) {
    const forwarder = image.name(at, LIMITS.nameBytes, `forwarder of ${what}`);
    if (!/^[^.].*\.[^.]+$/.test(forwarder)) {
      throw badImage(`forwarder of ${what} is not of the form DLL.Name: ${forwarder.slice(0, 80)}`);
    }
    return { forwarder };
  }
  image.check(at, 1, what);
  return { rva: rva(at) };
}

export function parseExports(image: Reader, directory: DataDirectory | undefined): PeExports {
  if (!directory || directory.size === 0) return { dll: undefined, exports: [] };
  const header = image.bytes(directory.rva, SIZEOF_EXPORT_DIRECTORY, 'export directory');
  const functionCount = checkCount(u32At(header, 20), 'NumberOfFunctions');
  const base = u32At(header, 16);
  const functions = image.bytes(u32At(header, 28), functionCount * 4, 'export address table');
  const names = readNames(image, header, functionCount);
  const exports: PeExport[] = [];
  for (let index = 0; index < functionCount; index += 1) {
    const at = u32At(functions, index * 4);
    if (at === 0) continue;
    const ordinal = base + index;
    const known = names.get(index);
    const target = targetOf(image, at, directory, `export ${known?.[0] ?? `#${ordinal}`}`);
    if (!known) exports.push({ ordinal, ...target });
    for (const name of known ?? []) exports.push({ name, ordinal, ...target });
  }
  const nameAt = u32At(header, 12);
  const dll =
    nameAt === 0 ? undefined : image.name(nameAt, LIMITS.nameBytes, 'name of the exporting DLL');
  return { dll, exports };
}
