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
    const { irql, callback, device, process, stack } = this.#parts;
    this.#sequence += 1;
    let at: Stack | undefined;
    const event = {
      sequence: this.#sequence,
      irql: irql(),
      phase: this.phase,
      callback: callback(),
      device: device(),
      process: process(),
      get at(): Stack {
        at ??= stack();
        return at;
      },
      ...body,
    };
    this.#listener(event as Event);
  };
}
