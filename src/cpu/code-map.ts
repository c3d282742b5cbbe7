/** Guest addresses to table slots, as the dispatcher of translated code looks them up in host memory. */
import { CODE_MAP_BYTES, CODE_MAP_OFFSET } from '../memory/host-layout.ts';
import type { PhysicalMemory } from '../memory/physical.ts';
import { constI32, type I32, type I64 } from './wasm/expression.ts';
import { i32, wrap } from './wasm/integer.ts';

/** A bucket holds two ways of 16 bytes: u64 address, i32 slot. The one used last comes first. */
const BUCKET_SHIFT = 5;
const BUCKET_BITS = 15;
const WAY_BYTES = 16;
/** Host offsets of the ways' addresses from a bucket, and of their slots from there. */
export const CODE_MAP_WAYS = [CODE_MAP_OFFSET, CODE_MAP_OFFSET + WAY_BYTES] as const;
export const CODE_MAP_SLOT = 8;
const HASH_SHIFT = 32 - BUCKET_BITS;
/** Knuth's multiplicative hash of the low 32 bits. */
const HASH = 0x9e37_79b1 | 0;
/** Not canonical, so no address of code. */
const EMPTY = 1n << 62n;

/** The bucket of an address, in translated code. */
export const codeMapEntry = (address: I64): I32 => {
  const hash = i32.mul(wrap(address), constI32(HASH));
  return i32.shl(i32.shrU(hash, constI32(HASH_SHIFT)), constI32(BUCKET_SHIFT));
};

const bucketOf = (address: bigint): number => {
  const hash = Math.imul(Number(BigInt.asUintN(32, address)), HASH);
  return (hash >>> HASH_SHIFT) << BUCKET_SHIFT;
};

export class CodeMap {
  readonly #physical: PhysicalMemory;

  constructor(physical: PhysicalMemory) {
    this.#physical = physical;
    this.clear();
  }

  /** Puts the address first; what was first comes second, and what was second is forgotten. */
  set(address: bigint, slot: number): void {
    const [first, second] = this.#ways(address);
    const { view } = this.#physical;
    const held = view.getBigUint64(first, true);
    if (held !== address) {
      view.setBigUint64(second, held, true);
      view.setInt32(second + CODE_MAP_SLOT, view.getInt32(first + CODE_MAP_SLOT, true), true);
    }
    view.setBigUint64(first, address, true);
    view.setInt32(first + CODE_MAP_SLOT, slot, true);
  }

  remove(address: bigint): void {
    const { view } = this.#physical;
    for (const way of this.#ways(address)) {
      if (view.getBigUint64(way, true) === address) view.setBigUint64(way, EMPTY, true);
    }
  }

  clear(): void {
    const { buffer } = this.#physical.bytes;
    new BigUint64Array(buffer, CODE_MAP_OFFSET, CODE_MAP_BYTES / 8).fill(EMPTY);
  }

  #ways(address: bigint): readonly [number, number] {
    const bucket = bucketOf(address);
    return [CODE_MAP_WAYS[0] + bucket, CODE_MAP_WAYS[1] + bucket];
  }
}
