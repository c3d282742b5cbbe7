/** The few structures that every part of Windows shares (ntdef.h, wdm.h of WDK 10.0.22621) and their strings. */
import type { Mmu } from '../memory/mmu.ts';
import { NULL, type Va, vaAdd } from '../units/address.ts';
import { array, ptr, sizeT, struct, u8, u16, u32 } from './struct.ts';

export const LIST_ENTRY = struct({
  name: 'LIST_ENTRY',
  size: { x64: 16, x86: 8 },
  fields: { Flink: ptr('LIST_ENTRY'), Blink: ptr('LIST_ENTRY') },
});

export const UNICODE_STRING = struct({
  name: 'UNICODE_STRING',
  size: { x64: 16, x86: 8 },
  fields: { Length: u16, MaximumLength: u16, Buffer: ptr('WCHAR') },
});

/** ANSI_STRING and OEM_STRING have the same form. */
export const STRING = struct({
  name: 'STRING',
  size: { x64: 16, x86: 8 },
  fields: { Length: u16, MaximumLength: u16, Buffer: ptr('CHAR') },
});

export const GUID = struct({
  name: 'GUID',
  size: { x64: 16, x86: 16 },
  fields: { Data1: u32, Data2: u16, Data3: u16, Data4: array(u8, 8) },
});

export const IO_STATUS_BLOCK = struct({
  name: 'IO_STATUS_BLOCK',
  size: { x64: 16, x86: 8 },
  fields: { Status: u32, Information: sizeT },
});

/** UTF-16 text of a byte range, bounded by the range. */
export function readUtf16(memory: Mmu, at: Va, bytes: number): string {
  const data = memory.readBytes(at, bytes & ~1);
  let text = '';
  for (let i = 0; i + 1 < data.length; i += 2) {
    text += String.fromCharCode((data[i] ?? 0) | ((data[i + 1] ?? 0) << 8));
  }
  return text;
}

/** UTF-16 up to its NUL, at most `limit` characters. */
export function readUtf16z(memory: Mmu, at: Va, limit = 0x8000): string {
  let text = '';
  for (let i = 0; i < limit; i++) {
    const unit = memory.u16(vaAdd(at, i * 2));
    if (unit === 0) break;
    text += String.fromCharCode(unit);
  }
  return text;
}

/** Bytes up to their NUL as Latin-1, at most `limit`. */
export function readLatin1z(memory: Mmu, at: Va, limit = 0x8000): string {
  let text = '';
  for (let i = 0; i < limit; i++) {
    const unit = memory.u8(vaAdd(at, i));
    if (unit === 0) break;
    text += String.fromCharCode(unit);
  }
  return text;
}

export function utf16Bytes(text: string): Uint8Array {
  const out = new Uint8Array(text.length * 2);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    out[i * 2] = unit & 0xff;
    out[i * 2 + 1] = unit >> 8;
  }
  return out;
}

export const latin1Bytes = (text: string): Uint8Array =>
  Uint8Array.from(text, (c) => c.charCodeAt(0) & 0xff);

/** Text of a UNICODE_STRING; a NULL pointer reads as empty. */
export function readUnicodeString(memory: Mmu, at: Va): string {
  if (at === NULL) return '';
  const string = UNICODE_STRING.at(memory, at);
  return string.Length === 0 ? '' : readUtf16(memory, string.Buffer, string.Length);
}
