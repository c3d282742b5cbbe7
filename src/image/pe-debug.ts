/** The debug directory: which PDB belongs to the image. Windows does not check it, so damage loses it. */
import type { DataDirectory } from './pe-headers.ts';
import { IMAGE_DEBUG_TYPE_CODEVIEW, LIMITS } from './pe-spec.ts';
import { latin1, plainText, type Reader, u16At, u32At } from './reader.ts';

export interface PeCodeView {
  /** As symbol servers spell it: 3844DBB9-2017-4967-BE7A-A4A2C20430FA. */
  readonly guid: string;
  readonly age: number;
  /** The path the linker wrote. */
  readonly pdb: string;
}

const SIZEOF_DEBUG_DIRECTORY = 28;
const RSDS_HEADER = 24;

const digits = (value: number, width: number): string =>
  value.toString(16).toUpperCase().padStart(width, '0');

function guidText(bytes: Uint8Array): string {
  const tail = Array.from(bytes.subarray(8, 16), (byte) => digits(byte, 2)).join('');
  const head = `${digits(u32At(bytes, 0), 8)}-${digits(u16At(bytes, 4), 4)}-${digits(u16At(bytes, 6), 4)}`;
  return `${head}-${tail.slice(0, 4)}-${tail.slice(4)}`;
}

function parseCodeView(file: Reader, offset: number): PeCodeView | undefined {
  const header = file.peek(offset, RSDS_HEADER);
  const pdb = file.peekString(offset + RSDS_HEADER, LIMITS.nameBytes);
  if (!header || !pdb || latin1(header.subarray(0, 4)) !== 'RSDS') return undefined;
  return { guid: guidText(header.subarray(4, 20)), age: u32At(header, 20), pdb: plainText(pdb) };
}

export function parseDebugDirectory(
  image: Reader,
  file: Reader,
  directory: DataDirectory | undefined,
): PeCodeView | undefined {
  if (!directory) return undefined;
  const count = Math.min(Math.floor(directory.size / SIZEOF_DEBUG_DIRECTORY), LIMITS.debugEntries);
  for (let index = 0; index < count; index += 1) {
    const row = image.peek(directory.rva + index * SIZEOF_DEBUG_DIRECTORY, SIZEOF_DEBUG_DIRECTORY);
    if (!row) return undefined;
    if (u32At(row, 12) !== IMAGE_DEBUG_TYPE_CODEVIEW) continue;
    const found = parseCodeView(file, u32At(row, 24));
    if (found) return found;
  }
  return undefined;
}
