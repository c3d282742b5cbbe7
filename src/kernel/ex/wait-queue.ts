/** Threads that wait for a lock whose own words hold no event: each waits on an event of the kernel's. */
import type { Va } from '../../units/address.ts';
import { type Blocking, wait } from '../effects.ts';
import { initialiseHeader, signalEvent } from '../ke/dispatcher.ts';
import { KEVENT, OBJECT_TYPE } from '../ke/layout.ts';
import { type Kernel, part } from '../kernel.ts';
import { allocateForKernel } from './pool.ts';

class WaitQueues {
  readonly #waiting = new Map<Va, Va[]>();
  readonly #spare: Va[] = [];

  /** Sleeps until the next `wake` of this lock; the caller then looks at the lock again. */
  *sleep(kernel: Kernel, lock: Va): Blocking<void> {
    const event = this.#spare.pop() ?? allocateForKernel(kernel, KEVENT.bytes, 'ExWq');
    initialiseHeader(kernel, event, OBJECT_TYPE.EventSynchronization, KEVENT.bytes, 0);
    const queue = this.#waiting.get(lock) ?? [];
    this.#waiting.set(lock, [...queue, event]);
    yield* wait([event], null);
    this.#spare.push(event);
  }

  wake(kernel: Kernel, lock: Va): void {
    const queue = this.#waiting.get(lock) ?? [];
    this.#waiting.delete(lock);
    for (const event of queue) signalEvent(kernel, event);
  }
}

export const waitQueues = part(() => new WaitQueues());
