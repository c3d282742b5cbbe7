/** WDM-MAP-NULL: the NULL of a failed map is used as an address. */
import { hex, hexVa } from '../../units/address.ts';
import { rule } from '../rule.ts';
import { placeName } from '../words.ts';
import { failedMapAt, pageFault } from './page-fault.ts';

export const wdmMapNull = rule({
  id: 'WDM-MAP-NULL',
  severity: 'error',
  framework: 'wdm',
  summary: 'The result of MmMapIoSpace(Ex) is tested for NULL before it is used.',
  message:
    '{address} was accessed through the NULL that {service} of {physical} had returned at {place}.',
  why: 'The map fails when the system runs short of page-table entries. Untested, the first register access is a NULL dereference: 0xD1 at raised IRQL, else 0x50.',
  fix: 'Test the result at once, fail START with STATUS_INSUFFICIENT_RESOURCES, and undo what was mapped before.',
  limits:
    'Needs a case in which the map fails. A NULL that is stored and later unmapped is reported as WDM-UNMAP-NOT-NULL; one that is never used is not reported.',
  doc: 'wdm/nf-wdm-mmmapiospace',
  sources: [
    'wdm/nf-wdm-mmmapiospace',
    'wdm/nf-wdm-mmmapiospaceex',
    'debugger/bug-check-0xd1--driver-irql-not-less-or-equal',
  ],
  bad: `ext->Regs = MmMapIoSpace(start, length, MmNonCached);
WRITE_REGISTER_ULONG(&ext->Regs->Control, RESET);`,
  good: `ext->Regs = MmMapIoSpace(start, length, MmNonCached);
if (ext->Regs == NULL) return STATUS_INSUFFICIENT_RESOURCES;
WRITE_REGISTER_ULONG(&ext->Regs->Control, RESET);`,
  on: {
    'page-fault'(event, report, _state, { world }) {
      const failed = failedMapAt(event, world);
      if (failed === undefined || pageFault(event, world) !== 'WDM-MAP-NULL') return;
      report(
        event,
        {
          address: hexVa(event.address),
          service: failed.call.service,
          physical: hex(failed.call.physical),
          place: placeName(failed.at),
        },
        { bornAt: failed.at },
      );
    },
  },
});
