/** NDIS-MAP-BUSREL: a range that is none of the adapter's, as the bus names them. */
import type { AssignedResource, MapCall } from '../../events/event.ts';
import { hex } from '../../units/address.ts';
import { isMemory } from '../leftovers.ts';
import { contains, overlaps } from '../range.ts';
import { rule } from '../rule.ts';
import { mapFault } from './call-fault.ts';
import { onEveryMap } from './calls.ts';
import { adapterOf } from './observe.ts';
import { callFacts } from './words.ts';

export const ndisMapBusrel = rule({
  id: 'NDIS-MAP-BUSREL',
  severity: 'error',
  framework: 'ndis',
  summary:
    'The range is one that the bus assigned to the adapter, by its bus-relative address, and no longer than that.',
  message: '{call} {relation}.',
  why: 'NDIS translates the address itself. An address that is translated already, or read wrongly from configuration space, or a length beyond the resource names memory of another device: the call fails with NDIS_STATUS_FAILURE or NDIS_STATUS_RESOURCE_CONFLICT.',
  fix: 'Take start and length of the descriptor in the AllocatedResources of the initialization parameters; from a base address register mask the low bits that are flags.',
  limits:
    'The function page derives the address from configuration calls and calls it bus-relative, the pages on initialization hand over a resource list; no page says which of its two forms. The rule takes the bus-relative one. Raw and translated addresses differ only on a bus that translates.',
  doc: 'ndis/nf-ndis-ndismmapiospace',
  sources: ['ndis/nf-ndis-ndismmapiospace', 'ndis/nf-ndis-ndismregisterioportrange'],
  bad: `NdisMGetBusData(Handle, PCI_WHICHSPACE_CONFIG, 0x10, &bar, sizeof(bar));
address.QuadPart = bar;`,
  good: `NdisMGetBusData(Handle, PCI_WHICHSPACE_CONFIG, 0x10, &bar, sizeof(bar));
address.QuadPart = bar & ~0xF;`,
  on: onEveryMap((event, { world, profile }) => {
    if (mapFault(event, profile) !== 'NDIS-MAP-BUSREL') return null;
    const resources = adapterOf(world, event.device)?.resources ?? [];
    return { ...callFacts(event.call), relation: relationTo(resources, event.call) };
  }),
});

function relationTo(resources: readonly AssignedResource[], call: MapCall): string {
  if (call.length === 0) return 'has no length';
  const asked = { start: call.bus ?? call.physical, length: call.length };
  const own = resources.filter((it) =>
    call.origin === 'port' ? it.kind === 'port' : isMemory(it),
  );
  const near = own.find(({ rawStart, length }) => overlaps({ start: rawStart, length }, asked));
  if (near !== undefined)
    return `leaves the resource of ${hex(near.length)} at ${hex(near.rawStart)}`;
  const translated = own.find((resource) => contains(resource, asked));
  if (translated !== undefined)
    return `is the translated address of the resource that the bus has at ${hex(translated.rawStart)}`;
  return 'is no resource of the adapter';
}
