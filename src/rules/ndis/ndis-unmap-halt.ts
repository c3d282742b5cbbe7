/** NDIS-UNMAP-HALT: a range outlives MiniportHaltEx. */
import { rule } from '../rule.ts';
import { leaksOf } from './leaks.ts';
import { adapterOf } from './observe.ts';
import { aboutMapping, rangeFacts } from './words.ts';

const ID = 'NDIS-UNMAP-HALT';

export const ndisUnmapHalt = rule({
  id: ID,
  severity: 'error',
  framework: 'ndis',
  fault: 'leak',
  summary:
    'Everything mapped or registered at initialization is released in MiniportHaltEx, for every HaltAction.',
  message: '{device}: {mapping} was still {state} when {routine} returned{action}.',
  why: 'Nothing comes after MiniportHaltEx that may release it. The range stays claimed, the next initialization of the adapter may find it taken, and every disable, sleep or removal costs page-table entries until 0x3F NO_MORE_SYSTEM_PTES.',
  fix: 'Release in MiniportHaltEx whatever the adapter context holds without looking at HaltAction; the action only says whether the hardware can still be reached.',
  limits:
    'Judged when MiniportHaltEx returns. Shutdown is no halt: what MiniportShutdownEx leaves is right.',
  doc: 'ndis/nc-ndis-miniport_halt',
  sources: [
    'ndis/nc-ndis-miniport_halt',
    'ndis/nf-ndis-ndismunmapiospace',
    'network/halting-a-miniport-adapter',
  ],
  bad: `VOID MiniportHaltEx(NDIS_HANDLE Context, NDIS_HALT_ACTION Action) {
    if (Action == NdisHaltDeviceSurpriseRemoved) return;    /* the hardware is gone */`,
  good: `VOID MiniportHaltEx(NDIS_HANDLE Context, NDIS_HALT_ACTION Action) {
    if (Action != NdisHaltDeviceSurpriseRemoved) ResetHardware(adapter);
    NdisMUnmapIoSpace(adapter->Handle, adapter->Regs, adapter->Length);`,
  on: {
    'callback-leave'(event, report, _state, { world }) {
      const reason = adapterOf(world, event.subject)?.reason ?? null;
      const action = reason === null ? '' : ` (${reason})`;
      for (const known of leaksOf(event, world, ID)) {
        const facts = { ...rangeFacts(known), routine: event.routine, action };
        report(event, facts, aboutMapping(known.facts));
      }
    },
  },
});
