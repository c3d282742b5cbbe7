/** Bounded little-endian reading of bytes nobody vouches for: a file by offset, or an image by RVA. */
import { hex } from '../units/address.ts';
import { badImage } from '../units/errors.ts';

/** The bytes at hand from `at` on, as many as lie together; empty outside. */
export type Run = (at: number) => Uint8Array;

export const u16At = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
export const u32At = (bytes: Uint8Array, at: number): number =>
  (u16At(bytes, at) | (u16At(bytes, at + 2) << 16)) >>> 0;
export const i32At = (bytes: Uint8Array, at: number): number => u32At(bytes, at) | 0;
export const u64At = (bytes: Uint8Array, at: number): bigint =>
  BigInt(u32At(bytes, at)) | (BigInt(u32At(bytes, at + 4)) << 32n);

export function putU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value & 0xff;
  bytes[at + 1] = (value >>> 8) & 0xff;
}
export function putU32(bytes: Uint8Array, at: number, value: number): void {
  putU16(bytes, at, value & 0xffff);
  putU16(bytes, at + 2, value >>> 16);
}
export function putU64(bytes: Uint8Array, at: number, value: bigint): void {
  putU32(bytes, at, Number(BigInt.asUintN(32, value)));
  putU32(bytes, at + 4, Number(BigInt.asUintN(32, value >> 32n)));
}

/** One character a byte. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** As latin1, but with control characters spelled out: what an image calls itself ends up on terminals. */
export function plainText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    const isControl = byte < 0x20 || (byte >= 0x7f && byte < 0xa0);
    text += isControl ? `\\x${byte.toString(16).padStart(2, '0')}` : String.fromCharCode(byte);
  }
  return text;
}

const isPrintable = (byte: number): boolean => byte >= 0x20 && byte < 0x7f;

export class Reader {
  readonly #run: Run;
  /** What an address of this reader is called: 'file offset' or 'RVA'. */
  readonly #address: string;

  constructor(run: Run, address: string) {
    this.#run = run;
    this.#address = address;
  }

  /** Exactly `length` bytes, or nothing. */
  peek(at: number, length: number): Uint8Array | undefined {
    const run = this.#run(at);
    return run.length >= length ? run.subarray(0, length) : this.#gather(at, length);
  }

  bytes(at: number, length: number, what: string): Uint8Array {
    const found = this.peek(at, length);
    if (!found) throw this.#outside(at, length, what);
    return found;
  }

  /** Refuses a range that is not all there, without copying it. */
  check(at: number, length: number, what: string): void {
    for (let have = 0; have < length; ) {
      const run = this.#run(at + have);
      if (run.length === 0) throw this.#outside(at, length, what);
      have += run.length;
    }
  }

  u16(at: number, what: string): number {
    return u16At(this.bytes(at, 2, what), 0);
  }

  u32(at: number, what: string): number {
    return u32At(this.bytes(at, 4, what), 0);
  }

  u64(at: number, what: string): bigint {
    return u64At(this.bytes(at, 8, what), 0);
  }

  /** Bytes up to a NUL, or nothing when none comes within `max`. */
  peekString(at: number, max: number): Uint8Array | undefined {
    for (let length = 0; length < max; ) {
      const run = this.#run(at + length).subarray(0, max - length);
      if (run.length === 0) return undefined;
      const end = run.indexOf(0);
      if (end >= 0) return this.peek(at, length + end);
      length += run.length;
    }
    return undefined;
  }

  /** A non-empty name of printable ASCII. */
  name(at: number, max: number, what: string): string {
    const found = this.peekString(at, max);
    const where = `${what} at ${this.#address} ${hex(at)}`;
    if (!found) throw badImage(`${where} has no end within ${hex(max)} bytes of the image`);
    if (found.length === 0) throw badImage(`${where} is empty`);
    if (!found.every(isPrintable)) throw badImage(`${where} is not printable ASCII`);
    return latin1(found);
  }

  #gather(at: number, length: number): Uint8Array | undefined {
    const runs: Uint8Array[] = [];
    for (let have = 0; have < length; ) {
      const run = this.#run(at + have).subarray(0, length - have);
      if (run.length === 0) return undefined;
      runs.push(run);
      have += run.length;
    }
    const whole = new Uint8Array(length);
    let to = 0;
    for (const run of runs) {
      whole.set(run, to);
      to += run.length;
    }
    return whole;
  }

  #outside(at: number, length: number, what: string): Error {
    const whole =
      this.#address === 'RVA' ? 'lies outside the image' : 'is cut off by the end of the file';
    return badImage(`${what} (${hex(length)} bytes at ${this.#address} ${hex(at)}) ${whole}`);
  }
}

const NOTHING = new Uint8Array(0);

export const fileReader = (file: Uint8Array): Reader =>
  new Reader((at) => (at < file.length ? file.subarray(at) : NOTHING), 'file offset');
