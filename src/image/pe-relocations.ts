/** Base relocations: the places that hold absolute addresses. */
import { hex, type Rva, rva } from '../units/address.ts';
import { badImage } from '../units/errors.ts';
import type { DataDirectory } from './pe-headers.ts';
import { LIMITS } from './pe-spec.ts';
import { type Reader, u16At, u32At } from './reader.ts';

export interface PeRelocation {
  readonly rva: Rva;
  /** IMAGE_REL_BASED_DIR64 is 8 bytes, IMAGE_REL_BASED_HIGHLOW the low 4. */
  readonly type: 'DIR64' | 'HIGHLOW';
}

const IMAGE_REL_BASED_ABSOLUTE = 0;
const TYPES = new Map<number, PeRelocation['type']>([
  [3, 'HIGHLOW'],
  [10, 'DIR64'],
]);
const BLOCK_HEADER = 8;

const relocationBytes = (type: PeRelocation['type']): number => (type === 'DIR64' ? 8 : 4);

function parseEntry(entry: number, page: number, image: Reader): PeRelocation | undefined {
  const kind = entry >>> 12;
  if (kind === IMAGE_REL_BASED_ABSOLUTE) return undefined;
  const at = page + (entry & 0xfff);
  const type = TYPES.get(kind);
  if (!type) throw badImage(`relocation at RVA ${hex(at)} has type ${hex(kind)}, not used on x64`);
  image.check(at, relocationBytes(type), 'relocated address');
  return { rva: rva(at), type };
}

function blockSize(table: Uint8Array, at: number, where: string): number {
  if (table.length - at < BLOCK_HEADER) {
    throw badImage(
      `${where} is cut off: ${hex(table.length - at)} bytes of the directory are left`,
    );
  }
  const size = u32At(table, at + 4);
  if (size < BLOCK_HEADER || size % 2 !== 0) throw badImage(`${where} has size ${hex(size)}`);
  if (size > table.length - at) {
    throw badImage(
      `${where} has size ${hex(size)}, ${hex(table.length - at)} bytes of the directory are left`,
    );
  }
  return size;
}

export function parseRelocations(
  image: Reader,
  directory: DataDirectory | undefined,
): PeRelocation[] {
  if (!directory) return [];
  if (directory.size > LIMITS.relocationBytes) {
    throw badImage(
      `relocation directory has ${hex(directory.size)} bytes, the limit is ${hex(LIMITS.relocationBytes)}`,
    );
  }
  const table = image.bytes(directory.rva, directory.size, 'relocation directory');
  const relocations: PeRelocation[] = [];
  for (let at = 0; at < table.length; ) {
    const end = at + blockSize(table, at, `relocation block at RVA ${hex(directory.rva + at)}`);
    const page = u32At(table, at);
    for (let entry = at + BLOCK_HEADER; entry < end; entry += 2) {
      const found = parseEntry(u16At(table, entry), page, image);
      if (found) relocations.push(found);
    }
    at = end;
  }
  return relocations;
}
