/** NDIS-NO-MM: a miniport maps device memory past NDIS. */
import { rule } from '../rule.ts';
import { mappingFacts } from '../words.ts';

export const ndisNoMm = rule({
  id: 'NDIS-NO-MM',
  severity: 'advice',
  framework: 'ndis',
  summary: 'A miniport maps device memory with NdisMMapIoSpace rather than MmMapIoSpace.',
  message:
    '{mapping} was called by a miniport; NdisMMapIoSpace would have claimed the range as well.',
  why: 'Only NdisMMapIoSpace claims the range for the adapter, takes bus-relative addresses and is known to NDIS when the adapter is halted.',
  fix: 'Call NdisMMapIoSpace in MiniportInitializeEx and NdisMUnmapIoSpace in MiniportHaltEx.',
  limits:
    'Inferred: no page forbids MmMapIoSpace. Memory of the computer, which NdisMMapIoSpace refuses, is not reported.',
  doc: 'ndis/nf-ndis-ndismmapiospace',
  sources: ['ndis/nf-ndis-ndismmapiospace'],
  bad: 'adapter->Regs = MmMapIoSpace(translated->u.Memory.Start, length, MmNonCached);',
  good: 'status = NdisMMapIoSpace(&adapter->Regs, Handle, descriptor->u.Memory.Start, length);',
  on: {
    map(event, report, _state, { world }) {
      const { mapping } = event;
      if (!world.ndis.active || mapping.framework !== 'wdm') return;
      if (mapping.origin !== 'io-space' || mapping.backing === 'ram') return;
      report(event, mappingFacts(mapping), { mapping });
    },
  },
});
