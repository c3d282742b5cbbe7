/** Makes the stand-in of a system module: a real image whose exports a driver can find by hand. */
import { hex, type Rva, rva } from '../units/address.ts';
import { badArgument } from '../units/errors.ts';
import {
  CODE,
  CONSTANTS,
  composeImage,
  DATA,
  nextSectionRva,
  type SectionPlan,
} from './pe-compose.ts';
import { IMAGE_DIRECTORY_ENTRY_EXPORT, IMAGE_FILE_DLL, LIMITS } from './pe-spec.ts';
import { putU16, putU32 } from './reader.ts';

/** Bytes of code each exported function has of its own. */
export const FUNCTION_SLOT_BYTES = 16;

export interface FunctionExport {
  readonly name: string;
  readonly kind: 'function';
  /** At most FUNCTION_SLOT_BYTES; the rest of the slot is int3. */
  readonly code?: Uint8Array;
}

export interface DataExport {
  readonly name: string;
  readonly kind: 'data';
  readonly bytes: Uint8Array;
}

export interface SyntheticModule {
  /** As the export directory names it, `ntoskrnl.exe`. */
  readonly name: string;
  readonly exports: readonly (FunctionExport | DataExport)[];
  readonly imageBase?: bigint;
}

export interface SyntheticImage {
  readonly bytes: Uint8Array;
  readonly rvas: ReadonlyMap<string, Rva>;
}

const DEFAULT_IMAGE_BASE = 0x1_4000_0000n;
const DATA_ALIGNMENT = 16;
const INT3 = 0xcc;
const SIZEOF_EXPORT_DIRECTORY = 40;
const FIRST_ORDINAL = 1;

/** Export names are searched in byte order. */
const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;

function checkNames(name: string, sorted: readonly { readonly name: string }[]): void {
  if (sorted.length > 0xffff)
    throw badArgument(`${name} cannot export ${hex(sorted.length)} names`);
  for (const [index, entry] of sorted.entries()) {
    if (!/^[\x21-\x7e]+$/.test(entry.name) || entry.name.length >= LIMITS.nameBytes) {
      throw badArgument(`${name} cannot export "${entry.name.slice(0, 80)}"`);
    }
    if (sorted[index - 1]?.name === entry.name) {
      throw badArgument(`${name} exports ${entry.name} twice`);
    }
  }
}

function textSection(functions: readonly FunctionExport[]): SectionPlan {
  const bytes = new Uint8Array(Math.max(functions.length, 1) * FUNCTION_SLOT_BYTES).fill(INT3);
  for (const [index, { name, code }] of functions.entries()) {
    if (!code) continue;
    if (code.length > FUNCTION_SLOT_BYTES) {
      throw badArgument(`the code of ${name} has ${hex(code.length)} bytes, a slot has 0x10`);
    }
    bytes.set(code, index * FUNCTION_SLOT_BYTES);
  }
  return { name: '.text', bytes, characteristics: CODE };
}

function dataSection(data: readonly DataExport[]): { section: SectionPlan; offsets: number[] } {
  const offsets: number[] = [];
  let size = 0;
  for (const { bytes } of data) {
    offsets.push(size);
    size += Math.ceil(Math.max(bytes.length, 1) / DATA_ALIGNMENT) * DATA_ALIGNMENT;
  }
  const bytes = new Uint8Array(Math.max(size, DATA_ALIGNMENT));
  for (const [index, entry] of data.entries()) bytes.set(entry.bytes, offsets[index] ?? 0);
  return { section: { name: '.data', bytes, characteristics: DATA }, offsets };
}

/** IMAGE_EXPORT_DIRECTORY with its three tables and its strings, to lie at `start`. */
function exportSection(name: string, rvas: ReadonlyMap<string, Rva>, start: number): SectionPlan {
  const names = [...rvas.keys()];
  const functionsAt = SIZEOF_EXPORT_DIRECTORY;
  const namesAt = functionsAt + names.length * 4;
  const ordinalsAt = namesAt + names.length * 4;
  const stringsAt = ordinalsAt + names.length * 2;
  const strings = [name, ...names];
  const bytes = new Uint8Array(strings.reduce((sum, text) => sum + text.length + 1, stringsAt));
  const stringRvas: number[] = [];
  let at = stringsAt;
  for (const text of strings) {
    stringRvas.push(start + at);
    for (let index = 0; index < text.length; index += 1) bytes[at + index] = text.charCodeAt(index);
    at += text.length + 1;
  }
  putU32(bytes, 12, stringRvas[0] ?? 0);
  putU32(bytes, 16, FIRST_ORDINAL);
  putU32(bytes, 20, names.length);
  putU32(bytes, 24, names.length);
  putU32(bytes, 28, start + functionsAt);
  putU32(bytes, 32, start + namesAt);
  putU32(bytes, 36, start + ordinalsAt);
  for (const [index, target] of [...rvas.values()].entries()) {
    putU32(bytes, functionsAt + index * 4, target);
    putU32(bytes, namesAt + index * 4, stringRvas[index + 1] ?? 0);
    putU16(bytes, ordinalsAt + index * 2, index);
  }
  return { name: '.rdata', bytes, characteristics: CONSTANTS };
}

/** The image of a module with these exports and nothing else, and where each export is. */
export function synthesizeImage(module: SyntheticModule): SyntheticImage {
  const sorted = module.exports.toSorted(byName);
  checkNames(module.name, sorted);
  const functions = sorted.filter((entry) => entry.kind === 'function');
  const data = sorted.filter((entry) => entry.kind === 'data');
  const text = textSection(functions);
  const { section: dataPlan, offsets } = dataSection(data);
  const [textAt, dataAt] = [nextSectionRva([]), nextSectionRva([text])];
  const places = new Map<string, Rva>();
  for (const [index, entry] of functions.entries()) {
    places.set(entry.name, rva(textAt + index * FUNCTION_SLOT_BYTES));
  }
  for (const [index, entry] of data.entries()) {
    places.set(entry.name, rva(dataAt + (offsets[index] ?? 0)));
  }
  const rvas = new Map(sorted.map(({ name }) => [name, places.get(name) ?? rva(0)]));
  const exportsAt = nextSectionRva([text, dataPlan]);
  const edata = exportSection(module.name, rvas, exportsAt);
  const bytes = composeImage({
    imageBase: module.imageBase ?? DEFAULT_IMAGE_BASE,
    entryPoint: 0,
    characteristics: IMAGE_FILE_DLL,
    sections: [text, dataPlan, edata],
    directories: new Map([
      [IMAGE_DIRECTORY_ENTRY_EXPORT, { rva: exportsAt, size: edata.bytes.length }],
    ]),
  });
  return { bytes, rvas };
}
