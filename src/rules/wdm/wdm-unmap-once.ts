/** WDM-UNMAP-ONCE: one mapping unmapped twice. */
import { rule } from '../rule.ts';
import { mappingFacts, placeName } from '../words.ts';
import { unmapFault } from './unmap-fault.ts';

export const wdmUnmapOnce = rule({
  id: 'WDM-UNMAP-ONCE',
  severity: 'error',
  framework: 'wdm',
  fault: 'release',
  summary: 'A mapping is unmapped exactly once.',
  message: '{mapping} was unmapped again; {released} had already released it.',
  why: 'After the first call the addresses may belong to somebody else, whose mapping the second call then takes away. Where nobody does, the system stops: 0xDA 0x302, 0x306 or 0x400.',
  fix: 'Clear the saved base when it is unmapped, and unmap only what is not NULL.',
  limits:
    'No address is used again within a run, so every second unmap is seen, also those that would hit another mapping on a real system.',
  doc: 'wdm/nf-wdm-mmunmapiospace',
  sources: ['wdm/nf-wdm-mmunmapiospace', 'debugger/bug-check-0xda--system-pte-misuse'],
  bad: `if (ext->Base != NULL)
    MmUnmapIoSpace(ext->Base, ext->Length);`,
  good: `if (ext->Base != NULL) {
    MmUnmapIoSpace(ext->Base, ext->Length);
    ext->Base = NULL;
}`,
  on: {
    unmap(event, report, _state, { world }) {
      const { mapping, releasedAt } = event;
      if (unmapFault(event, world) !== 'WDM-UNMAP-ONCE' || mapping === null) return;
      report(event, { ...mappingFacts(mapping), released: placeName(releasedAt) }, { mapping });
    },
  },
});
