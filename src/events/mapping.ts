/** The facts of one mapping as events, rules and reports see it. */
import type { Pa, Va } from '../units/address.ts';
import type { Stack } from './frame.ts';

export type Framework = 'wdm' | 'ndis' | 'videoport' | 'dxgk' | 'umdf' | 'kmdf' | 'storport';

/** MEMORY_CACHING_TYPE by name (wdm.h); `Reserved` stands for enumerators that drivers may not use. */
export type CacheType = 'MmNonCached' | 'MmCached' | 'MmWriteCombined' | 'Reserved';

/** What answers accesses: a device, guest RAM, device memory that acts as RAM, or nothing at all. */
export type Backing = 'device' | 'ram' | 'ram-window' | 'nothing';

/** Where the virtual range lies; `port` mappings have no virtual range but a port range. */
export type Space = 'system' | 'user' | 'port';

/** How a mapping came to be: an I/O-space service, an MDL, or a view of a section. */
export type Origin = 'io-space' | 'mdl' | 'section' | 'port';

export interface MappingFacts {
  /** Counts from 1 in order of birth within a run. */
  readonly id: number;
  readonly framework: Framework;
  /** The service that made it, by its Windows name. */
  readonly service: string;
  readonly origin: Origin;
  /** First byte asked for; for an MDL of scattered pages, the first page's. */
  readonly physical: Pa;
  readonly length: number;
  /** What the service returned: page base plus the byte offset of `physical`. */
  readonly virtual: Va;
  readonly pages: number;
  readonly space: Space;
  readonly cacheType: CacheType;
  readonly writable: boolean;
  readonly executable: boolean;
  readonly backing: Backing;
  /** RAM mapped while no MDL locked it and no contiguous allocation owned it. */
  readonly unlocked: boolean;
  /** Device whose start (or other callback) made it, or null outside any device's callback. */
  readonly owner: string | null;
  readonly bornIn: string;
  readonly bornAt: Stack;
}
