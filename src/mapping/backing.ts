/** What answers at a physical address. */
import type { Backing } from '../events/mapping.ts';
import type { PhysicalMemory } from '../memory/physical.ts';
import type { Pa } from '../units/address.ts';

export function backingOf(physical: PhysicalMemory, address: Pa): Backing {
  if (physical.isRam(address)) return 'ram';
  return physical.windowAt(address)?.kind ?? 'nothing';
}
