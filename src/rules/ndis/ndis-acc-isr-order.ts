/** NDIS-ACC-ISR-ORDER: a range is released while something may still use it. */
import type { EventOf } from '../../events/event.ts';
import { hexVa } from '../../units/address.ts';
import { rule } from '../rule.ts';
import { mappingFacts, placeName } from '../words.ts';
import type { World } from '../world.ts';
import { accessFault, clearedMapping } from './access-fault.ts';
import { unmapFault } from './call-fault.ts';
import { routineName } from './words.ts';
import { isHalt, isInitialize } from './world.ts';

const ID = 'NDIS-ACC-ISR-ORDER';

export const ndisAccIsrOrder = rule({
  id: ID,
  severity: 'error',
  framework: 'ndis',
  summary:
    'The interrupt is deregistered, and timers and work items are waited for, before their registers are unmapped.',
  message: '{mapping} {deed}.',
  why: 'The interrupt routine runs until NdisMDeregisterInterruptEx has returned, on a shared line also for other devices; that call waits for DPCs as well. Between the unmap and it every interrupt is an access to nothing: 0xD1.',
  fix: 'Deregister the interrupt as early as possible in MiniportHaltEx, cancel timers and wait for those that have fired, then unmap.',
  limits:
    'The order is judged when the range is released while an interrupt of the adapter is connected, whether or not an interrupt comes. A timer or work item is noticed when it touches the range.',
  doc: 'ndis/nc-ndis-miniport_halt',
  sources: ['ndis/nc-ndis-miniport_halt', 'ndis/nf-ndis-ndismderegisterinterruptex'],
  bad: `NdisMUnmapIoSpace(adapter->Handle, adapter->Regs, adapter->Length);
NdisMDeregisterInterruptEx(adapter->Interrupt);`,
  good: `NdisMDeregisterInterruptEx(adapter->Interrupt);
NdisMUnmapIoSpace(adapter->Handle, adapter->Regs, adapter->Length);`,
  initialState: () => ({ told: new Set<number>(), inThisRoutine: false }),
  on: {
    unmap(event, report, state, { world }) {
      const { mapping } = event;
      if (mapping === null || unmapFault(event, world) !== ID) return;
      state.told.add(mapping.id);
      if (state.inThisRoutine) return;
      state.inThisRoutine = true;
      const deed = 'was released while the interrupt of the adapter was still registered';
      report(event, { ...mappingFacts(mapping), deed }, { mapping });
    },
    'callback-leave'(event, _report, state) {
      if (isInitialize(event.routine) || isHalt(event.routine)) state.inThisRoutine = false;
    },
    'page-fault'(event, report, state, { world }) {
      const mapping = event.mapping ?? clearedMapping(event, world);
      if (mapping === null || accessFault(event, world) !== ID) return;
      if (state.told.has(mapping.id)) return;
      const facts = { ...mappingFacts(mapping), deed: useInWords(event, world) };
      report(event, facts, { mapping });
    },
  },
});

function useInWords(
  { callback, address, mapping, releasedAt }: EventOf<'page-fault'>,
  world: World,
) {
  const release = placeName(releasedAt ?? world.lastRelease);
  const how = mapping === null ? ', through the base that was cleared then' : '';
  return `was used by ${routineName(callback)} at ${hexVa(address)} after ${release} had released it${how}`;
}
