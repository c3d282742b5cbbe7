/** Guest addresses to table slots: all of them in JavaScript, the recent ones in host memory for translated code. */
import { CODE_MAP_BYTES, CODE_MAP_OFFSET } from '../memory/host-layout.ts';
import type { PhysicalMemory } from '../memory/physical.ts';

import { constI32, type I32, type I64 } from './wasm/expression.ts';
import { i32, wrap } from './wasm/integer.ts';

/** An entry is 16 bytes: u64 address (0 when empty), i32 slot. */
const ENTRY_SHIFT = 4;
const ENTRY_BITS = 16;
const HASH_SHIFT = 32 - ENTRY_BITS;
/** Knuth's multiplicative hash of the low 32 bits. */
const HASH = 0x9e37_79b1 | 0;

/** As `entryOf`, in translated code and without the map's own offset. */
export const codeMapEntry = (address: I64): I32 => {
  const hash = i32.mul(wrap(address), constI32(HASH));
  return i32.shl(i32.shrU(hash, constI32(HASH_SHIFT)), constI32(ENTRY_SHIFT));
};

const entryOf = (address: bigint): number => {
  const hash = Math.imul(Number(BigInt.asUintN(32, address)), HASH);
  return CODE_MAP_OFFSET + ((hash >>> HASH_SHIFT) << ENTRY_SHIFT);
};

/** Direct-mapped: a later address displaces an earlier one with the same hash. */
export class CodeMap {
  readonly #physical: PhysicalMemory;

  constructor(physical: PhysicalMemory) {
    this.#physical = physical;
    this.clear();
  }

  set(address: bigint, slot: number): void {
    const entry = entryOf(address);
    const { view } = this.#physical;
    view.setBigUint64(entry, address, true);
    view.setInt32(entry + 8, slot, true);
  }

  remove(address: bigint): void {
    const entry = entryOf(address);
    const { view } = this.#physical;
    if (view.getBigUint64(entry, true) === address) view.setBigUint64(entry, 0n, true);
  }

  clear(): void {
    this.#physical.bytes.fill(0, CODE_MAP_OFFSET, CODE_MAP_OFFSET + CODE_MAP_BYTES);
    // Address 0 must not hit the empty entry it hashes to.
    this.#physical.view.setBigUint64(entryOf(0n), 1n, true);
  }
}
