/** WDM-MAP-USER-ADDR: a caller in user mode chose the physical address. */
import { rule } from '../rule.ts';
import { mappingFacts } from '../words.ts';
import { mapFault } from './map-fault.ts';

export const wdmMapUserAddr = rule({
  id: 'WDM-MAP-USER-ADDR',
  severity: 'error',
  framework: 'wdm',
  summary:
    'A physical address that came from a caller is checked against an allowed range before it is mapped.',
  message: '{mapping} maps an address that stands in the request of a user-mode caller.',
  why: 'Whoever may open the device reads and writes all physical memory: page tables, kernel code, other processes. Such a driver must not be production-signed.',
  fix: "Take no physical addresses from callers. Where a request selects a register, check offset and length against the device's own resource.",
  limits:
    'Recognised when the very address stands in the input of the request, as 4 or 8 bytes. Whether the driver checked it is not seen, but a mapping made for a request is wrong for a PnP device in any case. An address that the driver computes from the input is not recognised.',
  doc: 'driversecurity/driver-security-dev-best-practices',
  sources: [
    'driversecurity/driver-security-dev-best-practices',
    'driversecurity/driver-security-checklist',
  ],
  bad: `request = Irp->AssociatedIrp.SystemBuffer;
va = MmMapIoSpace(request->Physical, request->Length, MmNonCached);`,
  good: `if (request->Offset > ext->Length || request->Size > ext->Length - request->Offset)
    return STATUS_INVALID_PARAMETER;
va = (PUCHAR)ext->Base + request->Offset;`,
  on: {
    map(event, report, _state, { world }) {
      if (mapFault(event, world) !== 'WDM-MAP-USER-ADDR') return;
      report(event, mappingFacts(event.mapping), { mapping: event.mapping });
    },
  },
});
