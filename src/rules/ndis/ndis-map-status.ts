/** NDIS-MAP-STATUS: the NULL of a failed map is used as an address. */
import { hexVa } from '../../units/address.ts';
import { ndisStatusName } from '../../units/ndis-status.ts';
import { rule } from '../rule.ts';
import { placeName } from '../words.ts';
import { accessFault, failedMapAt } from './access-fault.ts';
import { callFacts } from './words.ts';

export const ndisMapStatus = rule({
  id: 'NDIS-MAP-STATUS',
  severity: 'error',
  framework: 'ndis',
  summary:
    'Each status of NdisMMapIoSpace but NDIS_STATUS_SUCCESS is taken as a failure; the address is NULL then.',
  message: '{address} was accessed through the NULL that {call} had left at {place} ({status}).',
  why: 'NDIS_STATUS_RESOURCE_CONFLICT, NDIS_STATUS_RESOURCES and NDIS_STATUS_FAILURE all leave NULL behind. A driver that goes on, or tests for one of them only, touches the first register at address zero: 0xD1 or 0x50.',
  fix: 'Compare with NDIS_STATUS_SUCCESS, undo what was done and return the status from MiniportInitializeEx.',
  limits: 'Needs a case in which the map fails. A NULL that is never used is not reported.',
  doc: 'ndis/nf-ndis-ndismmapiospace',
  sources: [
    'ndis/nf-ndis-ndismmapiospace',
    'debugger/bug-check-0xd1--driver-irql-not-less-or-equal',
  ],
  bad: `status = NdisMMapIoSpace(&regs, Handle, bar, length);
if (status == NDIS_STATUS_RESOURCES) return status;
NdisWriteRegisterUlong(&regs->Control, RESET);`,
  good: `status = NdisMMapIoSpace(&regs, Handle, bar, length);
if (status != NDIS_STATUS_SUCCESS) return status;
NdisWriteRegisterUlong(&regs->Control, RESET);`,
  on: {
    'page-fault'(event, report, _state, { world }) {
      if (accessFault(event, world) !== 'NDIS-MAP-STATUS') return;
      const failed = failedMapAt(event, world)?.event;
      if (failed === undefined) return;
      const status = failed.status === undefined ? failed.reason : ndisStatusName(failed.status);
      const facts = { address: hexVa(event.address), place: placeName(failed.at), status };
      report(event, { ...callFacts(failed.call), ...facts }, { bornAt: failed.at });
    },
  },
});
