/** Register rows: where a register lies, who may access it how, and what an access means. */
import type { AccessSize } from '../memory/physical.ts';
import { badArgument } from '../units/errors.ts';
import type { DeviceHost } from './host.ts';

/** `w1c`: writing ones clears. `rc`: reading clears. */
export type RegisterAccess = 'rw' | 'ro' | 'wo' | 'w1c' | 'rc';

/** The facts of a register, for lookup, reference pages and checks. */
export interface RegisterFacts {
  readonly name: string;
  readonly at: number;
  readonly size: AccessSize;
  readonly access: RegisterAccess;
  readonly reset?: number | bigint;
  /** Access widths the device takes; only the register's own unless said otherwise. */
  readonly widths?: readonly AccessSize[];
  /**
   * Accesses narrower than the register: `merge` (default) reaches the addressed bytes, `extend`
   * works at the first byte only and zero-extends what is written.
   */
  readonly narrow?: 'merge' | 'extend';
  /** Bits a write can change; reserved bits keep their reset value. All unless said otherwise. */
  readonly writable?: number | bigint;
  readonly summary?: string;
  /** An array of so many registers, named `NAME[0]` and so on. */
  readonly count?: number;
  /** From one element of an array to the next; the size unless said otherwise. */
  readonly stride?: number;
}

/** Which bytes of its register a write addressed. */
export interface WrittenPart {
  readonly skip: number;
  readonly size: AccessSize;
}

/** Up to 32 bits: handlers see plain numbers. Without them the last value is kept and given back. */
interface NumberRow<State> extends RegisterFacts {
  readonly size: 1 | 2 | 4;
  readonly read?: (state: State, host: DeviceHost, stored: number) => number;
  readonly write?: (state: State, value: number, host: DeviceHost, part: WrittenPart) => void;
}

/** 64 bits: handlers see bigints. */
interface BigRow<State> extends RegisterFacts {
  readonly size: 8;
  readonly read?: (state: State, host: DeviceHost, stored: bigint) => bigint;
  readonly write?: (state: State, value: bigint, host: DeviceHost, part: WrittenPart) => void;
}

export type RegisterRow<State> = NumberRow<State> | BigRow<State>;

/** Arrays as one row for each of their registers. */
export const expandRows = <State>(
  rows: readonly RegisterRow<State>[],
): readonly RegisterRow<State>[] =>
  rows.flatMap((row) => {
    if (row.count === undefined) return [row];
    const { count, stride = row.size, ...element } = row;
    return Array.from(
      { length: count },
      (_, i): RegisterRow<State> => ({
        ...element,
        name: `${row.name}[${i}]`,
        at: row.at + i * stride,
      }),
    );
  });

/** What a handler gave, as the register's bits; code without a compiler may give anything. */
function bitsOf(name: string, value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return BigInt(Math.trunc(value));
  throw badArgument(`the read handler of ${name} gave ${String(value)}, which is no number`);
}

/** The register's value now; negative numbers wrap. */
export function readRow<State>(
  row: RegisterRow<State>,
  state: State,
  host: DeviceHost,
  stored: bigint,
): bigint {
  if (row.read === undefined) return stored;
  const value =
    row.size === 8 ? row.read(state, host, stored) : row.read(state, host, Number(stored));
  return bitsOf(row.name, value);
}

export function writeRow<State>(
  row: RegisterRow<State>,
  state: State,
  value: bigint,
  host: DeviceHost,
  part: WrittenPart,
): void {
  if (row.size === 8) row.write?.(state, value, host, part);
  else row.write?.(state, Number(value), host, part);
}
