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
