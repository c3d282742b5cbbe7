/** Which mappings outlive the life-cycle step that had to end them. */
import type { AssignedResource } from '../events/event.ts';
import type { MappingFacts } from '../events/mapping.ts';
import { overlaps } from './range.ts';
import {
  type Device,
  deviceOf,
  isRelease,
  isStart,
  type KnownMapping,
  type World,
} from './world.ts';

export const isMemory = ({ kind }: AssignedResource): boolean =>
  kind === 'memory' || kind === 'memory-large';

export const isIoSpace = ({ framework, origin }: Pick<MappingFacts, 'framework' | 'origin'>) =>
  framework === 'wdm' && origin === 'io-space';

/** Still mapped although this step of this device had to release it. */
export const dueMappings = (world: World, device: Device, step: string): KnownMapping[] =>
  [...world.live.values()].filter(
    (known) =>
      known.device === device.name &&
      !world.excused.has(known.facts.id) &&
      isDue(known, device, step),
  );

/** Of a device that runs: it is another driver's when one is unloaded. */
export const isInUse = (world: World, { device }: KnownMapping): boolean => {
  const state = deviceOf(world, device)?.state;
  return state === 'started' || state === 'stopped';
};

/** START mappings and those of the device's own memory; at REMOVE also what AddDevice mapped. */
function isDue({ facts, start }: KnownMapping, device: Device, step: string): boolean {
  if (!isIoSpace(facts)) return false;
  if (isStart(step)) return isStart(facts.bornIn) && start === device.starts;
  if (isStart(facts.bornIn)) return true;
  if (facts.bornIn === 'add-device') return step === 'remove';
  return (
    facts.bornIn !== 'load' &&
    device.resources.some((resource) => isMemory(resource) && overlaps(resource, facts))
  );
}

/**
 * An unmap that missed in this step was meant for one of the mappings that are left, and has its own
 * finding: as many are excused for good. Called when the step ends, before the rules hear of it.
 */
export function excuse(world: World, step: string, subject: string | null): void {
  const device = deviceOf(world, subject);
  if (device !== undefined && (isRelease(step) || isStart(step))) {
    for (const { facts } of dueMappings(world, device, step).slice(0, device.strays))
      world.excused.add(facts.id);
  }
  if (step !== 'unload') return;
  const left = [...world.live.values()].filter(
    (known) => !world.excused.has(known.facts.id) && !isInUse(world, known),
  );
  for (const { facts } of left.slice(0, world.strays)) world.excused.add(facts.id);
}
