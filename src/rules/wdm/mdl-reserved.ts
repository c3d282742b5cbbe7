/** MDL-RESERVED: a reserved mapping used or released against its reservation. */
import { hexVa } from '../../units/address.ts';
import { rule } from '../rule.ts';
import { troubleOf } from './mdl.ts';
import { unmapFault } from './unmap-fault.ts';

const LAPSE = {
  'wrong-tag': 'was given another tag than the reservation',
  'reserved-in-use': 'was called for a reserved range that is still mapped, or for part of it',
} as const;

export const mdlReserved = rule({
  id: 'MDL-RESERVED',
  severity: 'error',
  framework: 'wdm',
  fault: 'release',
  summary:
    'A reserved range is used with its own tag, unmapped as a whole, and given back only when unmapped.',
  message: '{service} {lapse}.',
  why: 'The system stops with 0xDA SYSTEM_PTE_MISUSE 0x100 to 0x10C.',
  fix: 'Keep tag and base together; call MmUnmapReservedMapping, then MmFreeMappingAddress.',
  limits: 'None known.',
  doc: 'wdm/nf-wdm-mmunmapreservedmapping',
  sources: [
    'wdm/nf-wdm-mmunmapreservedmapping',
    'wdm/nf-wdm-mmfreemappingaddress',
    'debugger/bug-check-0xda--system-pte-misuse',
  ],
  bad: 'MmFreeMappingAddress(ext->Reserved, TAG);       /* still mapped */',
  good: `MmUnmapReservedMapping(ext->Reserved, TAG, mdl);
MmFreeMappingAddress(ext->Reserved, TAG);`,
  on: {
    map(event, report) {
      const trouble = troubleOf(event, ['wrong-tag', 'reserved-in-use']);
      const { mapping } = event;
      if (isLapse(trouble))
        report(event, { service: mapping.service, lapse: LAPSE[trouble] }, { mapping });
    },
    'map-failed'(event, report) {
      const trouble = troubleOf(event, ['wrong-tag', 'reserved-in-use']);
      if (isLapse(trouble)) report(event, { service: event.call.service, lapse: LAPSE[trouble] });
    },
    unmap(event, report, _state, { world }) {
      if (unmapFault(event, world) !== 'MDL-RESERVED') return;
      const { service, mapping, base } = event;
      const trouble = troubleOf(event, ['wrong-tag', 'reserved-in-use']);
      const lapse = isLapse(trouble)
        ? LAPSE[trouble]
        : `was given ${hexVa(base)}, which is not the base of a mapped reservation`;
      report(event, { service, lapse }, { mapping });
    },
  },
});

const isLapse = (trouble: string | undefined): trouble is keyof typeof LAPSE =>
  trouble !== undefined && trouble in LAPSE;
