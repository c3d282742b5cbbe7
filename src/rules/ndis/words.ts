/** Facts in words that several NDIS rules share. */
import type { MapCall } from '../../events/event.ts';
import type { Stack } from '../../events/frame.ts';
import type { MappingFacts } from '../../events/mapping.ts';
import { hex } from '../../units/address.ts';
import { mappingFacts } from '../words.ts';
import type { KnownMapping } from '../world.ts';

/** What the driver asked for, by the address that it gave. */
export function callFacts({ service, physical, bus, length, origin }: MapCall) {
  const start = hex(bus ?? physical);
  const unit = origin === 'port' ? 'ports' : 'bytes';
  const call = `${service} of ${start}, ${hex(length)} ${unit}`;
  return { service, physical: start, length: hex(length), call };
}

export const rangeFacts = ({ facts, device }: KnownMapping) => ({
  ...mappingFacts(facts),
  device: device ?? 'the driver',
  state: facts.origin === 'port' ? 'registered' : 'mapped',
});

export const routineName = (callback: string | null): string => callback ?? 'the driver';

/** Judged when a routine has come back: no code of the driver runs. */
export const NOWHERE: Stack = [];

export const aboutMapping = (facts: MappingFacts) => ({ mapping: facts, at: NOWHERE });
