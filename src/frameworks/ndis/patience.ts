/** Waiting for a miniport, as long as NDIS would for ever: in virtual time, and the run ends when it never comes. */
import { type Blocking, wait } from '../../kernel/effects.ts';
import { outOfBudget } from '../../kernel/end.ts';
import { TICKS_PER_MS } from '../../units/ticks.ts';

const PATIENCE_MS = 60_000;

/** Comes back when it is done; `never` says what did not come. */
export function* until(isDone: () => boolean, never: string): Blocking<void> {
  for (let waited = 0; !isDone(); waited++) {
    if (waited >= PATIENCE_MS) outOfBudget(never);
    yield* wait([], -TICKS_PER_MS);
  }
}
