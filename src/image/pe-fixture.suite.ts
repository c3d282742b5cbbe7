/** A small driver image with one of everything the parser knows, and ways to damage it. */

import { HostError } from '../units/errors.ts';
import { parsePe } from './pe.ts';
import { CODE, CONSTANTS, composeImage, DATA } from './pe-compose.ts';
import {
  IMAGE_DIRECTORY_ENTRY_BASERELOC,
  IMAGE_DIRECTORY_ENTRY_DEBUG,
  IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT,
  IMAGE_DIRECTORY_ENTRY_EXCEPTION,
  IMAGE_DIRECTORY_ENTRY_EXPORT,
  IMAGE_DIRECTORY_ENTRY_IMPORT,
  IMAGE_DIRECTORY_ENTRY_LOAD_CONFIG,
} from './pe-spec.ts';
import { putU16, putU32, putU64 } from './reader.ts';
import { DEFAULT_SECURITY_COOKIE } from './security-cookie.ts';

export const IMAGE_BASE = 0x1_4000_0000n;
export const TEXT = 0x1000;
export const RDATA = 0x2000;
export const DATA_AT = 0x3000;
const RELOC = 0x4000;

/** Offsets in the composed file. */
export const AT = {
  fileHeader: 0x44,
  optionalHeader: 0x58,
  directories: 0xc8,
  sectionTable: 0x148,
  text: 0x200,
  rdata: 0x400,
  data: 0xe00,
  reloc: 0x1000,
} as const;

export const directoryAt = (index: number): number => AT.directories + index * 8;

/** Places in .rdata. */
export const R = {
  imports: 0x000,
  lookup: 0x080,
  delay: 0x0c0,
  delayNames: 0x100,
  names: 0x120,
  exports: 0x200,
  loadConfig: 0x300,
  debug: 0x460,
  codeView: 0x4a0,
  guardTable: 0x500,
  unwind: 0x520,
  pdata: 0x540,
  end: 0x600,
} as const;

/** Places in .data. */
export const D = {
  iat: 0x00,
  delayIat: 0x30,
  cookie: 0x40,
  check: 0x48,
  dispatch: 0x50,
  pointer: 0x58,
} as const;

function putText(bytes: Uint8Array, at: number, text: string): void {
  for (let index = 0; index < text.length; index += 1) bytes[at + index] = text.charCodeAt(index);
}

function putImports(rdata: Uint8Array): void {
  const names = RDATA + R.names;
  const descriptor = (index: number, lookup: number, dll: number, iat: number) => {
    putU32(rdata, R.imports + index * 20, lookup);
    putU32(rdata, R.imports + index * 20 + 12, dll);
    putU32(rdata, R.imports + index * 20 + 16, iat);
  };
  descriptor(0, RDATA + R.lookup, names, DATA_AT + D.iat);
  descriptor(1, RDATA + R.lookup + 0x18, names + 0x10, DATA_AT + D.iat + 0x18);
  putText(rdata, R.names, 'ntoskrnl.exe');
  putText(rdata, R.names + 0x10, 'HAL.dll');
  putU16(rdata, R.names + 0x20, 0x123);
  putText(rdata, R.names + 0x22, 'MmMapIoSpace');
  putText(rdata, R.names + 0x32, 'MmUnmapIoSpace');
  putU64(rdata, R.lookup, BigInt(names + 0x20));
  putU64(rdata, R.lookup + 8, BigInt(names + 0x30));
  putU64(rdata, R.lookup + 0x18, (1n << 63n) | 7n);
  putU32(rdata, R.delay, 1);
  putU32(rdata, R.delay + 4, names + 0x50);
  putU32(rdata, R.delay + 12, DATA_AT + D.delayIat);
  putU32(rdata, R.delay + 16, RDATA + R.delayNames);
  putU64(rdata, R.delayNames, BigInt(names + 0x60));
  putText(rdata, R.names + 0x50, 'ext.sys');
  putText(rdata, R.names + 0x62, 'ExtCall');
}

function putExports(rdata: Uint8Array): void {
  const at = R.exports;
  const strings = RDATA + at + 0x60;
  for (const [offset, value] of [
    [12, strings],
    [16, 5],
    [20, 4],
    [24, 2],
    [28, RDATA + at + 0x28],
    [32, RDATA + at + 0x38],
    [36, RDATA + at + 0x40],
  ] as const) {
    putU32(rdata, at + offset, value);
  }
  // Functions: DllInitialize, an empty slot, a forwarder, one without a name.
  for (const [index, target] of [TEXT, 0, strings + 0x30, TEXT + 4].entries()) {
    putU32(rdata, at + 0x28 + index * 4, target);
  }
  putU32(rdata, at + 0x38, strings + 0x10);
  putU32(rdata, at + 0x3c, strings + 0x20);
  putU16(rdata, at + 0x40, 0);
  putU16(rdata, at + 0x42, 2);
  putText(rdata, at + 0x60, 'test.sys');
  putText(rdata, at + 0x70, 'DllInitialize');
  putText(rdata, at + 0x80, 'Forwarded');
  putText(rdata, at + 0x90, 'HAL.READ_PORT');
}

function putLoadConfig(rdata: Uint8Array): void {
  const at = R.loadConfig;
  const data = IMAGE_BASE + BigInt(DATA_AT);
  putU32(rdata, at, 0x140);
  putU64(rdata, at + 0x58, data + BigInt(D.cookie));
  putU64(rdata, at + 0x70, data + BigInt(D.check));
  putU64(rdata, at + 0x78, data + BigInt(D.dispatch));
  putU64(rdata, at + 0x80, IMAGE_BASE + BigInt(RDATA + R.guardTable));
  putU64(rdata, at + 0x88, 2n);
  putU32(rdata, at + 0x90, 0x1000_0500);
}

function putDebug(rdata: Uint8Array): void {
  putU32(rdata, R.debug + 12, 2);
  putU32(rdata, R.debug + 16, 0x30);
  putU32(rdata, R.debug + 20, RDATA + R.codeView);
  putU32(rdata, R.debug + 24, AT.rdata + R.codeView);
  putText(rdata, R.codeView, 'RSDS');
  for (let index = 0; index < 16; index += 1) rdata[R.codeView + 4 + index] = index + 1;
  putU32(rdata, R.codeView + 20, 3);
  putText(rdata, R.codeView + 24, 'C:\\build\\test.pdb');
}

function rdataBytes(): Uint8Array {
  const rdata = new Uint8Array(0xa00);
  putImports(rdata);
  putExports(rdata);
  putLoadConfig(rdata);
  putDebug(rdata);
  rdata.set([0x01, 0x04, 0x01, 0x00, 0x04, 0x42, 0x00, 0x00], R.unwind);
  for (const [index, value] of [TEXT + 0x10, TEXT + 0x20, RDATA + R.unwind].entries()) {
    putU32(rdata, R.pdata + index * 4, value);
  }
  return rdata;
}

function dataBytes(): Uint8Array {
  const data = new Uint8Array(0x80);
  putU64(data, D.cookie, DEFAULT_SECURITY_COOKIE);
  putU64(data, D.check, IMAGE_BASE + BigInt(TEXT + 0x20));
  putU64(data, D.dispatch, IMAGE_BASE + BigInt(TEXT + 0x30));
  putU64(data, D.pointer, IMAGE_BASE + 0x1010n);
  return data;
}

function relocBytes(): Uint8Array {
  const reloc = new Uint8Array(0x14);
  putU32(reloc, 0, DATA_AT);
  putU32(reloc, 4, 0x14);
  const places = [D.check, D.dispatch, D.pointer];
  for (const [index, place] of places.entries()) putU16(reloc, 8 + index * 2, 0xa000 | place);
  putU16(reloc, 14, 0x3000 | D.delayIat);
  return reloc;
}

export function driverImage(): Uint8Array {
  const text = new Uint8Array(0x40).fill(0xcc);
  const INIT_FLAGS = CONSTANTS | 0x0200_0000;
  return composeImage({
    imageBase: IMAGE_BASE,
    entryPoint: TEXT,
    timestamp: 0x6543_2100,
    sections: [
      { name: '.text', bytes: text, characteristics: CODE },
      { name: '.rdata', bytes: rdataBytes(), characteristics: CONSTANTS },
      { name: '.data', bytes: dataBytes(), virtualSize: 0x900, characteristics: DATA },
      { name: '.reloc', bytes: relocBytes(), characteristics: INIT_FLAGS },
    ],
    directories: new Map([
      [IMAGE_DIRECTORY_ENTRY_EXPORT, { rva: RDATA + R.exports, size: 0xd0 }],
      [IMAGE_DIRECTORY_ENTRY_IMPORT, { rva: RDATA + R.imports, size: 60 }],
      [IMAGE_DIRECTORY_ENTRY_EXCEPTION, { rva: RDATA + R.pdata, size: 12 }],
      [IMAGE_DIRECTORY_ENTRY_BASERELOC, { rva: RELOC, size: 0x14 }],
      [IMAGE_DIRECTORY_ENTRY_DEBUG, { rva: RDATA + R.debug, size: 28 }],
      [IMAGE_DIRECTORY_ENTRY_LOAD_CONFIG, { rva: RDATA + R.loadConfig, size: 0x140 }],
      [IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT, { rva: RDATA + R.delay, size: 64 }],
    ]),
  });
}

/** A driver image with 16- or 32-bit fields overwritten, at file offsets. */
export function damaged(change: {
  readonly u16?: Readonly<Record<number, number>>;
  readonly u32?: Readonly<Record<number, number>>;
}): Uint8Array {
  const bytes = driverImage();
  for (const [at, value] of Object.entries(change.u16 ?? {})) putU16(bytes, Number(at), value);
  for (const [at, value] of Object.entries(change.u32 ?? {})) putU32(bytes, Number(at), value);
  return bytes;
}

/** The message of the refusal. */
export function refusal(bytes: Uint8Array): string {
  try {
    parsePe(bytes);
  } catch (error) {
    if (error instanceof HostError && error.code === 'bad-image') return error.message;
    throw error;
  }
  return 'accepted';
}
