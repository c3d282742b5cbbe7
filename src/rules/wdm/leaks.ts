/** What the rules about WDM leaks have in common. */
import type { EventOf } from '../../events/event.ts';
import { dueMappings } from '../leftovers.ts';
import { mappingFacts } from '../words.ts';
import { type Device, deviceOf, type KnownMapping, type World } from '../world.ts';

export interface Leftovers {
  readonly device: Device;
  readonly left: readonly KnownMapping[];
}

/** What is still mapped for the device of the step that ends, or nothing when another step ends. */
export function leftoversAt(
  event: EventOf<'phase-end'>,
  world: World,
  step: string,
): Leftovers | null {
  const device = event.name === step ? deviceOf(world, event.subject) : undefined;
  return device === undefined ? null : { device, left: dueMappings(world, device, step) };
}

/** Some STOP released what REMOVE leaves, and a SURPRISE_REMOVAL left it as well. */
export const reliesOnStop = ({ releasesAt, leavesAt }: World): boolean =>
  releasesAt.has('stop') && leavesAt.has('surprise-removal');

export const leakFacts = ({ facts }: KnownMapping, device: Device) => ({
  ...mappingFacts(facts),
  device: device.name,
});
