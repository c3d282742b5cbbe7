/** WDM-UNMAP-LENGTH: MmUnmapIoSpace with another byte count than the map call. */
import { hex, PAGE_SIZE, spanPages } from '../../units/address.ts';
import { rule } from '../rule.ts';
import { mappingFacts } from '../words.ts';
import { unmapFault } from './unmap-fault.ts';

export const wdmUnmapLength = rule({
  id: 'WDM-UNMAP-LENGTH',
  severity: 'error',
  framework: 'wdm',
  fault: 'release',
  summary: 'MmUnmapIoSpace gets the byte count that was mapped.',
  message: 'MmUnmapIoSpace was given {given} bytes for {mapping}: {pages}.',
  why: 'Too few bytes leave pages mapped for ever without a sign; too many reach into what lies behind. The nearest documented bug checks are 0xDA 0x305 and 0x1A 0x6194A.',
  fix: 'Store the length in the same place and at the same moment as the base, and pass that stored value.',
  limits:
    'A wrong count that rounds to the same pages works on a real system today; it is reported all the same, because the page asks for the same count.',
  doc: 'wdm/nf-wdm-mmunmapiospace',
  sources: [
    'wdm/nf-wdm-mmunmapiospace',
    'debugger/bug-check-0xda--system-pte-misuse',
    'debugger/bug-check-0x1a--memory-management',
  ],
  bad: `ext->Base = MmMapIoSpace(start, length, MmNonCached);
...
MmUnmapIoSpace(ext->Base, PAGE_SIZE);`,
  good: `ext->Base = MmMapIoSpace(start, length, MmNonCached);
ext->Length = length;
...
MmUnmapIoSpace(ext->Base, ext->Length);`,
  on: {
    unmap(event, report, _state, { world }) {
      const { mapping, length } = event;
      if (unmapFault(event, world) !== 'WDM-UNMAP-LENGTH' || mapping === null) return;
      const given = spanPages(mapping.physical % PAGE_SIZE, length ?? 0);
      report(
        event,
        {
          ...mappingFacts(mapping),
          given: hex(length ?? 0),
          pages: pagesInWords(given, mapping.pages),
        },
        { mapping },
      );
    },
  },
});

function pagesInWords(given: number, mapped: number): string {
  if (given === mapped) return 'the same pages, but not the length that was mapped';
  return given < mapped
    ? `${mapped - given} of ${mapped} pages stay mapped`
    : `${given - mapped} pages more than were mapped`;
}
