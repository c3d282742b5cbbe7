/** Map calls, whether they succeeded or not, for rules about how a call is made. */
import type { About, Context } from '../rule.ts';
import type { MapEvent } from './call-fault.ts';

/** Handlers of a rule that looks at each call and answers facts when it is broken. */
export function onEveryMap<Facts>(broken: (event: MapEvent, context: Context) => Facts | null) {
  const check = (
    event: MapEvent,
    report: (event: MapEvent, facts: Facts, about?: About) => void,
    _state: unknown,
    context: Context,
  ): void => {
    const facts = broken(event, context);
    if (facts === null) return;
    report(event, facts, event.kind === 'map' ? { mapping: event.mapping } : {});
  };
  return { map: check, 'map-failed': check };
}
