/** The scenarios of drivers that import ndis.sys: miniports, and others that only use it. */
import { adapters } from '../frameworks/ndis/adapter.ts';
import { NDIS } from '../frameworks/ndis/constants.ts';
import { NDIS_EXPORTS } from '../frameworks/ndis/documented.ts';
import { suitNdis } from '../frameworks/ndis/host-version.ts';
import { isShutDownByCrash } from '../frameworks/ndis/life-cycle.ts';
import { miniportDrivers, versionText } from '../frameworks/ndis/miniport-driver.ts';
import { models } from '../frameworks/ndis/models.ts';
import { ndisServices } from '../frameworks/ndis/services.ts';
import type { Blocking } from '../kernel/effects.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { DriverFramework } from './framework.ts';
import { ndisLifeCycle } from './ndis-life-cycle.ts';
import { type Scenario, WDM } from './scenario.ts';

const frameworks = { services: ndisServices, documented: new Map([[NDIS, NDIS_EXPORTS]]) };

const MINIPORT: Scenario = {
  frameworks,
  prepare: suitNdis,
  lifeCycle: ndisLifeCycle,
  versionOf(kernel) {
    const [driver] = miniportDrivers(kernel).all;
    return driver === undefined ? null : versionText(driver.version);
  },
  lastCalls,
};

/** Miniports that asked for it hear of a bug check. */
function lastCalls(kernel: Kernel): (() => Blocking<void>) | undefined {
  const listening = adapters(kernel).all.filter(isShutDownByCrash);
  if (listening.length === 0) return undefined;
  return function* () {
    for (const adapter of listening) {
      yield* models(adapter).shutdown(kernel, adapter, 'NdisShutdownBugCheck');
    }
  };
}

export const ndisScenario = (framework: DriverFramework): Scenario =>
  framework === 'ndis' ? MINIPORT : { ...WDM, frameworks };
