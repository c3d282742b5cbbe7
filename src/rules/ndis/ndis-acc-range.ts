/** NDIS-ACC-RANGE: an access beside the bytes that are mapped. */
import type { MappingFacts } from '../../events/mapping.ts';
import { hexVa } from '../../units/address.ts';
import { rule } from '../rule.ts';
import { mappingFacts, placeName } from '../words.ts';
import { type AccessEvent, accessFault, missedMapping } from './access-fault.ts';
import { offsetIn } from './offset.ts';

const ID = 'NDIS-ACC-RANGE';

export const ndisAccRange = rule({
  id: ID,
  severity: 'error',
  framework: 'ndis',
  summary:
    'Register accesses stay inside the bytes that NdisMMapIoSpace mapped, while they are mapped.',
  message: '{access} at {address} {relation} {mapping}{released}.',
  why: 'Mappings are whole pages. Beyond the length but inside the last page the access reaches whatever lies there without a sign; one page further, or after the unmap, the system stops with 0x50 or 0xD1.',
  fix: 'Check that the resource is as long as the highest register needs before mapping it, map that much, and touch nothing after NdisMUnmapIoSpace.',
  limits:
    'An access by an interrupt routine, DPC, timer or work item after the unmap is NDIS-ACC-ISR-ORDER; one by a routine that copies or fills memory is NDIS-ACC-MEMFN.',
  doc: 'ndis/nf-ndis-ndisreadregisterulong',
  sources: ['ndis/nf-ndis-ndisreadregisterulong', 'ndis/nf-ndis-ndiswriteregisterulong'],
  bad: `status = NdisMMapIoSpace(&regs, Handle, bar, 0x1000);
NdisReadRegisterUlong((PULONG)(regs + 0x5400), &address);`,
  good: `status = NdisMMapIoSpace(&regs, Handle, bar, descriptor->u.Memory.Length);
NdisReadRegisterUlong((PULONG)(regs + 0x5400), &address);`,
  on: {
    access(event, report, _state, { world }) {
      const mapping = missedMapping(event, world);
      if (mapping === null || accessFault(event, world) !== ID) return;
      report(event, factsOf(event, mapping), { mapping });
    },
    'page-fault'(event, report, _state, { world }) {
      const mapping = missedMapping(event, world);
      if (mapping === null || accessFault(event, world) !== ID) return;
      report(event, factsOf(event, mapping), { mapping });
    },
  },
});

function factsOf(event: AccessEvent, mapping: MappingFacts) {
  const { address, access } = event;
  const isOver = event.kind === 'page-fault' && event.was === 'ended';
  const offset = offsetIn(address, mapping.virtual);
  return {
    ...mappingFacts(mapping),
    access,
    address: hexVa(address),
    relation: isOver ? 'came after the unmap of' : `lies at offset ${offset} of`,
    released: isOver ? `, released by ${placeName(event.releasedAt)}` : '',
  };
}
