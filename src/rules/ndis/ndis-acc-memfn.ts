/** NDIS-ACC-MEMFN: copying or filling goes beyond the mapping. */
import type { MappingFacts } from '../../events/mapping.ts';
import { hexVa } from '../../units/address.ts';
import { rule } from '../rule.ts';
import { mappingFacts } from '../words.ts';
import type { World } from '../world.ts';
import { type AccessEvent, accessFault, missedMapping } from './access-fault.ts';
import { offsetIn } from './offset.ts';

const ID = 'NDIS-ACC-MEMFN';

export const ndisAccMemfn = rule({
  id: ID,
  severity: 'error',
  framework: 'ndis',
  summary:
    'NdisZeroMappedMemory and the other functions for mapped memory work on a part of one mapping.',
  message: '{service} reached {address}, offset {offset} of {mapping}.',
  why: 'A length counted in the wrong unit or taken from a frame runs over the end of the device memory, into the registers behind it or off the mapping: 0x50.',
  fix: 'Limit the length by what is left of the mapping from the destination on.',
  limits:
    'The functions for mapped memory and those for ordinary memory are the same instructions on x64, so that a driver that took NdisMoveMemory where NdisMoveMappedMemory is due is not seen. A compiler may put the copying in line: its overrun is NDIS-ACC-RANGE.',
  doc: 'ndis/nf-ndis-ndiszeromappedmemory',
  sources: ['ndis/nf-ndis-ndiszeromappedmemory', 'ndis/nf-ndis-ndismovememory'],
  bad: 'NdisZeroMappedMemory(adapter->Buffer + offset, adapter->BufferLength);',
  good: 'NdisZeroMappedMemory(adapter->Buffer + offset, adapter->BufferLength - offset);',
  on: {
    access(event, report, _state, { world }) {
      const mapping = missedMapping(event, world);
      if (mapping === null || accessFault(event, world) !== ID) return;
      report(event, factsOf(event, mapping, world), { mapping });
    },
    'page-fault'(event, report, _state, { world }) {
      const mapping = missedMapping(event, world);
      if (mapping === null || accessFault(event, world) !== ID) return;
      report(event, factsOf(event, mapping, world), { mapping });
    },
  },
});

const factsOf = ({ address }: AccessEvent, mapping: MappingFacts, { ndis }: World) => ({
  ...mappingFacts(mapping),
  service: ndis.service ?? '',
  address: hexVa(address),
  offset: offsetIn(address, mapping.virtual),
});
