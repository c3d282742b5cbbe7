/** Time of the virtual clock in 100-nanosecond units, as Windows counts it. */
import type { Unit } from './address.ts';

export type Ticks100ns = Unit<bigint, 'Ticks100ns'>;
export const ticks = (raw: bigint): Ticks100ns => raw as Ticks100ns;
export const TICKS_PER_MS = 10_000n;
