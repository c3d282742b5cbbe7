/** Waiting for what a miniport does in its own time. */
import { type Blocking, wait } from '../kernel/effects.ts';
import { TICKS_PER_MS } from '../units/ticks.ts';

/** True when it was so within the time. */
export function* within(ms: number, isSo: () => boolean): Blocking<boolean> {
  for (let waited = 0; waited < ms && !isSo(); waited++) yield* wait([], -TICKS_PER_MS);
  return isSo();
}
