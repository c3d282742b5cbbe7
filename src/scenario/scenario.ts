/** How drivers of one framework are lived through, and what of Windows their machine has beside the kernel. */
import type { PeImport } from '../image/pe-imports.ts';
import type { Blocking } from '../kernel/effects.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { FrameworkTables } from '../machine/bare-machine.ts';
import type { DriverImage } from '../machine/driver-image.ts';
import { type WdmLife, wdmLifeCycle } from './wdm-life-cycle.ts';

export interface ScenarioRun extends WdmLife {
  /** The image again, for a driver's second life. */
  loadAgain(): DriverImage;
}

export interface Scenario {
  readonly frameworks: FrameworkTables;
  /** Before anything of the driver runs. */
  prepare?(kernel: Kernel, imports: readonly PeImport[]): void;
  lifeCycle(run: ScenarioRun): Blocking<void>;
  /** The version of the framework that the driver registered with. */
  versionOf?(kernel: Kernel): string | null;
  /** What still happens in a bug check, if anything. */
  lastCalls?(kernel: Kernel): (() => Blocking<void>) | undefined;
}

export const WDM: Scenario = { frameworks: { services: [] }, lifeCycle: wdmLifeCycle };
