/** Runs a driver of any framework; whoever wants only what the driver needs loaded asks for its scenario first. */
import { parsePe } from '../image/pe.ts';
import { frameworkOf, usesNdis } from './framework.ts';
import { ndisScenario } from './ndis-scenario.ts';
import type { RunDriver } from './options.ts';
import { runWith } from './run-with.ts';
import { WDM } from './scenario.ts';

export const runDriver: RunDriver = (options) => {
  const { imports } = parsePe(options.image);
  return runWith(usesNdis(imports) ? ndisScenario(frameworkOf(imports)) : WDM, options);
};
