/** WDM-UNMAP-BASE: MmUnmapIoSpace with an address that no map call returned. */
import { hexVa } from '../../units/address.ts';
import { rule } from '../rule.ts';
import { mappingFacts } from '../words.ts';
import { unmapFault } from './unmap-fault.ts';

export const wdmUnmapBase = rule({
  id: 'WDM-UNMAP-BASE',
  severity: 'error',
  framework: 'wdm',
  fault: 'release',
  summary: 'MmUnmapIoSpace gets the base address that the map call returned.',
  message: 'MmUnmapIoSpace was given {base}, {relation}.',
  why: 'The system finds a mapping by its first address. Another address releases part of a mapping or none; the nearest documented bug checks are 0xDA SYSTEM_PTE_MISUSE 0x302, 0x304 and 0x400.',
  fix: 'Keep the returned pointer unchanged beside the length, and use a second pointer for walking through registers.',
  limits:
    'An address inside the first page but above the returned base counts as another address, although page arithmetic may hide it on a real system.',
  doc: 'wdm/nf-wdm-mmunmapiospace',
  sources: ['wdm/nf-wdm-mmunmapiospace', 'debugger/bug-check-0xda--system-pte-misuse'],
  bad: 'MmUnmapIoSpace(ext->Base + RING_OFFSET, ext->Length);',
  good: 'MmUnmapIoSpace(ext->Base, ext->Length);',
  on: {
    unmap(event, report, _state, { world }) {
      if (unmapFault(event, world) !== 'WDM-UNMAP-BASE') return;
      const { mapping, base } = event;
      if (mapping === null) {
        report(event, { base: hexVa(base), relation: 'where nothing was ever mapped' });
        return;
      }
      const relation = `which lies inside the mapping made by ${mappingFacts(mapping).mapping} at ${hexVa(mapping.virtual)}`;
      report(event, { ...mappingFacts(mapping), base: hexVa(base), relation }, { mapping });
    },
  },
});
