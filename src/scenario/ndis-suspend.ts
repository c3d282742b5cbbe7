/** Selective suspend in a miniport's life: nobody uses the adapter for a while, then somebody needs it. */
import { canSuspend, resume, suspend } from '../frameworks/ndis/selective-suspend.ts';
import { type Blocking, wait } from '../kernel/effects.ts';
import { TICKS_PER_MS } from '../units/ticks.ts';
import { adapterOf, type Card, phase } from './ndis-steps.ts';

/** *SSIdleTimeout is 5 seconds where nobody says otherwise; then a second's sleep. */
const IDLE_MS = 5000n;
const ASLEEP_MS = 1000n;
/** NDIS asks again each time the adapter was busy; here not for ever. */
const ATTEMPTS = 3;

export function* suspendWhenIdle(card: Card): Blocking<void> {
  const adapter = adapterOf(card);
  const { kernel } = card.life.machine;
  if (adapter?.state !== 'running' || !canSuspend(kernel, adapter)) return;
  yield* phase(card.life, 'power', card.node.subject, function* () {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      yield* wait([], -IDLE_MS * TICKS_PER_MS);
      if (!(yield* suspend(kernel, adapter))) continue;
      yield* wait([], -ASLEEP_MS * TICKS_PER_MS);
      yield* resume(kernel, adapter);
      return;
    }
  });
}
