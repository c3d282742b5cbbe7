/** The section table, and the image by RVA as the sections lay it out. */
import { hex, PAGE_SIZE, type Rva, rva } from '../units/address.ts';
import { badImage } from '../units/errors.ts';
import { stringTable } from './coff-strings.ts';
import type { PeHeaders } from './pe-headers.ts';
import {
  IMAGE_SCN_MEM_DISCARDABLE,
  IMAGE_SCN_MEM_EXECUTE,
  IMAGE_SCN_MEM_NOT_PAGED,
  IMAGE_SCN_MEM_READ,
  IMAGE_SCN_MEM_WRITE,
  SIZEOF_SECTION_HEADER,
} from './pe-spec.ts';
import { plainText, Reader, u32At } from './reader.ts';

export interface Protection {
  readonly read: boolean;
  readonly write: boolean;
  readonly execute: boolean;
  /** Given back after DriverEntry (IMAGE_SCN_MEM_DISCARDABLE). */
  readonly discardable: boolean;
  /** Paged out by the kernel: "PAGE..." and ".edata" sections that are not NOT_PAGED. */
  readonly pageable: boolean;
}

export interface PeSection {
  readonly name: string;
  readonly rva: Rva;
  /** Bytes in memory; the header's VirtualSize, or SizeOfRawData where that is 0. */
  readonly virtualSize: number;
  readonly rawOffset: number;
  /** Bytes the file gives: SizeOfRawData without what memory or the file does not hold. */
  readonly rawSize: number;
  readonly characteristics: number;
  readonly protection: Protection;
}

export const roundUp = (value: number, to: number): number => Math.ceil(value / to) * to;

/** What memory is dealt in: pages, or less in images that are not aligned to pages. */
const grain = ({ sectionAlignment }: { readonly sectionAlignment: number }): number =>
  Math.min(sectionAlignment, PAGE_SIZE);

function protectionOf(name: string, characteristics: number): Protection {
  const has = (flag: number): boolean => (characteristics & flag) !== 0;
  const write = has(IMAGE_SCN_MEM_WRITE);
  const execute = has(IMAGE_SCN_MEM_EXECUTE);
  return {
    read: has(IMAGE_SCN_MEM_READ) || write || execute,
    write,
    execute,
    discardable: has(IMAGE_SCN_MEM_DISCARDABLE),
    pageable: (name.startsWith('PAGE') || name === '.edata') && !has(IMAGE_SCN_MEM_NOT_PAGED),
  };
}

/** `/123` names the string at offset 123 of the COFF string table (GNU and LLVM linkers). */
function sectionName(raw: Uint8Array, strings: (offset: number) => string | undefined): string {
  const end = raw.indexOf(0);
  const name = plainText(end < 0 ? raw : raw.subarray(0, end));
  return /^\/\d+$/.test(name) ? (strings(Number(name.slice(1))) ?? name) : name;
}

function rawSizeOf(row: Uint8Array, name: string, headers: PeHeaders, file: Uint8Array): number {
  const declared = u32At(row, 16);
  const offset = u32At(row, 20);
  if (declared === 0 || offset === 0) return 0;
  if (offset % headers.fileAlignment !== 0) {
    throw badImage(
      `misaligned: section ${name} at file offset ${hex(offset)}, FileAlignment is ${hex(headers.fileAlignment)}`,
    );
  }
  const needed = Math.min(declared, u32At(row, 8) || declared);
  if (offset + needed > file.length) {
    throw badImage(
      `section ${name} lies outside the file: ${hex(needed)} bytes at file offset ${hex(offset)}, the file has ${hex(file.length)}`,
    );
  }
  return Math.min(declared, roundUp(needed, grain(headers)), file.length - offset);
}

function parseSection(
  row: Uint8Array,
  name: string,
  headers: PeHeaders,
  file: Uint8Array,
): PeSection {
  const characteristics = u32At(row, 36);
  return {
    name,
    rva: rva(u32At(row, 12)),
    virtualSize: u32At(row, 8) || u32At(row, 16),
    rawOffset: u32At(row, 20),
    rawSize: rawSizeOf(row, name, headers, file),
    characteristics,
    protection: protectionOf(name, characteristics),
  };
}

function checkPlace(
  section: PeSection,
  headers: PeHeaders,
  previousEnd: number,
  previous: string,
): void {
  const { name, virtualSize } = section;
  const at = `section ${name} at RVA ${hex(section.rva)}`;
  if (section.rva % headers.sectionAlignment !== 0) {
    throw badImage(`misaligned: ${at}, SectionAlignment is ${hex(headers.sectionAlignment)}`);
  }
  if (section.rva < previousEnd) {
    throw badImage(`${at} overlaps ${previous}, which ends at ${hex(previousEnd)}`);
  }
  if (section.rva + virtualSize > headers.sizeOfImage) {
    throw badImage(
      `${at} with ${hex(virtualSize)} bytes reaches past SizeOfImage ${hex(headers.sizeOfImage)}`,
    );
  }
}

function checkEntryPoint(sections: readonly PeSection[], { entryPoint }: PeHeaders): void {
  if (entryPoint === 0) return;
  const home = sectionAt(sections, entryPoint);
  if (!home?.protection.execute) {
    throw badImage(`entry point ${hex(entryPoint)} lies in no executable section`);
  }
}

export function parseSections(file: Uint8Array, headers: PeHeaders): readonly PeSection[] {
  const strings = stringTable(file, headers);
  const sections: PeSection[] = [];
  let previousEnd = headers.sizeOfHeaders;
  let previous = 'the headers';
  for (let index = 0; index < headers.sectionCount; index += 1) {
    const at = headers.sectionTableOffset + index * SIZEOF_SECTION_HEADER;
    const row = file.subarray(at, at + SIZEOF_SECTION_HEADER);
    const section = parseSection(row, sectionName(row.subarray(0, 8), strings), headers, file);
    checkPlace(section, headers, previousEnd, previous);
    previousEnd = section.rva + roundUp(section.virtualSize, headers.sectionAlignment);
    previous = `section ${section.name}`;
    sections.push(section);
  }
  checkEntryPoint(sections, headers);
  return sections;
}

export const sectionAt = (sections: readonly PeSection[], at: number): PeSection | undefined =>
  sections.find((section) => at >= section.rva && at < section.rva + section.virtualSize);

const NOTHING = new Uint8Array(0);
const ZEROS = new Uint8Array(PAGE_SIZE);

export interface PeLayout {
  readonly file: Uint8Array;
  readonly sizeOfHeaders: number;
  readonly sectionAlignment: number;
  readonly sections: readonly PeSection[];
}

/** Reads the unrelocated image by RVA without laying it out. */
export function imageReader(layout: PeLayout): Reader {
  const { file, sizeOfHeaders, sections } = layout;
  const extents = sections.map((section) => ({
    ...section,
    end: section.rva + roundUp(section.virtualSize, grain(layout)),
  }));
  return new Reader((at) => {
    if (at < sizeOfHeaders) return file.subarray(at, sizeOfHeaders);
    const section = extents.find(({ rva: start, end }) => at >= start && at < end);
    if (!section) return NOTHING;
    const inside = at - section.rva;
    if (inside < section.rawSize) {
      return file.subarray(section.rawOffset + inside, section.rawOffset + section.rawSize);
    }
    return ZEROS.subarray(0, section.end - at);
  }, 'RVA');
}
