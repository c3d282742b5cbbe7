/** What the NDIS rules know of the run so far: adapters, which routines run for them, what they map and leave. */
import type { AssignedResource, EventOf } from '../../events/event.ts';
import type { Stack } from '../../events/frame.ts';
import type { MappingFacts } from '../../events/mapping.ts';
import type { KnownMapping } from '../world.ts';

export const isInitialize = (routine: string | null): boolean =>
  routine === 'MiniportInitializeEx' || routine === 'MiniportInitialize';

export const isHalt = (routine: string | null): boolean =>
  routine === 'MiniportHaltEx' || routine === 'MiniportHalt';

export const isShutdown = (routine: string | null): boolean =>
  routine === 'MiniportShutdownEx' || routine === 'MiniportShutdown';

export interface FailedCall {
  readonly event: EventOf<'map-failed'>;
  /** Nothing was wrong with the call itself: it failed for want of something, or by choice of the run. */
  readonly wasRight: boolean;
}

export interface ReleasedRange {
  readonly facts: MappingFacts;
  readonly at: Stack;
}

/** A device in the hands of a miniport, as far as events told of it. */
export interface Adapter {
  readonly name: string;
  resources: readonly AssignedResource[];
  /** Live mappings and port ranges made through NDIS, by identity, oldest first. */
  readonly ranges: Map<number, KnownMapping>;
  /** MiniportHaltEx has been entered and has not come back. */
  halting: boolean;
  /** NDIS_HALT_ACTION or the like of the routine called last, by name. */
  reason: string | null;
  /** Interrupts connected for it now. */
  interrupts: number;
  isGone: boolean;
  /** It has mapped device memory with success, ever. */
  hasMapped: boolean;
  /** Of the initialization that runs or ran last. */
  failed: FailedCall[];
  hasLogged: boolean;
  /** In the routine now running: ranges released, and unmaps that released none of its own. */
  released: ReleasedRange[];
  strays: number;
}

export interface NdisWorld {
  /** The driver under test is a miniport. */
  active: boolean;
  readonly adapters: Map<string, Adapter>;
  /** Mappings made outside initialization. */
  readonly astray: Set<number>;
  /** Mappings that outlived the routine that had to end them. */
  readonly leaked: Set<number>;
  /** Places of birth of what some ordinary halt left behind. */
  readonly leakedPlaces: Set<string>;
  /** Port ranges given back, newest last; only the newest few are kept. */
  readonly endedPorts: MappingFacts[];
  lastEnded: MappingFacts | null;
  /** The service that works on guest memory or ports at this moment. */
  service: string | null;
}

export const newNdisWorld = (): NdisWorld => ({
  active: false,
  adapters: new Map(),
  astray: new Set(),
  leaked: new Set(),
  leakedPlaces: new Set(),
  endedPorts: [],
  lastEnded: null,
  service: null,
});

export const isNdis = ({ framework }: { readonly framework: string }): boolean =>
  framework === 'ndis';

/** Where a mapping was made, as a key. */
export function birthPlace({ bornAt, service }: MappingFacts): string {
  const frame = bornAt[0];
  return frame === undefined ? service : `${frame.module}+${frame.offset}`;
}
