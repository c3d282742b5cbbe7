/** MDL-SAFE: the NULL of a failed MDL mapping is used as an address. */
import { hexVa } from '../../units/address.ts';
import { rule } from '../rule.ts';
import { placeName } from '../words.ts';
import { failedMapAt, pageFault } from './page-fault.ts';

export const mdlSafe = rule({
  id: 'MDL-SAFE',
  severity: 'error',
  framework: 'wdm',
  summary: 'The result of MmGetSystemAddressForMdlSafe is tested for NULL.',
  message: '{address} was accessed through the NULL that {service} had returned at {place}.',
  why: 'The mapping fails when page-table entries run short; the request should fail then, not the system.',
  fix: 'Test for NULL and complete the request with STATUS_INSUFFICIENT_RESOURCES.',
  limits:
    'Needs a case in which the mapping fails. MmGetSystemAddressForMdlSafe is compiled into the driver and seen as MmMapLockedPagesSpecifyCache.',
  doc: 'wdm/nf-wdm-mmgetsystemaddressformdlsafe',
  sources: ['wdm/nf-wdm-mmgetsystemaddressformdlsafe', 'devtest/low-resources-simulation'],
  bad: `buffer = MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority);
buffer[0] = status;`,
  good: `buffer = MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority);
if (buffer == NULL) return Complete(Irp, STATUS_INSUFFICIENT_RESOURCES);
buffer[0] = status;`,
  on: {
    'page-fault'(event, report, _state, { world }) {
      const failed = failedMapAt(event, world);
      if (failed === undefined || pageFault(event, world) !== 'MDL-SAFE') return;
      const facts = { address: hexVa(event.address), service: failed.call.service };
      report(event, { ...facts, place: placeName(failed.at) }, { bornAt: failed.at });
    },
  },
});
