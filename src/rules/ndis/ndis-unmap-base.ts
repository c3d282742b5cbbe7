/** NDIS-UNMAP-BASE: an unmap of an address that NdisMMapIoSpace did not return to this adapter. */
import type { EventOf } from '../../events/event.ts';
import { hexVa } from '../../units/address.ts';
import { rule } from '../rule.ts';
import { naming } from '../words.ts';
import { knownMapping, type World } from '../world.ts';
import { unmapFault } from './call-fault.ts';

const ID = 'NDIS-UNMAP-BASE';

export const ndisUnmapBase = rule({
  id: ID,
  severity: 'error',
  framework: 'ndis',
  fault: 'release',
  summary:
    'NdisMUnmapIoSpace gets the base address that NdisMMapIoSpace returned for this adapter.',
  message: 'NdisMUnmapIoSpace was given {base}, {relation}.',
  why: 'The pages that go are those of the address that was given: of another mapping, or of the same one but fewer. What was mapped stays.',
  fix: 'Keep the returned base untouched in the adapter context; step through registers with a copy of it.',
  limits: 'A mapping made by MmMapIoSpace is released by MmUnmapIoSpace, and counts here.',
  doc: 'ndis/nf-ndis-ndismunmapiospace',
  sources: ['ndis/nf-ndis-ndismunmapiospace'],
  bad: `adapter->Regs += STATISTICS_OFFSET;
...
NdisMUnmapIoSpace(adapter->Handle, adapter->Regs, adapter->Length);`,
  good: `statistics = adapter->Regs + STATISTICS_OFFSET;
...
NdisMUnmapIoSpace(adapter->Handle, adapter->Regs, adapter->Length);`,
  on: {
    unmap(event, report, _state, { world }) {
      if (unmapFault(event, world) !== ID) return;
      const relation = relationOf(event, world);
      report(event, { base: hexVa(event.base), relation }, { mapping: event.mapping });
    },
  },
});

function relationOf({ mapping, match, device }: EventOf<'unmap'>, world: World): string {
  if (mapping === null) return 'where nothing was ever mapped';
  if (match === 'foreign') return `the base of ${naming(mapping)}, which has a release of its own`;
  const owner = knownMapping(world, mapping)?.device ?? mapping.owner;
  if (match === 'exact') return `which ${naming(mapping)} returned for ${owner}, not for ${device}`;
  return `which lies inside ${naming(mapping)} at ${hexVa(mapping.virtual)}`;
}
