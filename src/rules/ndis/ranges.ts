/** The ranges that an adapter holds: device memory and ports. */
import type { KnownMapping, World } from '../world.ts';
import { type Adapter, isNdis } from './world.ts';

/** Live, made through NDIS for this adapter. */
export const rangesOf = (world: World, { name }: Adapter): KnownMapping[] =>
  [...world.live.values()].filter(
    ({ facts, device }) => device === name && isNdis(facts) && !world.excused.has(facts.id),
  );

export const portsOf = (world: World, adapter: Adapter): KnownMapping[] =>
  rangesOf(world, adapter).filter(({ facts }) => facts.origin === 'port');
