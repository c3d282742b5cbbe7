/** Writes PE32+ images: for the stand-ins of system modules, and for tests. */
import { PAGE_SIZE } from '../units/address.ts';
import {
  E_LFANEW,
  IMAGE_FILE_EXECUTABLE_IMAGE,
  IMAGE_FILE_LARGE_ADDRESS_AWARE,
  IMAGE_FILE_MACHINE_AMD64,
  IMAGE_NT_OPTIONAL_HDR64_MAGIC,
  IMAGE_NUMBEROF_DIRECTORY_ENTRIES,
  IMAGE_SCN_CNT_CODE,
  IMAGE_SCN_CNT_INITIALIZED_DATA,
  IMAGE_SCN_MEM_EXECUTE,
  IMAGE_SCN_MEM_READ,
  IMAGE_SCN_MEM_WRITE,
  IMAGE_SUBSYSTEM_NATIVE,
  OPTIONAL_HEADER_FIXED,
  SIZEOF_DOS_HEADER,
  SIZEOF_FILE_HEADER,
  SIZEOF_SECTION_HEADER,
} from './pe-spec.ts';
import { putU16, putU32, putU64 } from './reader.ts';

export const CODE = IMAGE_SCN_CNT_CODE | IMAGE_SCN_MEM_EXECUTE | IMAGE_SCN_MEM_READ;
export const CONSTANTS = IMAGE_SCN_CNT_INITIALIZED_DATA | IMAGE_SCN_MEM_READ;
export const DATA = CONSTANTS | IMAGE_SCN_MEM_WRITE;

export interface SectionPlan {
  /** At most 8 characters. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly virtualSize?: number;
  readonly characteristics: number;
}

export interface ImagePlan {
  readonly imageBase: bigint;
  readonly entryPoint: number;
  readonly sections: readonly SectionPlan[];
  /** By IMAGE_DIRECTORY_ENTRY_*. */
  readonly directories?: ReadonlyMap<number, { readonly rva: number; readonly size: number }>;
  readonly characteristics?: number;
  readonly dllCharacteristics?: number;
  readonly subsystem?: number;
  readonly timestamp?: number;
}

const FILE_ALIGNMENT = 0x200;
const OPTIONAL_HEADER = OPTIONAL_HEADER_FIXED + IMAGE_NUMBEROF_DIRECTORY_ENTRIES * 8;
const FILE_HEADER_AT = SIZEOF_DOS_HEADER + 4;
const OPTIONAL_AT = FILE_HEADER_AT + SIZEOF_FILE_HEADER;
const TABLE_AT = OPTIONAL_AT + OPTIONAL_HEADER;

const align = (value: number, to: number): number => Math.ceil(value / to) * to;
const extent = ({ bytes, virtualSize }: SectionPlan): number =>
  align(Math.max(virtualSize ?? bytes.length, 1), PAGE_SIZE);

/** Where a section that follows those before it will lie. */
export const nextSectionRva = (before: readonly SectionPlan[]): number =>
  before.reduce((at, section) => at + extent(section), PAGE_SIZE);

function putAscii(bytes: Uint8Array, at: number, text: string): void {
  for (let index = 0; index < text.length; index += 1) bytes[at + index] = text.charCodeAt(index);
}

function putFileHeader(bytes: Uint8Array, plan: ImagePlan): void {
  putAscii(bytes, 0, 'MZ');
  putU32(bytes, E_LFANEW, SIZEOF_DOS_HEADER);
  putAscii(bytes, SIZEOF_DOS_HEADER, 'PE\0\0');
  putU16(bytes, FILE_HEADER_AT, IMAGE_FILE_MACHINE_AMD64);
  putU16(bytes, FILE_HEADER_AT + 2, plan.sections.length);
  putU32(bytes, FILE_HEADER_AT + 4, plan.timestamp ?? 0);
  putU16(bytes, FILE_HEADER_AT + 16, OPTIONAL_HEADER);
  const flags = IMAGE_FILE_EXECUTABLE_IMAGE | IMAGE_FILE_LARGE_ADDRESS_AWARE;
  putU16(bytes, FILE_HEADER_AT + 18, flags | (plan.characteristics ?? 0));
}

function putOptionalHeader(bytes: Uint8Array, plan: ImagePlan, sizeOfHeaders: number): void {
  const at = OPTIONAL_AT;
  putU16(bytes, at, IMAGE_NT_OPTIONAL_HDR64_MAGIC);
  putU32(bytes, at + 0x10, plan.entryPoint);
  putU64(bytes, at + 0x18, plan.imageBase);
  putU32(bytes, at + 0x20, PAGE_SIZE);
  putU32(bytes, at + 0x24, FILE_ALIGNMENT);
  // Windows 10: operating system, image and subsystem version.
  for (const version of [0x28, 0x2c, 0x30]) putU16(bytes, at + version, 10);
  putU32(bytes, at + 0x38, nextSectionRva(plan.sections));
  putU32(bytes, at + 0x3c, sizeOfHeaders);
  putU16(bytes, at + 0x44, plan.subsystem ?? IMAGE_SUBSYSTEM_NATIVE);
  putU16(bytes, at + 0x46, plan.dllCharacteristics ?? 0);
  putU32(bytes, at + 0x6c, IMAGE_NUMBEROF_DIRECTORY_ENTRIES);
  for (const [index, { rva, size }] of plan.directories ?? []) {
    putU32(bytes, at + OPTIONAL_HEADER_FIXED + index * 8, rva);
    putU32(bytes, at + OPTIONAL_HEADER_FIXED + index * 8 + 4, size);
  }
}

/** Lays sections out one after the other from RVA 0x1000. */
export function composeImage(plan: ImagePlan): Uint8Array {
  const { sections } = plan;
  const sizeOfHeaders = align(TABLE_AT + sections.length * SIZEOF_SECTION_HEADER, FILE_ALIGNMENT);
  const rawBytes = sections.map(({ bytes }) => align(bytes.length, FILE_ALIGNMENT));
  const file = new Uint8Array(rawBytes.reduce((sum, bytes) => sum + bytes, sizeOfHeaders));
  putFileHeader(file, plan);
  putOptionalHeader(file, plan, sizeOfHeaders);
  let raw = sizeOfHeaders;
  for (const [index, section] of sections.entries()) {
    const row = TABLE_AT + index * SIZEOF_SECTION_HEADER;
    const size = rawBytes[index] ?? 0;
    putAscii(file, row, section.name.slice(0, 8));
    putU32(file, row + 8, section.virtualSize ?? section.bytes.length);
    putU32(file, row + 12, nextSectionRva(sections.slice(0, index)));
    putU32(file, row + 16, size);
    putU32(file, row + 20, size === 0 ? 0 : raw);
    putU32(file, row + 36, section.characteristics >>> 0);
    file.set(section.bytes, raw);
    raw += size;
  }
  return file;
}
