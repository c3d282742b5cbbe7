/** NDIS-HALT-AFTER-INIT-OK: a halt right after initialization leaves what initialization mapped. */
import { rule } from '../rule.ts';
import { leaksOf } from './leaks.ts';
import { aboutMapping, rangeFacts } from './words.ts';

const ID = 'NDIS-HALT-AFTER-INIT-OK';

export const ndisHaltAfterInitOk = rule({
  id: ID,
  severity: 'error',
  framework: 'ndis',
  fault: 'leak',
  summary:
    'MiniportHaltEx with NdisHaltDeviceInitializationFailed releases the mappings: initialization succeeded and has released nothing.',
  message:
    '{device}: {mapping} was still {state} when {routine} returned from NdisHaltDeviceInitializationFailed.',
  why: "NDIS may fail to bring up an adapter after MiniportInitializeEx has succeeded. The name of the action misleads: the driver's own failure path did not run, and no other call follows.",
  fix: 'Treat this action as any other in MiniportHaltEx.',
  limits:
    'Needs a case in which NDIS halts the adapter with this action. A range that is left at other actions as well is NDIS-UNMAP-HALT.',
  doc: 'ndis/nc-ndis-miniport_halt',
  sources: ['ndis/nc-ndis-miniport_halt'],
  bad: `VOID MiniportHaltEx(NDIS_HANDLE Context, NDIS_HALT_ACTION Action) {
    if (Action == NdisHaltDeviceInitializationFailed) return;`,
  good: `VOID MiniportHaltEx(NDIS_HANDLE Context, NDIS_HALT_ACTION Action) {
    ReleaseAdapter(adapter);`,
  on: {
    'callback-leave'(event, report, _state, { world }) {
      for (const known of leaksOf(event, world, ID)) {
        const facts = { ...rangeFacts(known), routine: event.routine };
        report(event, facts, aboutMapping(known.facts));
      }
    },
  },
});
