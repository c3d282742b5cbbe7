/** Real four-level x64 page tables in guest RAM (Intel SDM vol. 3, 4.5), 4 KiB pages only. */
import { PAGE_SIZE, type Pa, pa, pageOf, type Va, vaAdd } from '../units/address.ts';
import { assert } from '../units/errors.ts';
import type { AccessKind, FaultReason } from '../units/fault.ts';
import type { FrameAllocator } from './frames.ts';
import { RAM_OFFSET } from './host-layout.ts';
import type { PhysicalMemory } from './physical.ts';

/** Page attribute selected through PAT, PCD and PWT with Windows' PAT programming. */
export type CacheAttribute = 'write-back' | 'uncached' | 'write-combining';

export interface PageAttributes {
  readonly writable: boolean;
  readonly executable: boolean;
  readonly user: boolean;
  readonly cache: CacheAttribute;
}

export interface Translation extends PageAttributes {
  readonly physical: Pa;
}

/** Low and high halves of page-table entries; bits 52-62 are free for software. */
const PRESENT = 1;
const WRITE = 2;
const USER = 4;
const PWT = 8;
const PCD = 16;
const PAT = 0x80;
const NX_HIGH = 0x8000_0000;
/** Windows loads PAT so that entry 1 (PWT alone) is write-combining and 3 (PCD+PWT) uncached. */
const CACHE_BITS: Record<CacheAttribute, number> = {
  'write-back': 0,
  'write-combining': PWT,
  uncached: PCD | PWT,
};

export interface WalkFailure {
  readonly reason: FaultReason;
}

export class PageTables {
  readonly root: Pa;
  readonly #physical: PhysicalMemory;
  readonly #frames: FrameAllocator;
  /** Leaf tables by the virtual address bits above 21: the walk's upper levels, remembered. */
  readonly #leaf = new Map<bigint, number>();

  constructor(physical: PhysicalMemory, frames: FrameAllocator) {
    this.#physical = physical;
    this.#frames = frames;
    const root = frames.allocate();
    assert(root !== undefined, 'RAM holds at least the top page table');
    this.root = root;
  }

  /** Writes one entry. False when RAM for a table page is used up. */
  map(at: Va, physical: Pa, attributes: PageAttributes): boolean {
    const entry = this.#entryHost(at, true);
    if (entry === undefined) return false;
    const low =
      PRESENT |
      (attributes.writable ? WRITE : 0) |
      (attributes.user ? USER : 0) |
      CACHE_BITS[attributes.cache];
    const view = this.#physical.view;
    view.setUint32(entry, ((physical % 0x1_0000_0000) | low) >>> 0, true);
    const high = Math.floor(physical / 0x1_0000_0000) | (attributes.executable ? 0 : NX_HIGH);
    view.setUint32(entry + 4, high >>> 0, true);
    return true;
  }

  /** Clears one entry; true when it was present. The caller flushes the TLB. */
  unmap(at: Va): boolean {
    const entry = this.#entryHost(at, false);
    if (entry === undefined) return false;
    const view = this.#physical.view;
    const present = (view.getUint32(entry, true) & PRESENT) !== 0;
    view.setUint32(entry, 0, true);
    view.setUint32(entry + 4, 0, true);
    return present;
  }

  /** What the entry says, whatever access is meant. */
  lookup(at: Va): Translation | undefined {
    if (!isCanonical(at)) return undefined;
    const entry = this.#entryHost(at, false);
    if (entry === undefined) return undefined;
    const view = this.#physical.view;
    const low = view.getUint32(entry, true);
    if ((low & PRESENT) === 0) return undefined;
    const high = view.getUint32(entry + 4, true);
    const frame = (high & 0xfffff) * 0x1_0000_0000 + ((low & 0xffff_f000) >>> 0);
    return {
      physical: pa(frame + Number(at & 0xfffn)),
      writable: (low & WRITE) !== 0,
      user: (low & USER) !== 0,
      executable: (high & NX_HIGH) === 0,
      cache: cacheOf(low),
    };
  }

  /** Translates for an access of the given kind and privilege, or tells why not. */
  walk(at: Va, access: AccessKind, userMode: boolean): Translation | WalkFailure {
    if (!isCanonical(at)) return { reason: 'non-canonical' };
    const found = this.lookup(at);
    if (found === undefined) return { reason: 'not-present' };
    if (userMode && !found.user) return { reason: 'supervisor' };
    if (access === 'write' && !found.writable) return { reason: 'write-protected' };
    if (access === 'execute' && !found.executable) return { reason: 'no-execute' };
    return found;
  }

  /** Changes protection of present pages; pages not present are left alone. */
  protect(at: Va, pages: number, change: Partial<PageAttributes>): void {
    for (let i = 0; i < pages; i++) {
      const page = vaAdd(at, i * PAGE_SIZE);
      const found = this.lookup(page);
      if (found !== undefined) this.map(page, found.physical, { ...found, ...change });
    }
  }

  #entryHost(at: Va, create: boolean): number | undefined {
    const key = at >> 21n;
    let leaf = this.#leaf.get(key);
    if (leaf === undefined) {
      leaf = this.#descend(at, create);
      if (leaf === undefined) return undefined;
      this.#leaf.set(key, leaf);
    }
    return leaf + Number((at >> 12n) & 0x1ffn) * 8;
  }

  #descend(at: Va, create: boolean): number | undefined {
    const view = this.#physical.view;
    let table: number = this.root;
    for (const shift of [39n, 30n, 21n]) {
      const entry = RAM_OFFSET + table + Number((at >> shift) & 0x1ffn) * 8;
      const low = view.getUint32(entry, true);
      if ((low & PRESENT) !== 0) {
        table = (low & 0xffff_f000) >>> 0;
        continue;
      }
      if (!create) return undefined;
      const frame = this.#frames.allocate();
      if (frame === undefined) return undefined;
      view.setUint32(entry, (frame | PRESENT | WRITE | USER) >>> 0, true);
      table = frame;
    }
    return RAM_OFFSET + table;
  }
}

const isCanonical = (at: Va): boolean => {
  const top = at >> 47n;
  return top === 0n || top === 0x1ffffn;
};

function cacheOf(low: number): CacheAttribute {
  if ((low & PCD) !== 0 || (low & PAT) !== 0) return 'uncached';
  return (low & PWT) !== 0 ? 'write-combining' : 'write-back';
}

export const samePage = (a: Va, b: Va): boolean => pageOf(a) === pageOf(b);
