/** NDIS-UNMAP-LENGTH: an unmap of another length than was mapped. */
import { hex } from '../../units/address.ts';
import { rule } from '../rule.ts';
import { mappingFacts } from '../words.ts';
import { unmapFault } from './call-fault.ts';

const ID = 'NDIS-UNMAP-LENGTH';

export const ndisUnmapLength = rule({
  id: ID,
  severity: 'error',
  framework: 'ndis',
  fault: 'release',
  summary: 'The length given to NdisMUnmapIoSpace is the one that was given to NdisMMapIoSpace.',
  message: '{mapping} was unmapped with length {given}.',
  why: "Too short leaves pages mapped for good; too long takes away pages of whatever lies behind, another driver's mapping included. The nearest documented stops are 0xDA and 0x1A.",
  fix: 'Keep the length beside the base in the adapter context and pass it unchanged.',
  limits: 'A length that spans the same pages is reported as well: the page asks for equality.',
  doc: 'ndis/nf-ndis-ndismunmapiospace',
  sources: ['ndis/nf-ndis-ndismunmapiospace', 'debugger/bug-check-0xda--system-pte-misuse'],
  bad: 'NdisMUnmapIoSpace(adapter->Handle, adapter->Regs, sizeof(REGISTERS));',
  good: 'NdisMUnmapIoSpace(adapter->Handle, adapter->Regs, adapter->Length);',
  on: {
    unmap(event, report, _state, { world }) {
      const { mapping, length } = event;
      if (mapping === null || unmapFault(event, world) !== ID) return;
      report(event, { ...mappingFacts(mapping), given: hex(length ?? 0) }, { mapping });
    },
  },
});
