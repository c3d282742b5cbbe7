/** What a command needs of the world outside, so that tests can stand in for a terminal. */
import picocolors from 'picocolors';
import type { Paint } from '../report/paint.ts';

export interface Io {
  out(text: string): void;
  err(text: string): void;
  /** Colours of what goes to `out`. */
  readonly paint: Paint;
  /** Whether someone watches `err`, so that progress is worth showing. */
  readonly isWatched: boolean;
}

export const paintFor = (isTerminal: boolean, env: Readonly<Record<string, string | undefined>>) =>
  picocolors.createColors(isTerminal && !env.NO_COLOR && env.TERM !== 'dumb') satisfies Paint;
