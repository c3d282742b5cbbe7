/** Handles of cng.sys: opened algorithms and hashes in progress, and how much work they may make. */
import { type Va, va } from '../../units/address.ts';
import { outOfBudget } from '../end.ts';
import { allocateForKernel, pool } from '../ex/pool.ts';
import { type Kernel, part } from '../kernel.ts';
import { HASHES, Hasher, type HashFunction, Hmac } from './block-hash.ts';

export const CNG = 'cng.sys';

export type Algorithm =
  | { readonly kind: 'rng' }
  | { readonly kind: 'hash'; readonly hash: HashFunction; readonly isKeyed: boolean };

export type HashAlgorithm = Extract<Algorithm, { kind: 'hash' }>;

export interface HashInProgress {
  readonly algorithm: HashAlgorithm;
  readonly secret: Uint8Array;
  readonly isReusable: boolean;
  /** Nothing once it is finished, unless it may be used again. */
  work: Hasher | Hmac | undefined;
}

/** Some memory of its own gives an opaque object its address. */
const HANDLE_BYTES = 16;
/** BCRYPT_OBJECT_LENGTH: bytes that a caller may set aside for a hash object; it lies elsewhere here. */
export const OBJECT_BYTES = 0x200;

/** Bytes that a run draws or hashes, a few seconds of the host's; hashes of 64-bit words count for more. */
const MAX_WORK_BYTES = 64 * 0x10_0000;
const WIDE_WEIGHT = 10;

class Handles {
  readonly #kernel: Kernel;
  readonly #algorithms = new Map<Va, Algorithm>();
  readonly #hashes = new Map<Va, HashInProgress>();
  #workBytes = 0;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  open(algorithm: Algorithm): Va {
    const handle = this.#allocate();
    this.#algorithms.set(handle, algorithm);
    return handle;
  }

  close(handle: Va): boolean {
    if (!this.#algorithms.delete(handle)) return false;
    return pool(this.#kernel).free(handle);
  }

  /** An opened algorithm, or one that a pseudo handle names. */
  algorithm(handle: Va): Algorithm | undefined {
    return this.#algorithms.get(handle) ?? PSEUDO.get(handle);
  }

  /** A hash of nothing yet; with a key, that is hashed first. */
  newWork({ hash, isKeyed }: HashAlgorithm, secret: Uint8Array): Hasher | Hmac {
    this.work(OBJECT_BYTES + secret.length, hash.blockBytes);
    return isKeyed ? new Hmac(hash, secret) : new Hasher(hash);
  }

  begin(given: Omit<HashInProgress, 'work'>): Va {
    const handle = this.#allocate();
    this.#hashes.set(handle, { ...given, work: this.newWork(given.algorithm, given.secret) });
    return handle;
  }

  hash(handle: Va): HashInProgress | undefined {
    return this.#hashes.get(handle);
  }

  destroy(handle: Va): boolean {
    if (!this.#hashes.delete(handle)) return false;
    return pool(this.#kernel).free(handle);
  }

  /** Counts what is about to be drawn or hashed, by blocks of so many bytes. */
  work(bytes: number, blockBytes = 64): void {
    this.#workBytes += blockBytes > 64 ? bytes * WIDE_WEIGHT : bytes;
    if (this.#workBytes > MAX_WORK_BYTES) {
      outOfBudget(
        `cng.sys drew or hashed ${this.#workBytes} bytes and the driver had not finished`,
      );
    }
  }

  #allocate(): Va {
    return allocateForKernel(this.#kernel, HANDLE_BYTES, 'Cng ');
  }
}

export const handles = part((kernel) => new Handles(kernel));

const RNG: Algorithm = { kind: 'rng' };

export function algorithmNamed(name: string, isKeyed: boolean): Algorithm | undefined {
  if (['RNG', 'FIPS186DSARNG', 'DUALECRNG'].includes(name)) return RNG;
  const hash = HASHES.get(name);
  return hash && { kind: 'hash', hash, isKeyed };
}

/** BCRYPT_xxx_ALG_HANDLE of Windows 10. */
const PSEUDO: ReadonlyMap<Va, Algorithm> = new Map(
  (
    [
      [0x21, 'MD5', false],
      [0x31, 'SHA1', false],
      [0x41, 'SHA256', false],
      [0x51, 'SHA384', false],
      [0x61, 'SHA512', false],
      [0x81, 'RNG', false],
      [0x91, 'MD5', true],
      [0xa1, 'SHA1', true],
      [0xb1, 'SHA256', true],
      [0xc1, 'SHA384', true],
      [0xd1, 'SHA512', true],
    ] as const
  ).flatMap(([handle, name, isKeyed]) => {
    const algorithm = algorithmNamed(name, isKeyed);
    return algorithm === undefined ? [] : [[va(BigInt(handle)), algorithm] as const];
  }),
);
