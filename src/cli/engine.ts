/** The engine behind a run, loaded only when a run is asked for, and of it only what the driver needs. */
import type { Judge } from '../rules/judge.ts';
import type { Profile } from '../rules/profiles.ts';
import type { RunDriver } from '../scenario/options.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { HostError } from '../units/errors.ts';

export interface Engine {
  readonly runDriver: RunDriver;
  judgeBy(profile: Profile): Judge;
}

export async function loadEngine(image: Uint8Array): Promise<Engine> {
  const [{ runWith }, scenario, { Judge }, { RULES }] = await Promise.all([
    import('../scenario/run-with.ts'),
    scenarioFor(image),
    import('../rules/judge.ts'),
    import('../rules/registry.ts'),
  ]);
  return {
    runDriver: (options) => runWith(scenario, options),
    judgeBy: (profile) => new Judge(RULES, profile),
  };
}

async function scenarioFor(image: Uint8Array): Promise<Scenario> {
  const [{ parsePe }, { frameworkOf, usesNdis }, { WDM }] = await Promise.all([
    import('../image/pe.ts'),
    import('../scenario/framework.ts'),
    import('../scenario/scenario.ts'),
  ]);
  try {
    const { imports } = parsePe(image);
    if (!usesNdis(imports)) return WDM;
    const { ndisScenario } = await import('../scenario/ndis-scenario.ts');
    return ndisScenario(frameworkOf(imports));
  } catch (thrown) {
    // The run says what is wrong with the image.
    if (thrown instanceof HostError) return WDM;
    throw thrown;
  }
}
