/** What an initialization that failed, or a halt, leaves behind. */
import type { EventOf } from '../../events/event.ts';
import type { KnownMapping, World } from '../world.ts';
import { adapterOf, endsOwnership, HALT_AFTER_INITIALIZE } from './observe.ts';
import { rangesOf } from './ranges.ts';
import { birthPlace, isHalt } from './world.ts';

type LeakRule = 'NDIS-MAP-FAIL-UNWIND' | 'NDIS-UNMAP-HALT' | 'NDIS-HALT-AFTER-INIT-OK';

/** The ranges that this rule reports when the routine has come back. */
export function leaksOf(
  event: EventOf<'callback-leave'>,
  world: World,
  rule: LeakRule,
): readonly KnownMapping[] {
  const adapter = adapterOf(world, event.subject);
  if (adapter === undefined || !endsOwnership(event)) return [];
  const left = rangesOf(world, adapter);
  if (!isHalt(event.routine)) return rule === 'NDIS-MAP-FAIL-UNWIND' ? left : [];
  if (rule === 'NDIS-MAP-FAIL-UNWIND') return [];
  const isAfterInitialize = adapter.reason === HALT_AFTER_INITIALIZE;
  return left.filter(({ facts }) => {
    const always = world.ndis.leakedPlaces.has(birthPlace(facts));
    return (rule === 'NDIS-UNMAP-HALT') === (always || !isAfterInitialize);
  });
}
