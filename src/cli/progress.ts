/** One line on a watched terminal while a run takes long; nothing in a log. */
import type { Event } from '../events/event.ts';
import { printable } from '../report/paint.ts';
import type { Io } from './io.ts';

const QUIET_MS = 400;
const CLEAR_LINE = '\r\u001b[K';

export interface Progress {
  see(event: Event): void;
  end(): void;
}

export function createProgress(io: Io): Progress {
  const start = performance.now();
  let isShown = false;
  return {
    see(event) {
      if (!io.isWatched || event.kind !== 'phase-begin') return;
      if (performance.now() - start < QUIET_MS) return;
      const subject = event.subject === null ? '' : ` ${event.subject}`;
      io.err(`${CLEAR_LINE}running: ${printable(`${event.name}${subject}`)}`);
      isShown = true;
    },
    end() {
      if (isShown) io.err(CLEAR_LINE);
    },
  };
}
