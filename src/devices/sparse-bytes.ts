/** Memory of a device of any size that costs only what was written, up to a bound. */
import { PAGE_SIZE } from '../units/address.ts';

const MAX_SPARSE_PAGES = 1024;

export class SparseBytes {
  #pages = new Map<number, Uint8Array>();

  /** Unwritten bytes are zero. */
  read(offset: number, size: number): bigint {
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#byte(offset + i));
    return value;
  }

  /** False when the bound is reached and nothing was kept. */
  write(offset: number, size: number, value: bigint): boolean {
    for (let i = 0; i < size; i++) {
      const page = this.#pageFor(offset + i);
      if (page === undefined) return false;
      page[(offset + i) % PAGE_SIZE] = Number((value >> BigInt(8 * i)) & 0xffn);
    }
    return true;
  }

  clear(): void {
    this.#pages.clear();
  }

  save(): Record<string, Uint8Array> {
    const sorted = [...this.#pages].sort(([a], [b]) => a - b);
    return Object.fromEntries(sorted.map(([page, bytes]) => [page, bytes.slice()]));
  }

  restore(saved: Readonly<Record<string, Uint8Array>>): void {
    this.#pages = new Map(
      Object.entries(saved).map(([page, bytes]) => [Number(page), bytes.slice()]),
    );
  }

  #byte(at: number): number {
    return this.#pages.get(Math.floor(at / PAGE_SIZE))?.[at % PAGE_SIZE] ?? 0;
  }

  #pageFor(at: number): Uint8Array | undefined {
    const number = Math.floor(at / PAGE_SIZE);
    const found = this.#pages.get(number);
    if (found !== undefined || this.#pages.size >= MAX_SPARSE_PAGES) return found;
    const page = new Uint8Array(PAGE_SIZE);
    this.#pages.set(number, page);
    return page;
  }
}
