/** The ranges that an adapter holds: device memory and ports. */
import type { KnownMapping, World } from '../world.ts';
import type { Adapter } from './world.ts';

/** More than an honest driver has; beyond it nothing is looked up by address. */
const MOST_SEARCHED = 64;

/** Live and nobody's known fault. */
export const rangesOf = ({ excused }: World, { ranges }: Adapter): KnownMapping[] =>
  [...ranges.values()].filter(({ facts }) => !excused.has(facts.id));

/** The first live range that fits, or `unknown` when there are too many to look. */
export function findRange(
  { ranges }: Adapter,
  fits: (range: KnownMapping) => boolean,
): KnownMapping | undefined | 'unknown' {
  if (ranges.size > MOST_SEARCHED) return 'unknown';
  for (const range of ranges.values()) if (fits(range)) return range;
  return undefined;
}

export const isPort = ({ facts }: KnownMapping): boolean => facts.origin === 'port';
