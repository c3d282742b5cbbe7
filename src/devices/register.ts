/** Register rows: where a register lies, who may access it how, and what an access means. */
import type { AccessSize } from '../memory/physical.ts';
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
}

/** A row as the instance runs it. Without `read` and `write` the last value is kept and given back. */
export interface RegisterRow<State> extends RegisterFacts {
  readonly read?: (state: State, host: DeviceHost, stored: bigint) => bigint;
  readonly write?: (state: State, value: bigint, host: DeviceHost) => void;
}

interface NumberRow<State> extends RegisterFacts {
  readonly size: 1 | 2 | 4;
  readonly read?: (state: State, host: DeviceHost, stored: number) => number;
  readonly write?: (state: State, value: number, host: DeviceHost) => void;
}

/**
 * A register of up to 32 bits; its handlers see plain numbers.
 *
 *     register<State>({ name: 'ID', at: 0, size: 4, access: 'ro', reset: 0x010000ed })
 */
export function register<State>(row: NumberRow<State>): RegisterRow<State> {
  const { read, write, ...facts } = row;
  return {
    ...facts,
    ...(read && {
      read: (state: State, host: DeviceHost, stored: bigint) =>
        BigInt(Math.trunc(read(state, host, Number(stored)))),
    }),
    ...(write && {
      write: (state: State, value: bigint, host: DeviceHost) => write(state, Number(value), host),
    }),
  };
}

/** A 64-bit register; its handlers see bigints. */
export const register64 = <State>(row: Omit<RegisterRow<State>, 'size'>): RegisterRow<State> => ({
  ...row,
  size: 8,
});
