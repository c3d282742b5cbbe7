/** The COFF file header and the PE32+ optional header, checked as the Windows image loader checks them. */
import { hex, PAGE_SIZE, type Rva, rva } from '../units/address.ts';
import { badImage } from '../units/errors.ts';
import { findPeSignature } from './pe-sniff.ts';
import {
  IMAGE_FILE_DLL,
  IMAGE_FILE_MACHINE_AMD64,
  IMAGE_NT_OPTIONAL_HDR32_MAGIC,
  IMAGE_NT_OPTIONAL_HDR64_MAGIC,
  IMAGE_NUMBEROF_DIRECTORY_ENTRIES,
  LIMITS,
  machineName,
  OPTIONAL_HEADER_FIXED,
  OPTIONAL_IMAGE_BASE,
  SIZEOF_FILE_HEADER,
  SIZEOF_SECTION_HEADER,
} from './pe-spec.ts';
import { fileReader, u16At, u32At, u64At } from './reader.ts';

export interface DataDirectory {
  readonly rva: Rva;
  readonly size: number;
}

export interface PeHeaders {
  readonly machine: number;
  readonly timestamp: number;
  readonly characteristics: number;
  readonly symbolTableOffset: number;
  readonly symbolCount: number;
  /** File offset of IMAGE_OPTIONAL_HEADER64. */
  readonly optionalHeaderOffset: number;
  readonly sectionTableOffset: number;
  readonly sectionCount: number;
  /** 0 in a DLL that has none. */
  readonly entryPoint: Rva;
  readonly imageBase: bigint;
  readonly sectionAlignment: number;
  readonly fileAlignment: number;
  readonly sizeOfImage: number;
  readonly sizeOfHeaders: number;
  readonly checksum: number;
  readonly subsystem: number;
  readonly dllCharacteristics: number;
  /** By IMAGE_DIRECTORY_ENTRY_*; one whose address is 0 is absent. */
  readonly directories: readonly (DataDirectory | undefined)[];
}

const isPowerOfTwo = (value: number): boolean => value > 0 && Number.isInteger(Math.log2(value));

function readFileHeader(file: Uint8Array) {
  const signature = findPeSignature(file);
  const at = signature + 4;
  const header = fileReader(file).bytes(at, SIZEOF_FILE_HEADER, 'truncated: IMAGE_FILE_HEADER');
  const machine = u16At(header, 0);
  if (machine !== IMAGE_FILE_MACHINE_AMD64) {
    throw badImage(
      `wrong machine: ${machineName(machine)}, expected ${machineName(IMAGE_FILE_MACHINE_AMD64)}`,
    );
  }
  return {
    machine,
    sectionCount: u16At(header, 2),
    timestamp: u32At(header, 4),
    symbolTableOffset: u32At(header, 8),
    symbolCount: u32At(header, 12),
    optionalHeaderSize: u16At(header, 16),
    characteristics: u16At(header, 18),
    optionalHeaderOffset: at + SIZEOF_FILE_HEADER,
  };
}

function readOptionalHeader(file: Uint8Array, at: number, size: number): Uint8Array {
  const reader = fileReader(file);
  const magic = reader.u16(at, 'truncated: IMAGE_OPTIONAL_HEADER64');
  if (magic === IMAGE_NT_OPTIONAL_HDR32_MAGIC) {
    throw badImage(`optional header magic is PE32 (${hex(magic)}) where PE32+ (0x20b) is expected`);
  }
  if (magic !== IMAGE_NT_OPTIONAL_HDR64_MAGIC) {
    throw badImage(`unknown optional header magic ${hex(magic)}, expected PE32+ (0x20b)`);
  }
  if (size < OPTIONAL_HEADER_FIXED) {
    throw badImage(`SizeOfOptionalHeader ${hex(size)} is less than ${hex(OPTIONAL_HEADER_FIXED)}`);
  }
  return reader.bytes(at, size, 'truncated: IMAGE_OPTIONAL_HEADER64');
}

function readDirectories(optional: Uint8Array): readonly (DataDirectory | undefined)[] {
  const count = Math.min(u32At(optional, 0x6c), IMAGE_NUMBEROF_DIRECTORY_ENTRIES);
  if (OPTIONAL_HEADER_FIXED + count * 8 > optional.length) {
    throw badImage(
      `SizeOfOptionalHeader ${hex(optional.length)} does not hold ${hex(count)} data directories`,
    );
  }
  return Array.from({ length: count }, (_, index) => {
    const at = OPTIONAL_HEADER_FIXED + index * 8;
    const address = u32At(optional, at);
    return address === 0 ? undefined : { rva: rva(address), size: u32At(optional, at + 4) };
  });
}

function checkAlignments({ sectionAlignment, fileAlignment, imageBase }: PeHeaders): void {
  if (!isPowerOfTwo(sectionAlignment) || !isPowerOfTwo(fileAlignment)) {
    throw badImage(
      `SectionAlignment ${hex(sectionAlignment)} and FileAlignment ${hex(fileAlignment)} must be powers of two`,
    );
  }
  if (sectionAlignment < fileAlignment) {
    throw badImage(
      `SectionAlignment ${hex(sectionAlignment)} is less than FileAlignment ${hex(fileAlignment)}`,
    );
  }
  if (
    fileAlignment !== sectionAlignment &&
    (fileAlignment < 0x200 || sectionAlignment < PAGE_SIZE)
  ) {
    throw badImage(
      `misaligned: FileAlignment ${hex(fileAlignment)} with SectionAlignment ${hex(sectionAlignment)}`,
    );
  }
  if ((imageBase & 0xffffn) !== 0n) {
    throw badImage(`misaligned: ImageBase ${hex(imageBase)} is not a multiple of 0x10000`);
  }
}

function checkSizes(headers: PeHeaders, file: Uint8Array): void {
  const { sizeOfImage, sizeOfHeaders, sectionCount, sectionTableOffset } = headers;
  if (sizeOfImage === 0) throw badImage('SizeOfImage is 0');
  if (sizeOfImage > LIMITS.imageBytes) {
    throw badImage(
      `SizeOfImage ${hex(sizeOfImage)} exceeds the limit of ${hex(LIMITS.imageBytes)}`,
    );
  }
  if (sectionCount === 0) throw badImage('the image has no sections');
  if (sectionCount > LIMITS.sections) {
    throw badImage(
      `NumberOfSections ${hex(sectionCount)} exceeds the limit of ${hex(LIMITS.sections)}`,
    );
  }
  const tableEnd = sectionTableOffset + sectionCount * SIZEOF_SECTION_HEADER;
  if (tableEnd > file.length) {
    throw badImage(
      `truncated: the section table ends at ${hex(tableEnd)} and the file at ${hex(file.length)}`,
    );
  }
  if (sizeOfHeaders < tableEnd) {
    throw badImage(
      `SizeOfHeaders ${hex(sizeOfHeaders)} ends before the section table at ${hex(tableEnd)}`,
    );
  }
  if (sizeOfHeaders > file.length) {
    throw badImage(
      `truncated: SizeOfHeaders ${hex(sizeOfHeaders)} and the file has ${hex(file.length)} bytes`,
    );
  }
  if (sizeOfHeaders >= sizeOfImage) {
    throw badImage(
      `SizeOfHeaders ${hex(sizeOfHeaders)} leaves nothing of SizeOfImage ${hex(sizeOfImage)}`,
    );
  }
}

function checkEntryPoint({ entryPoint, characteristics, sizeOfImage }: PeHeaders): void {
  if (entryPoint === 0 && (characteristics & IMAGE_FILE_DLL) === 0) {
    throw badImage('the image has no entry point (AddressOfEntryPoint is 0)');
  }
  if (entryPoint >= sizeOfImage) {
    throw badImage(`entry point ${hex(entryPoint)} lies outside SizeOfImage ${hex(sizeOfImage)}`);
  }
}

export function parseHeaders(file: Uint8Array): PeHeaders {
  const { optionalHeaderSize, ...fileHeader } = readFileHeader(file);
  const { optionalHeaderOffset } = fileHeader;
  const optional = readOptionalHeader(file, optionalHeaderOffset, optionalHeaderSize);
  const headers: PeHeaders = {
    ...fileHeader,
    sectionTableOffset: optionalHeaderOffset + optionalHeaderSize,
    entryPoint: rva(u32At(optional, 0x10)),
    imageBase: u64At(optional, OPTIONAL_IMAGE_BASE),
    sectionAlignment: u32At(optional, 0x20),
    fileAlignment: u32At(optional, 0x24),
    sizeOfImage: u32At(optional, 0x38),
    sizeOfHeaders: u32At(optional, 0x3c),
    checksum: u32At(optional, 0x40),
    subsystem: u16At(optional, 0x44),
    dllCharacteristics: u16At(optional, 0x46),
    directories: readDirectories(optional),
  };
  checkAlignments(headers);
  checkSizes(headers, file);
  checkEntryPoint(headers);
  return headers;
}
