/** Hash functions over blocks, as cng.sys has them: MD5 (RFC 1321), SHA-1 and SHA-2 (FIPS 180-4), HMAC (RFC 2104). */
import { compressMd5, compressSha1, compressSha256, compressSha512 } from './compress.ts';

/** One hash function; state words are 32 bits wide, or 64 as pairs of high and low. */
export interface HashFunction {
  readonly name: string;
  readonly blockBytes: 64 | 128;
  readonly digestBytes: number;
  readonly initial: readonly number[];
  readonly isLittleEndian: boolean;
  compress(state: Uint32Array, block: DataView): void;
}

const MD5: HashFunction = {
  name: 'MD5',
  blockBytes: 64,
  digestBytes: 16,
  initial: [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476],
  isLittleEndian: true,
  compress: compressMd5,
};

const sha = (
  name: string,
  digestBytes: number,
  compress: HashFunction['compress'],
  initial: readonly number[],
): HashFunction => ({
  name,
  blockBytes: compress === compressSha512 ? 128 : 64,
  digestBytes,
  initial,
  isLittleEndian: false,
  compress,
});

const SHA1 = sha(
  'SHA1',
  20,
  compressSha1,
  [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0],
);

const SHA256 = sha(
  'SHA256',
  32,
  compressSha256,
  [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19],
);

const SHA384 = sha(
  'SHA384',
  48,
  compressSha512,
  [
    0xcbbb9d5d, 0xc1059ed8, 0x629a292a, 0x367cd507, 0x9159015a, 0x3070dd17, 0x152fecd8, 0xf70e5939,
    0x67332667, 0xffc00b31, 0x8eb44a87, 0x68581511, 0xdb0c2e0d, 0x64f98fa7, 0x47b5481d, 0xbefa4fa4,
  ],
);

const SHA512 = sha(
  'SHA512',
  64,
  compressSha512,
  [
    0x6a09e667, 0xf3bcc908, 0xbb67ae85, 0x84caa73b, 0x3c6ef372, 0xfe94f82b, 0xa54ff53a, 0x5f1d36f1,
    0x510e527f, 0xade682d1, 0x9b05688c, 0x2b3e6c1f, 0x1f83d9ab, 0xfb41bd6b, 0x5be0cd19, 0x137e2179,
  ],
);

export const HASHES: ReadonlyMap<string, HashFunction> = new Map(
  [MD5, SHA1, SHA256, SHA384, SHA512].map((hash) => [hash.name, hash]),
);

/** A hash in progress. */
export class Hasher {
  readonly hash: HashFunction;
  readonly #state: Uint32Array;
  readonly #block: Uint8Array;
  #filled = 0;
  #length = 0;

  constructor(hash: HashFunction) {
    this.hash = hash;
    this.#state = Uint32Array.from(hash.initial);
    this.#block = new Uint8Array(hash.blockBytes);
  }

  update(bytes: Uint8Array): this {
    this.#length += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + this.#block.length - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === this.#block.length) this.#compress();
    }
    return this;
  }

  /** One bit, zeros, and the length in bits at the end of the last block. */
  finish(): Uint8Array {
    const { blockBytes, digestBytes, isLittleEndian } = this.hash;
    const bits = BigInt(this.#length) * 8n;
    const lengthBytes = blockBytes / 8;
    const used = this.#filled + 1 + lengthBytes;
    const zeros = (blockBytes - (used % blockBytes)) % blockBytes;
    const tail = new Uint8Array(1 + zeros + lengthBytes);
    tail[0] = 0x80;
    const lengthAt = isLittleEndian ? tail.length - lengthBytes : tail.length - 8;
    new DataView(tail.buffer).setBigUint64(lengthAt, bits, isLittleEndian);
    this.update(tail);
    const digest = new Uint8Array(this.#state.length * 4);
    const view = new DataView(digest.buffer);
    this.#state.forEach((word, i) => {
      view.setUint32(i * 4, word, isLittleEndian);
    });
    return digest.subarray(0, digestBytes);
  }

  #compress(): void {
    this.hash.compress(this.#state, new DataView(this.#block.buffer));
    this.#filled = 0;
  }
}

/** A keyed hash in progress. */
export class Hmac {
  readonly hash: HashFunction;
  readonly #inner: Hasher;
  readonly #outer: Hasher;

  constructor(hash: HashFunction, secret: Uint8Array) {
    this.hash = hash;
    const key = new Uint8Array(hash.blockBytes);
    key.set(secret.length > key.length ? new Hasher(hash).update(secret).finish() : secret);
    this.#inner = new Hasher(hash).update(key.map((byte) => byte ^ 0x36));
    this.#outer = new Hasher(hash).update(key.map((byte) => byte ^ 0x5c));
  }

  update(bytes: Uint8Array): this {
    this.#inner.update(bytes);
    return this;
  }

  finish(): Uint8Array {
    return this.#outer.update(this.#inner.finish()).finish();
  }
}
