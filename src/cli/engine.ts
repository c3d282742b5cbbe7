/** The engine behind a run, loaded only when a run is asked for, so that help and lists stay quick. */
import type { Judge } from '../rules/judge.ts';
import type { Profile } from '../rules/profiles.ts';
import type { RunDriver } from '../scenario/options.ts';

export interface Engine {
  readonly runDriver: RunDriver;
  judgeBy(profile: Profile): Judge;
}

export async function loadEngine(): Promise<Engine> {
  const [{ runDriver }, { Judge }, { RULES }] = await Promise.all([
    import('../scenario/run.ts'),
    import('../rules/judge.ts'),
    import('../rules/registry.ts'),
  ]);
  return { runDriver, judgeBy: (profile) => new Judge(RULES, profile) };
}
