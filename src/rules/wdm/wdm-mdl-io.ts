/** WDM-MDL-IO: MmAllocateMdlForIoSpace with ranges that it does not take, or freed the wrong way. */

import type { Trouble } from '../../events/event.ts';
import { rule } from '../rule.ts';

const LAPSE: Partial<Record<Trouble, string>> = {
  'not-page-aligned': 'was asked for over a range that does not begin and end on a page',
  'is-ram': 'was asked for over a range that is RAM',
  'too-long': 'was asked for over more than 4 GiB - 1 in all',
  'freed-as-pool': 'was freed as pool, although only IoFreeMdl frees it',
};

export const wdmMdlIo = rule({
  id: 'WDM-MDL-IO',
  severity: 'error',
  framework: 'wdm',
  summary:
    'MmAllocateMdlForIoSpace gets whole pages of device memory, at most 4 GiB - 1 in all; IoFreeMdl frees the result.',
  message: 'An MDL {lapse}{detail}.',
  why: 'The function refuses such ranges, and an MDL of device memory that is made another way is taken for RAM by everyone who gets it.',
  fix: "Round ranges to whole pages of the device's own resource, test the status, free with IoFreeMdl.",
  limits: 'None known.',
  doc: 'wdm/nf-wdm-mmallocatemdlforiospace',
  sources: ['wdm/nf-wdm-mmallocatemdlforiospace'],
  bad: 'range.PhysicalAddress.QuadPart = start.QuadPart + 0x80;',
  good: `range.PhysicalAddress = start;
range.NumberOfBytes = ROUND_TO_PAGES(length);`,
  on: {
    mdl(event, report) {
      const known = event.trouble.find((trouble) => LAPSE[trouble] !== undefined);
      if (known === undefined) return;
      const detail = event.detail === '' ? '' : ` (${event.detail})`;
      report(event, { lapse: LAPSE[known] ?? known, detail });
    },
  },
});
