/** The Internet checksum (RFC 1071) and the frame check sequence of Ethernet (IEEE 802.3, 3.2.9). */

/** The 16-bit ones' complement sum of a range, an odd last byte counting as the high one. */
export function onesSum(bytes: Uint8Array, start: number, end: number, initial = 0): number {
  let sum = initial;
  for (let at = start; at < Math.min(end, bytes.length); at += 2) {
    const low = at + 1 < end ? (bytes[at + 1] ?? 0) : 0;
    sum += ((bytes[at] ?? 0) << 8) | low;
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x1_0000);
  return sum;
}

export const internetChecksum = (bytes: Uint8Array, start: number, end: number): number =>
  ~onesSum(bytes, start, end) & 0xffff;

const POLYNOMIAL = 0xedb8_8320;

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit++) {
    value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  }
  return value;
});

/** As the four octets follow a frame on the wire, least significant first. */
export function frameCheckSequence(frame: Uint8Array): Uint8Array {
  let crc = 0xffff_ffff;
  for (const byte of frame) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] ?? 0);
  const sum = ~crc >>> 0;
  return Uint8Array.of(sum & 0xff, (sum >>> 8) & 0xff, (sum >>> 16) & 0xff, sum >>> 24);
}
