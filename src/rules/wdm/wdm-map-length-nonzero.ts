/** WDM-MAP-LENGTH-NONZERO: a map call for no bytes. */

import { isIoSpace } from '../leftovers.ts';
import { rule } from '../rule.ts';
import { callFacts, onEveryMap } from './calls.ts';

export const wdmMapLengthNonzero = rule({
  id: 'WDM-MAP-LENGTH-NONZERO',
  severity: 'error',
  framework: 'wdm',
  summary: 'The byte count given to MmMapIoSpace(Ex) is greater than zero.',
  message: '{service} of {physical} was called for zero bytes.',
  why: 'The page demands a count above zero and says nothing of what else happens. A zero usually is a resource descriptor that was never read, or one read from the wrong union member.',
  fix: 'Take the length from the translated descriptor that the address comes from, and refuse to start when it is smaller than the registers need.',
  limits: 'None known.',
  doc: 'wdm/nf-wdm-mmmapiospace',
  sources: ['wdm/nf-wdm-mmmapiospace', 'wdm/nf-wdm-mmmapiospaceex'],
  bad: 'ext->Base = MmMapIoSpace(start, ext->Length /* not yet set */, MmNonCached);',
  good: `ext->Length = descriptor->u.Memory.Length;
ext->Base = MmMapIoSpace(start, ext->Length, MmNonCached);`,
  on: onEveryMap(({ call }) => (isIoSpace(call) && call.length === 0 ? callFacts(call) : null)),
});
