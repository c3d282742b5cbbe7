/** The registers of one BAR: finds the row an access means, keeps values, applies access kinds and masks. */
import type { RegisterTrouble } from '../events/device.ts';
import type { AccessSize } from '../memory/physical.ts';
import { expandRows, type RegisterFacts, type RegisterRow } from './register.ts';

interface Found<State> {
  readonly row: RegisterRow<State>;
  /** First byte of the access within the register. */
  readonly skip: number;
}

type Lookup<State> = Found<State> | { readonly trouble: RegisterTrouble };

const WIDEST = 8;

export class RegisterFile<State> {
  readonly #rows = new Map<number, RegisterRow<State>>();
  readonly #values = new Map<string, bigint>();

  constructor(rows: readonly RegisterRow<State>[]) {
    for (const row of expandRows(rows)) this.#rows.set(row.at, row);
    this.reset();
  }

  reset(): void {
    for (const row of this.#rows.values()) this.#values.set(row.name, BigInt(row.reset ?? 0));
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  get(name: string): bigint {
    return this.#values.get(name) ?? 0n;
  }

  set(name: string, value: bigint): void {
    this.#values.set(name, value);
  }

  find(offset: number, size: AccessSize, access: 'read' | 'write'): Lookup<State> {
    const row = this.#covering(offset);
    if (row === undefined) return { trouble: 'no-such-register' };
    const skip = offset - row.at;
    if (!takes(row, skip, size)) return { trouble: 'width' };
    if (access === 'read' && row.access === 'wo') return { trouble: 'write-only' };
    if (access === 'write' && row.access === 'ro') return { trouble: 'read-only' };
    return { row, skip };
  }

  /** Keeps what a write leaves and gives the value the register was written with. */
  accept({ row, skip }: Found<State>, size: AccessSize, value: bigint): bigint {
    const stored = this.get(row.name);
    const mask = BigInt.asUintN(row.size * 8, BigInt(row.writable ?? -1n));
    const base = row.access === 'w1c' ? 0n : stored;
    const whole = row.narrow === 'extend' ? value : splice(base, skip, size, value);
    if (row.access === 'w1c') {
      this.set(row.name, stored & ~(whole & mask));
      return whole & mask;
    }
    const kept = (stored & ~mask) | (whole & mask);
    this.set(row.name, kept);
    return kept;
  }

  save(): Record<string, bigint> {
    return Object.fromEntries([...this.#values].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  restore(saved: Readonly<Record<string, bigint>>): void {
    for (const [name, value] of Object.entries(saved)) this.#values.set(name, value);
  }

  #covering(offset: number): RegisterRow<State> | undefined {
    for (let at = offset; at > offset - WIDEST; at--) {
      const row = this.#rows.get(at);
      if (row !== undefined) return offset < row.at + row.size ? row : undefined;
    }
    return undefined;
  }
}

function takes(row: RegisterFacts, skip: number, size: AccessSize): boolean {
  if (!(row.widths ?? [row.size]).includes(size) || skip + size > row.size) return false;
  return row.narrow === 'extend' ? skip === 0 : skip % size === 0;
}

export const extract = (whole: bigint, skip: number, size: AccessSize): bigint =>
  BigInt.asUintN(size * 8, whole >> BigInt(skip * 8));

function splice(base: bigint, skip: number, size: AccessSize, value: bigint): bigint {
  const shift = BigInt(skip * 8);
  const mask = ((1n << BigInt(size * 8)) - 1n) << shift;
  return (base & ~mask) | ((value << shift) & mask);
}
