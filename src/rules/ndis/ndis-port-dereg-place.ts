/** NDIS-PORT-DEREG-PLACE: ports given back at a wrong place, or without a registration. */
import type { EventOf } from '../../events/event.ts';
import { hex } from '../../units/address.ts';
import { rule } from '../rule.ts';
import { placeName } from '../words.ts';
import { unmapFault } from './call-fault.ts';
import { routineName } from './words.ts';
import { isHalt, isInitialize } from './world.ts';

const ID = 'NDIS-PORT-DEREG-PLACE';

export const ndisPortDeregPlace = rule({
  id: ID,
  severity: 'error',
  framework: 'ndis',
  fault: 'release',
  summary:
    'NdisMDeregisterIoPortRange is called in MiniportInitializeEx or MiniportHaltEx alone, and only after a registration that succeeded.',
  message: 'NdisMDeregisterIoPortRange of {given} was called {lapse}.',
  why: "In other routines the ports may be in use by an interrupt or a request. Without a registration the call releases a claim that is not the adapter's.",
  fix: 'Deregister in MiniportHaltEx and in the failure path of MiniportInitializeEx, if and only if the registration succeeded.',
  limits:
    'Of ports registered at a wrong place only that is reported, and of ports that outlived MiniportHaltEx only the leak.',
  doc: 'ndis/nf-ndis-ndismderegisterioportrange',
  sources: ['ndis/nf-ndis-ndismderegisterioportrange'],
  bad: `VOID MiniportHaltEx(NDIS_HANDLE Context, NDIS_HALT_ACTION Action) {
    NdisMDeregisterIoPortRange(adapter->Handle, adapter->Port, 0x40, adapter->Ports);`,
  good: `VOID MiniportHaltEx(NDIS_HANDLE Context, NDIS_HALT_ACTION Action) {
    if (adapter->Ports != NULL)
        NdisMDeregisterIoPortRange(adapter->Handle, adapter->Port, 0x40, adapter->Ports);`,
  on: {
    unmap(event, report, _state, { world }) {
      if (unmapFault(event, world) !== ID) return;
      const given = `${hex(event.length ?? 0)} ports at ${hex(event.base)}`;
      report(event, { given, lapse: lapseOf(event) }, { mapping: event.mapping });
    },
  },
});

function lapseOf({ callback, mapping, releasedAt }: EventOf<'unmap'>): string {
  if (!isInitialize(callback) && !isHalt(callback)) return `in ${routineName(callback)}`;
  if (mapping === null) return 'although nothing is registered there';
  return `again, after ${placeName(releasedAt)} had released them`;
}
