/** Physical ranges: how what a driver asked for lies to what its device was given. */

interface Extent {
  readonly length: number;
}

type Range = Extent & ({ readonly start: number } | { readonly physical: number });

const startOf = (range: Range): number => ('start' in range ? range.start : range.physical);
const endOf = (range: Range): number => startOf(range) + range.length;

export const overlaps = (a: Range, b: Range): boolean =>
  startOf(a) < endOf(b) && startOf(b) < endOf(a);

export const contains = (outer: Range, inner: Range): boolean =>
  startOf(outer) <= startOf(inner) && endOf(inner) <= endOf(outer);

/** Ports below are the platform's own, and drivers that mean them are many. */
const FIRST_FREE_PORT = 0x1000;
/** Registers that a driver mistakes for ports lie in the first page, as nearly all do. */
const REGISTER_BYTES = 0x1000;

/** The port number is what a port instruction makes of an address among the first registers of a range. */
export function isLowHalf(port: number, start: number | bigint, length: number): boolean {
  const low = Number(BigInt.asUintN(16, BigInt(start)));
  const bytes = Math.min(length, REGISTER_BYTES);
  return port >= FIRST_FREE_PORT && port >= low && port < low + bytes;
}
