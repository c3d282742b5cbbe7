/** What rules know of the run so far: devices and their states, live mappings, failed calls. Made of events alone. */
import type { AssignedResource, MapCall } from '../events/event.ts';
import type { Stack } from '../events/frame.ts';
import type { MappingFacts } from '../events/mapping.ts';
import { type NdisWorld, newNdisWorld } from './ndis/world.ts';

export interface KnownMapping {
  readonly facts: MappingFacts;
  readonly call: MapCall;
  /** PnP device that the mapping belongs to, or null for one of the driver as a whole. */
  readonly device: string | null;
  /** Process that was current at the map. */
  readonly process: number;
  /** How many STARTs its device had had. */
  readonly start: number;
}

export interface FailedMap {
  readonly call: MapCall;
  readonly device: string | null;
  readonly at: Stack;
}

export type DeviceState =
  | 'added'
  | 'starting'
  | 'started'
  | 'start-failed'
  | 'stopped'
  | 'surprise-removed'
  | 'removed';

/** A PnP device, as far as events told of it. */
export interface Device {
  readonly name: string;
  state: DeviceState;
  /** Life-cycle phase now running for it. */
  phase: string | null;
  resources: readonly AssignedResource[];
  /** Whether the drivers below have answered the present START. */
  lower: 'waiting' | 'started' | 'failed';
  starts: number;
  /** Calls of map services, ever and failed in the present START. */
  mapCalls: number;
  failedMaps: number;
  /** In the phase now running: mappings of the device that ended, and unmaps that ended none of them. */
  released: number;
  strays: number;
  /** In the phase now running: IRP_MN_REMOVE_DEVICE went down, the device object was deleted. */
  passedDown: boolean;
  deleted: boolean;
  /** The driver decoded large descriptors for it, ever. */
  decoded: boolean;
}

export interface World {
  readonly devices: Map<string, Device>;
  readonly live: Map<number, KnownMapping>;
  /** Newest last; only the newest few are kept. */
  readonly failed: FailedMap[];
  lastEnded: KnownMapping | null;
  /** Stack of the unmap that ended it. */
  lastRelease: Stack | null;
  /** Mappings whose leak is the consequence of a fault already reported. */
  readonly excused: Set<number>;
  /** Unmaps outside any device's routines that ended nothing. */
  strays: number;
  /** Input of the user's request now in the driver, in hex. */
  userInput: string | null;
  /** What the driver did at these steps, for whichever device: released something, left something. */
  readonly releasesAt: Set<string>;
  readonly leavesAt: Set<string>;
  /** MDLs whose pages the driver holds locked. */
  readonly lockedMdls: Set<bigint>;
  connectedInterrupts: number;
  deviceObjects: { created: number; deleted: number };
  /** Of a miniport; its devices are adapters there and stay out of `devices`. */
  readonly ndis: NdisWorld;
}

export const newWorld = (): World => ({
  devices: new Map(),
  live: new Map(),
  failed: [],
  lastEnded: null,
  lastRelease: null,
  excused: new Set(),
  strays: 0,
  userInput: null,
  releasesAt: new Set(),
  leavesAt: new Set(),
  lockedMdls: new Set(),
  connectedInterrupts: 0,
  deviceObjects: { created: 0, deleted: 0 },
  ndis: newNdisWorld(),
});

/** IRP_MN_START_DEVICE is being handled, the first or a later one. */
export const isStart = (phase: string): boolean => phase === 'start' || phase === 'restart';

/** Phases in which a driver gives device memory back. */
export const isRelease = (phase: string): phase is 'stop' | 'surprise-removal' | 'remove' =>
  phase === 'stop' || phase === 'surprise-removal' || phase === 'remove';

export const deviceOf = (world: World, name: string | null): Device | undefined =>
  name === null ? undefined : world.devices.get(name);

/** What is known of a mapping that lives or has only just ended. */
export function knownMapping(world: World, facts: MappingFacts | null): KnownMapping | undefined {
  if (facts === null) return undefined;
  const { live, lastEnded } = world;
  return live.get(facts.id) ?? (lastEnded?.facts.id === facts.id ? lastEnded : undefined);
}
