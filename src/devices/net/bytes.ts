/** Big-endian fields of frames, joining of byte ranges; what lies outside a frame reads as zero. */

export const u16At = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

export function setU16At(bytes: Uint8Array, at: number, value: number): void {
  if (at + 2 > bytes.length) return;
  bytes[at] = (value >>> 8) & 0xff;
  bytes[at + 1] = value & 0xff;
}

export const u32At = (bytes: Uint8Array, at: number): number =>
  u16At(bytes, at) * 0x1_0000 + u16At(bytes, at + 2);

export function setU32At(bytes: Uint8Array, at: number, value: number): void {
  setU16At(bytes, at, value >>> 16);
  setU16At(bytes, at + 2, value & 0xffff);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

/** As many bytes as `length`, filled up with zeros. */
export function padded(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length >= length) return bytes;
  const whole = new Uint8Array(length);
  whole.set(bytes);
  return whole;
}
