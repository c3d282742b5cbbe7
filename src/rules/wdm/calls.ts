/** Map calls, whether they succeeded or not, for rules about arguments. */
import type { EventOf, MapCall } from '../../events/event.ts';
import { hex } from '../../units/address.ts';
import type { About } from '../rule.ts';

export type MapEvent = EventOf<'map'> | EventOf<'map-failed'>;

export const callFacts = ({ service, physical, length }: MapCall) => ({
  service,
  physical: hex(physical),
  length: hex(length),
});

/** Handlers of a rule that looks at each call and answers facts when it is broken. */
export function onEveryMap<Facts>(broken: (event: MapEvent) => Facts | null) {
  const check = (
    event: MapEvent,
    report: (event: MapEvent, facts: Facts, about?: About) => void,
  ): void => {
    const facts = broken(event);
    if (facts === null) return;
    report(event, facts, event.kind === 'map' ? { mapping: event.mapping } : {});
  };
  return { map: check, 'map-failed': check };
}
