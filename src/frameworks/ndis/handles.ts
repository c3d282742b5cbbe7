/** Handles that NDIS gives out: addresses in nonpaged pool of their own, and what each stands for. */
import { pool } from '../../kernel/ex/pool.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Va } from '../../units/address.ts';

const HANDLE_BYTES = 16;

export class Handles<T> {
  readonly #kernel: Kernel;
  readonly #tag: string;
  readonly #live = new Map<Va, T>();

  constructor(kernel: Kernel, tag: string) {
    this.#kernel = kernel;
    this.#tag = tag;
  }

  /** Nothing when RAM is used up. */
  open(value: T, bytes = HANDLE_BYTES): Va | undefined {
    const at = pool(this.#kernel).allocate(bytes, this.#tag);
    if (at !== undefined) this.#live.set(at, value);
    return at;
  }

  get(at: Va): T | undefined {
    return this.#live.get(at);
  }

  /** Nothing when it is no handle, or one that has been closed. */
  close(at: Va): T | undefined {
    const value = this.#live.get(at);
    if (value === undefined) return undefined;
    this.#live.delete(at);
    pool(this.#kernel).free(at);
    return value;
  }

  get live(): ReadonlyMap<Va, T> {
    return this.#live;
  }
}
