/** Delays of devices on the virtual clock: what is due is called in order of time, then of asking. */
import { type Ticks100ns, ticks } from '../units/ticks.ts';

export interface DeviceTimer {
  cancel(): void;
}

/** What a device sees of time. */
export interface DeviceClock {
  now(): Ticks100ns;
  after(delay: Ticks100ns, callback: () => void): DeviceTimer;
}

interface Entry {
  readonly due: bigint;
  readonly callback: () => void;
  cancelled: boolean;
}

/** A `DeviceClock` that a machine (or a test) drives: `runUntil` the present, `nextDue` to know how far it may sleep. */
export class TimerQueue implements DeviceClock {
  #now = 0n;
  #entries: Entry[] = [];

  now(): Ticks100ns {
    return ticks(this.#now);
  }

  after(delay: Ticks100ns, callback: () => void): DeviceTimer {
    const entry: Entry = {
      due: this.#now + (delay < 0n ? 0n : delay),
      callback,
      cancelled: false,
    };
    const later = this.#entries.findIndex((other) => other.due > entry.due);
    this.#entries.splice(later === -1 ? this.#entries.length : later, 0, entry);
    return {
      cancel: () => {
        entry.cancelled = true;
        this.#entries = this.#entries.filter((other) => other !== entry);
      },
    };
  }

  nextDue(): Ticks100ns | undefined {
    const first = this.#entries[0];
    return first === undefined ? undefined : ticks(first.due);
  }

  /** Moves the present forward and calls what falls due on the way; time never goes back. */
  runUntil(present: Ticks100ns): void {
    for (let first = this.#entries[0]; first !== undefined; first = this.#entries[0]) {
      if (first.due > present) break;
      this.#entries.shift();
      if (first.due > this.#now) this.#now = first.due;
      if (!first.cancelled) first.callback();
    }
    if (present > this.#now) this.#now = present;
  }
}
