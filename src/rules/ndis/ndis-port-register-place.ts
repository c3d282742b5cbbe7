/** NDIS-PORT-REGISTER-PLACE: ports registered outside initialization. */
import { rule } from '../rule.ts';
import { mapFault } from './call-fault.ts';
import { onEveryMap } from './calls.ts';
import { callFacts, routineName } from './words.ts';

export const ndisPortRegisterPlace = rule({
  id: 'NDIS-PORT-REGISTER-PLACE',
  severity: 'error',
  framework: 'ndis',
  summary:
    'NdisMRegisterIoPortRange is called from MiniportInitializeEx (NDIS 5: MiniportInitialize).',
  message: '{call} was called in {routine}, not in MiniportInitializeEx.',
  why: 'The call claims the ports for the adapter, which is done while the adapter can still refuse to start.',
  fix: 'Register every port range in MiniportInitializeEx and keep the base that it returns in the adapter context.',
  limits:
    'The function page names MiniportInitializeEx alone, the rule of Static Driver Verifier accepts MiniportAddDevice too: profile `verifier` follows it.',
  doc: 'ndis/nf-ndis-ndismregisterioportrange',
  sources: ['ndis/nf-ndis-ndismregisterioportrange', 'devtest/ndis-ndismregisterioportrange'],
  bad: `NDIS_STATUS MiniportRestart(NDIS_HANDLE Context, PNDIS_MINIPORT_RESTART_PARAMETERS Parameters) {
    status = NdisMRegisterIoPortRange(&adapter->Ports, adapter->Handle, adapter->Port, 0x40);`,
  good: `NDIS_STATUS MiniportInitializeEx(NDIS_HANDLE Handle, ...) {
    ...
    status = NdisMRegisterIoPortRange(&adapter->Ports, Handle, adapter->Port, 0x40);`,
  on: onEveryMap((event, { profile }) =>
    mapFault(event, profile) === 'NDIS-PORT-REGISTER-PLACE'
      ? { ...callFacts(event.call), routine: routineName(event.callback) }
      : null,
  ),
});
