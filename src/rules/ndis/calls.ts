/** Map calls, whether they succeeded or not, for rules about how a call is made. */
import type { About, Context } from '../rule.ts';
import type { MapEvent } from './call-fault.ts';

/** A call that works now and fails then is one place. */
export const aboutCall = (event: MapEvent): About =>
  event.kind === 'map' ? { mapping: event.mapping } : { bornAt: event.at };

/** Handlers of a rule that looks at each call and answers facts when it is broken. */
export function onEveryMap<Facts>(broken: (event: MapEvent, context: Context) => Facts | null) {
  const check = (
    event: MapEvent,
    report: (event: MapEvent, facts: Facts, about?: About) => void,
    _state: unknown,
    context: Context,
  ): void => {
    const facts = broken(event, context);
    if (facts !== null) report(event, facts, aboutCall(event));
  };
  return { map: check, 'map-failed': check };
}
