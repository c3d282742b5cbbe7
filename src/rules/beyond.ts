/** The mapping that a driver meant when it went pages beyond its end. */
import type { AssignedResource } from '../events/event.ts';
import type { MappingFacts } from '../events/mapping.ts';
import { contains } from './range.ts';
import type { KnownMapping } from './world.ts';

/** More than an honest driver has; beyond it nothing is looked for. */
const MOST_SEARCHED = 64;

/** It begins in a resource of the device, of which it maps a part, and the address is in the rest. */
export function mappingBefore(
  address: bigint,
  live: ReadonlyMap<number, KnownMapping>,
  resources: readonly AssignedResource[],
): MappingFacts | undefined {
  if (live.size > MOST_SEARCHED) return undefined;
  for (const { facts } of live.values()) {
    if (facts.origin !== 'io-space' || address < facts.virtual) continue;
    const offset = address - facts.virtual;
    if (offset > Number.MAX_SAFE_INTEGER) continue;
    const meant = { start: facts.physical, length: Number(offset) + 1 };
    if (resources.some((resource) => contains(resource, meant))) return facts;
  }
  return undefined;
}
