/** What became of the frames that network drivers were given, added up for each device. */
import type { Event, EventOf } from '../events/event.ts';
import type { Traffic } from '../events/run.ts';

const NOTHING = {
  given: 0,
  sent: 0,
  seen: null,
  received: 0,
  indicated: 0,
  counters: null,
} as const;

export class TrafficSums {
  readonly #sums = new Map<string, Traffic>();

  get list(): readonly Traffic[] {
    return [...this.#sums.values()];
  }

  see(event: Event): void {
    if (event.kind === 'traffic') this.#add(event);
    if (event.kind === 'traffic-counters') this.#compare(event);
  }

  #of(subject: string): Traffic {
    return this.#sums.get(subject) ?? { subject, ...NOTHING };
  }

  #add(event: EventOf<'traffic'>): void {
    const { subject } = event;
    const sum = this.#of(subject);
    this.#sums.set(subject, {
      ...sum,
      given: sum.given + event.given,
      sent: sum.sent + event.sent,
      seen: event.seen === null ? sum.seen : (sum.seen ?? 0) + event.seen,
      received: sum.received + event.received,
      indicated: sum.indicated + event.indicated,
    });
  }

  /** One disagreement is remembered, whatever comes later. */
  #compare({ subject, agree }: EventOf<'traffic-counters'>): void {
    const sum = this.#of(subject);
    const counters = agree && sum.counters !== 'disagree' ? 'agree' : 'disagree';
    this.#sums.set(subject, { ...sum, counters });
  }
}
