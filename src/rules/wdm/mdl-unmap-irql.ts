/** MDL-UNMAP-IRQL: an MDL mapping released above the IRQL for its kind. */
import { irqlName } from '../../units/irql.ts';
import { rule } from '../rule.ts';
import { mappingFacts } from '../words.ts';
import { irqlLimit, isMdl } from './mdl.ts';

export const mdlUnmapIrql = rule({
  id: 'MDL-UNMAP-IRQL',
  severity: 'error',
  framework: 'wdm',
  summary:
    'MmUnmapLockedPages is called at DISPATCH_LEVEL or below for system space, at APC_LEVEL or below for user space.',
  message: '{release} was called at {irql} for {mapping}; {limit} is the highest allowed.',
  why: 'Driver Verifier stops with 0xC4 0x79 or 0x7A; without it the memory manager waits for a lock at an IRQL where nothing may wait.',
  fix: 'Release before raising IRQL, or from a work item.',
  limits: 'None known.',
  doc: 'wdm/nf-wdm-mmunmaplockedpages',
  sources: [
    'wdm/nf-wdm-mmunmaplockedpages',
    'debugger/bug-check-0xc4--driver-verifier-detected-violation',
  ],
  bad: `KeAcquireSpinLock(&ext->Lock, &irql);
MmUnmapLockedPages(ext->UserVa, ext->Mdl);`,
  good: `MmUnmapLockedPages(ext->UserVa, ext->Mdl);
KeAcquireSpinLock(&ext->Lock, &irql);`,
  on: {
    unmap(event, report) {
      const { mapping, irql, service } = event;
      if (mapping === null || !isMdl(mapping) || service === 'MmUnmapIoSpace') return;
      const limit = irqlLimit(mapping.space === 'user' ? 'user' : 'kernel');
      if (irql <= limit) return;
      const facts = { release: service, irql: irqlName(irql), limit: irqlName(limit) };
      report(event, { ...mappingFacts(mapping), ...facts }, { mapping });
    },
  },
});
