/** PHYS-SECTION-UNMAP: a view released that is not there, or no longer. */
import { hexVa } from '../../units/address.ts';
import { rule } from '../rule.ts';
import { placeName } from '../words.ts';
import { unmapFault } from './unmap-fault.ts';

export const physSectionUnmap = rule({
  id: 'PHYS-SECTION-UNMAP',
  severity: 'error',
  framework: 'wdm',
  fault: 'release',
  summary: 'A view is released once; any address inside it releases the whole view.',
  message: 'ZwUnmapViewOfSection was given {base}, {relation}.',
  why: 'The first call with any address of the view took all of it away. A second call fails at best, and at worst takes away what was mapped there since.',
  fix: 'Keep the base of each view, release it once, and clear it.',
  limits: 'None known.',
  doc: 'wdm/nf-wdm-zwunmapviewofsection',
  sources: ['wdm/nf-wdm-zwunmapviewofsection'],
  bad: `ZwUnmapViewOfSection(ZwCurrentProcess(), base);
ZwUnmapViewOfSection(ZwCurrentProcess(), (PUCHAR)base + PAGE_SIZE);`,
  good: 'ZwUnmapViewOfSection(ZwCurrentProcess(), base);   /* the whole view */',
  on: {
    unmap(event, report, _state, { world }) {
      if (unmapFault(event, world) !== 'PHYS-SECTION-UNMAP') return;
      const { base, mapping, releasedAt } = event;
      const relation =
        mapping === null
          ? 'where no view was ever mapped'
          : `whose view ${placeName(releasedAt)} had already released`;
      report(event, { base: hexVa(base), relation }, { mapping });
    },
  },
});
