/** NDIS-MAP-FAIL-UNWIND: an initialization that failed leaves something mapped. */
import { ndisStatusName } from '../../units/ndis-status.ts';
import { rule } from '../rule.ts';
import { leaksOf } from './leaks.ts';
import { aboutMapping, rangeFacts } from './words.ts';

const ID = 'NDIS-MAP-FAIL-UNWIND';

export const ndisMapFailUnwind = rule({
  id: ID,
  severity: 'error',
  framework: 'ndis',
  fault: 'leak',
  summary:
    'When MiniportInitializeEx fails after it mapped something, it unmaps that before it returns.',
  message: '{device}: {mapping} was still {state} when {routine} failed with {status}.',
  why: 'MiniportHaltEx is not called for an adapter that never came up. What is left stays claimed and mapped until the next boot, and the next attempt meets its own claim.',
  fix: 'Release in one routine whatever the adapter context holds, and call it from both the failure path of MiniportInitializeEx and MiniportHaltEx.',
  limits: 'Needs a case in which initialization fails after the map. Port ranges count as well.',
  doc: 'ndis/nf-ndis-ndismmapiospace',
  sources: [
    'ndis/nf-ndis-ndismmapiospace',
    'network/initializing-a-miniport-adapter',
    'ndis/nc-ndis-miniport_initialize',
  ],
  bad: `status = NdisMRegisterInterruptEx(Handle, adapter, &interrupt, &adapter->Interrupt);
if (status != NDIS_STATUS_SUCCESS) {
    NdisFreeMemory(adapter, 0, 0);
    return status;
}`,
  good: `status = NdisMRegisterInterruptEx(Handle, adapter, &interrupt, &adapter->Interrupt);
if (status != NDIS_STATUS_SUCCESS) {
    ReleaseAdapter(adapter);        /* unmaps, then frees */
    return status;
}`,
  on: {
    'callback-leave'(event, report, _state, { world }) {
      const { routine, status } = event;
      for (const known of leaksOf(event, world, ID)) {
        const facts = { ...rangeFacts(known), routine, status: ndisStatusName(status ?? 0) };
        report(event, facts, aboutMapping(known.facts));
      }
    },
  },
});
