/** What NDIS remembers of an adapter of NDIS 5 beside what it knows of every adapter. */
import { type Kernel, part } from '../../../kernel/kernel.ts';
import type { Va } from '../../../units/address.ts';
import type { Adapter, Outstanding } from '../adapter.ts';
import { Handles } from '../handles.ts';
import type { LegacyInterrupt } from './interrupts.ts';

/** A frame of which the miniport gave only the beginning, until the rest is there. */
export interface Transfer {
  readonly head: Uint8Array;
  readonly packet: Va;
}

export interface Legacy {
  /** Without NDIS_ATTRIBUTE_DESERIALIZE the library queues packets and keeps calls apart. */
  serialized: boolean;
  /** Between MiniportInitialize and MiniportHalt, neither of them running. */
  settled: boolean;
  /** The query or setting that the miniport holds: there is one at a time. */
  request: Outstanding | null;
  readonly interrupts: Map<Va, LegacyInterrupt>;
  /** Map registers, when NdisMAllocateMapRegisters gave some. */
  mapRegisters: number;
  readonly transfers: Map<Va, Transfer>;
  /** The most packets that SendPackets takes at once; 0 when the miniport does not say. */
  maxSendPackets: number;
  /** What protocols set last, to be set again when the miniport lost it: value by OID. */
  readonly settings: Map<number, Uint8Array>;
  /** Resource lists lent by NdisMPciAssignResources. */
  readonly lists: Va[];
}

const newLegacy = (): Legacy => ({
  serialized: true,
  settled: false,
  request: null,
  interrupts: new Map(),
  mapRegisters: 0,
  transfers: new Map(),
  maxSendPackets: 0,
  settings: new Map(),
  lists: [],
});

const states = part(() => new WeakMap<Adapter, Legacy>());

export function legacyOf(kernel: Kernel, adapter: Adapter): Legacy {
  const known = states(kernel).get(adapter);
  if (known !== undefined) return known;
  const fresh = newLegacy();
  states(kernel).set(adapter, fresh);
  return fresh;
}

/** Wrapper configuration contexts: what MiniportInitialize hands on to ask about its adapter. */
export const wrapperContexts = part((kernel) => new Handles<Adapter>(kernel, 'NDwc'));
