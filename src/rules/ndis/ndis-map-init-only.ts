/** NDIS-MAP-INIT-ONLY: device memory mapped outside initialization. */
import { rule } from '../rule.ts';
import { mapFault } from './call-fault.ts';
import { onEveryMap } from './calls.ts';
import { callFacts, routineName } from './words.ts';

export const ndisMapInitOnly = rule({
  id: 'NDIS-MAP-INIT-ONLY',
  severity: 'error',
  profiles: { verifier: 'warning' },
  framework: 'ndis',
  summary: 'NdisMMapIoSpace is called by MiniportInitializeEx (NDIS 5: MiniportInitialize) alone.',
  message: '{call} was called in {routine}, not in MiniportInitializeEx.',
  why: 'The call does not only map: it claims the range for the adapter. Claims are made while the adapter is initialized, when it can still refuse to start; later a conflict has nobody to tell, and the release in MiniportHaltEx finds mappings it knows nothing of.',
  fix: 'Map every range in MiniportInitializeEx, keep base and length in the adapter context, and use them from the other routines.',
  limits:
    'The function page says that only MiniportInitializeEx calls it, the page of the Static Driver Verifier rule that it should: profile `verifier` warns. What follows from the same misplaced call (IRQL, unmap elsewhere) is not reported beside it.',
  doc: 'ndis/nf-ndis-ndismmapiospace',
  sources: ['ndis/nf-ndis-ndismmapiospace', 'devtest/ndis-ndismmapiospace'],
  bad: `NDIS_STATUS MiniportRestart(NDIS_HANDLE Context, PNDIS_MINIPORT_RESTART_PARAMETERS Parameters) {
    status = NdisMMapIoSpace(&adapter->Regs, adapter->Handle, adapter->Bar, adapter->Length);`,
  good: `NDIS_STATUS MiniportInitializeEx(NDIS_HANDLE Handle, ...) {
    ...
    status = NdisMMapIoSpace(&adapter->Regs, Handle, adapter->Bar, adapter->Length);`,
  on: onEveryMap((event, { profile }) =>
    mapFault(event, profile) === 'NDIS-MAP-INIT-ONLY'
      ? { ...callFacts(event.call), routine: routineName(event.callback) }
      : null,
  ),
});
