/** NDIS-UNMAP-REVERSE: ranges are released in the order in which they were made. */
import { rule } from '../rule.ts';
import { mappingFacts, naming } from '../words.ts';
import { adapterOf } from './observe.ts';
import { isHalt, type ReleasedRange } from './world.ts';

export const ndisUnmapReverse = rule({
  id: 'NDIS-UNMAP-REVERSE',
  severity: 'warning',
  framework: 'ndis',
  summary: 'MiniportHaltEx releases in the reverse order of acquisition.',
  message: '{mapping} was released before {later}, which was made after it.',
  why: 'What came later may use what came before: a buffer that is described by registers, ports that switch a memory window. Released in reverse, nothing is used after it is gone.',
  fix: 'Write the release as the mirror image of MiniportInitializeEx, last step first.',
  limits:
    'Compares the mappings and port ranges that one MiniportHaltEx releases. The interrupt has a rule of its own (NDIS-ACC-ISR-ORDER); memory, pools and locks are not compared.',
  doc: 'ndis/nc-ndis-miniport_halt',
  sources: ['ndis/nc-ndis-miniport_halt', 'network/halting-a-miniport-adapter'],
  bad: `NdisMMapIoSpace(&adapter->Regs, ...);
NdisMMapIoSpace(&adapter->Flash, ...);
...
NdisMUnmapIoSpace(adapter->Handle, adapter->Regs, adapter->RegsLength);
NdisMUnmapIoSpace(adapter->Handle, adapter->Flash, adapter->FlashLength);`,
  good: `NdisMUnmapIoSpace(adapter->Handle, adapter->Flash, adapter->FlashLength);
NdisMUnmapIoSpace(adapter->Handle, adapter->Regs, adapter->RegsLength);`,
  on: {
    'callback-leave'(event, report, _state, { world }) {
      const adapter = adapterOf(world, event.subject);
      if (adapter === undefined || !isHalt(event.routine)) return;
      const { astray, leaked } = world.ndis;
      const timely = adapter.released.filter(
        ({ facts }) => !astray.has(facts.id) && !leaked.has(facts.id),
      );
      const pair = firstInversion(timely);
      if (pair === null) return;
      const { facts: mapping, at } = pair.early;
      const facts = { ...mappingFacts(mapping), later: naming(pair.late) };
      report(event, facts, { mapping, at });
    },
  },
});

/** A range that was released before one made later. */
function firstInversion(released: readonly ReleasedRange[]) {
  let newest: ReleasedRange | undefined;
  let found: { early: ReleasedRange; late: ReleasedRange['facts'] } | null = null;
  for (const range of released.toReversed()) {
    if (newest === undefined || range.facts.id > newest.facts.id) newest = range;
    else found = { early: range, late: newest.facts };
  }
  return found;
}
