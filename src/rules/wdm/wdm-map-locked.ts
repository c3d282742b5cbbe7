/** WDM-MAP-LOCKED: RAM that nothing holds in place was mapped. */
import { isIoSpace } from '../leftovers.ts';
import { overlaps } from '../range.ts';
import { rule } from '../rule.ts';
import { mappingFacts } from '../words.ts';
import { deviceOf } from '../world.ts';
import { callFacts } from './calls.ts';
import { mapFault } from './map-fault.ts';

export const wdmMapLocked = rule({
  id: 'WDM-MAP-LOCKED',
  severity: 'error',
  framework: 'wdm',
  summary: 'Only device memory, or RAM that is locked down, is mapped.',
  message: '{mapping} is RAM that no MDL has locked and no contiguous allocation holds.',
  why: "The owner of the page may free it or page it out, and the mapping then shows another owner's data. Driver Verifier stops with 0xC4 0x83, the memory manager itself with 0x1A 0x1233.",
  fix: 'Allocate with MmAllocateContiguousMemory or a common buffer and use the address that comes with it; lock foreign pages with MmProbeAndLockPages and map the MDL.',
  limits:
    'The obligation stands on the page of MmMapIoSpace and not on that of MmMapIoSpaceEx; the rule holds both to it. Firmware tables count as RAM.',
  doc: 'wdm/nf-wdm-mmmapiospace',
  sources: [
    'wdm/nf-wdm-mmmapiospace',
    'debugger/bug-check-0xc4--driver-verifier-detected-violation',
    'debugger/bug-check-0x1a--memory-management',
  ],
  bad: 'bios = MmMapIoSpace(lowMemory, 0x100, MmNonCached);',
  good: `buffer = MmAllocateContiguousMemory(size, highest);
physical = MmGetPhysicalAddress(buffer);`,
  on: {
    map(event, report, _state, { world }) {
      if (mapFault(event, world) !== 'WDM-MAP-LOCKED') return;
      report(event, mappingFacts(event.mapping), { mapping: event.mapping });
    },
    'map-failed'(event, report, _state, { world }) {
      const { call } = event;
      if (!isIoSpace(call) || !call.trouble.includes('unlocked-ram')) return;
      const ports = deviceOf(world, event.device)?.resources.filter(({ kind }) => kind === 'port');
      if (ports?.some((port) => overlaps(port, call)) === true) return;
      const facts = callFacts(call);
      const mapping = `${facts.service} of ${facts.physical}, ${facts.length} bytes`;
      report(event, { ...facts, mapping });
    },
  },
});
