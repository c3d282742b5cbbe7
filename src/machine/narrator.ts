/** Turns what happens into events: adds when, where and for whom to each. */
import type { Event, EventBody } from '../events/event.ts';
import type { Stack } from '../events/frame.ts';
import type { Irql } from '../units/irql.ts';

export interface NarratorParts {
  readonly irql: () => Irql;
  readonly callback: () => string | null;
  readonly device: () => string | null;
  readonly process: () => number;
  readonly stack: () => Stack;
}

export class Narrator {
  readonly #parts: NarratorParts;
  readonly #listener: (event: Event) => void;
  #sequence = 0;
  phase = 'load';

  constructor(parts: NarratorParts, listener: (event: Event) => void) {
    this.#parts = parts;
    this.#listener = listener;
  }

  /** The stack is walked when a listener first reads `at`, which it may do only while it handles the event. */
  readonly emit = (body: EventBody): void => {
    const { irql, callback, device, process } = this.#parts;
    this.#sequence += 1;
    const event = Object.assign(
      {
        sequence: this.#sequence,
        irql: irql(),
        phase: this.phase,
        callback: callback(),
        device: device(),
        process: process(),
      },
      body,
    );
    if (!('at' in event)) Object.defineProperty(event, 'at', this.#walk);
    this.#listener(event as Event);
  };

  /** One getter for all events: one of its own for each costs more than the rest of the event. */
  readonly #walk: PropertyDescriptor = {
    get: this.#walkFor(),
    enumerable: true,
    configurable: true,
  };

  #walkFor() {
    const stack = (): Stack => this.#parts.stack();
    return function at(this: object): Stack {
      const value = stack();
      Object.defineProperty(this, 'at', { value, enumerable: true });
      return value;
    };
  }
}
