/** NDIS-ACC-ISR-ORDER: a range is released while something may still use it. */
import type { Circumstances, EventOf } from '../../events/event.ts';
import { hexVa } from '../../units/address.ts';
import { type Report, rule } from '../rule.ts';
import { mappingFacts, placeName } from '../words.ts';
import type { World } from '../world.ts';
import { accessFault, clearedMapping } from './access-fault.ts';
import { unmapFault } from './call-fault.ts';
import { routineName } from './words.ts';
import { isHalt, isInitialize, type ReleasedRange } from './world.ts';

const ID = 'NDIS-ACC-ISR-ORDER';
const MESSAGE = '{mapping} {deed}.';

export const ndisAccIsrOrder = rule({
  id: ID,
  severity: 'error',
  framework: 'ndis',
  summary:
    'The interrupt is deregistered, and timers and work items are waited for, before their registers are unmapped.',
  message: MESSAGE,
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
  initialState: (): State => ({ told: new Set(), early: new Map() }),
  on: {
    unmap(event, _report, state, { world }) {
      const { mapping, at } = event;
      if (mapping === null || unmapFault(event, world) !== ID) return;
      state.told.add(mapping.id);
      const known = state.early.get(event.device ?? '');
      // All that one routine releases too early is one fault: the oldest range stands for it.
      if (known === undefined || mapping.id < known.facts.id)
        state.early.set(event.device ?? '', { facts: mapping, at });
    },
    interrupt(event, report, state) {
      if (event.what === 'disconnect') tellEarly(event, event.subject, report, state);
    },
    bugcheck(event, report, state) {
      for (const device of [...state.early.keys()]) tellEarly(event, device, report, state);
    },
    'callback-leave'(event, report, state) {
      if (isInitialize(event.routine) || isHalt(event.routine))
        tellEarly(event, event.subject, report, state);
    },
    'page-fault'(event, report, state, { world }) {
      const mapping = event.mapping ?? clearedMapping(event, world);
      if (mapping === null || accessFault(event, world) !== ID) return;
      tellEarly(event, event.device, report, state);
      if (state.told.has(mapping.id)) return;
      const facts = { ...mappingFacts(mapping), deed: useInWords(event, world) };
      report(event, facts, { mapping });
    },
  },
});

interface State {
  readonly told: Set<number>;
  /** By device: released while its interrupt was connected, in the routine now running. */
  readonly early: Map<string, ReleasedRange>;
}

function tellEarly(
  event: Circumstances,
  device: string | null,
  report: Report<typeof MESSAGE>,
  { early }: State,
): void {
  const range = early.get(device ?? '');
  if (range === undefined) return;
  early.delete(device ?? '');
  const { facts: mapping, at } = range;
  const deed = 'was released while the interrupt of the adapter was still registered';
  report(event, { ...mappingFacts(mapping), deed }, { mapping, at });
}

function useInWords(
  { callback, address, mapping, releasedAt }: EventOf<'page-fault'>,
  world: World,
) {
  const release = placeName(releasedAt ?? world.lastRelease);
  const how = mapping === null ? ', through the base that was cleared then' : '';
  return `was used by ${routineName(callback)} at ${hexVa(address)} after ${release} had released it${how}`;
}
