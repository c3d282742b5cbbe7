/** Real four-level x64 page tables in guest RAM (Intel SDM vol. 3, 4.5), 4 KiB pages only. */
import { PAGE_SIZE, type Pa, pa, type Va, vaAdd } from '../units/address.ts';
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

/** Entries of a table, and what selects them above the lowest level. */
const ENTRIES = 512;
const UPPER_LEVELS = [39n, 30n, 21n];

export interface WalkFailure {
  readonly reason: FaultReason;
}

/** A table of the lowest level, as the walk's upper levels lead to it. */
interface Leaf {
  readonly key: bigint;
  readonly frame: Pa;
  /** Host offsets of the table and of the entry that points to it. */
  readonly host: number;
  readonly parent: number;
  present: number;
}

export class PageTables {
  readonly root: Pa;
  readonly #physical: PhysicalMemory;
  readonly #frames: FrameAllocator;
  /** By the virtual address bits above 21. */
  readonly #leaves = new Map<bigint, Leaf>();
  /** The leaf that became empty last: kept until another one does, for those who map and unmap in turn. */
  #spare: Leaf | undefined;

  constructor(physical: PhysicalMemory, frames: FrameAllocator) {
    this.#physical = physical;
    this.#frames = frames;
    const root = frames.allocate();
    assert(root !== undefined, 'RAM holds at least the top page table');
    this.root = root;
  }

  /** Writes one entry. False when RAM for a table page is used up. */
  map(at: Va, physical: Pa, attributes: PageAttributes): boolean {
    const leaf = this.#leafOf(at, true);
    if (leaf === undefined) return false;
    const entry = entryIn(leaf, at);
    const low =
      PRESENT |
      (attributes.writable ? WRITE : 0) |
      (attributes.user ? USER : 0) |
      CACHE_BITS[attributes.cache];
    const view = this.#physical.view;
    if ((view.getUint32(entry, true) & PRESENT) === 0) leaf.present++;
    view.setUint32(entry, ((physical % 0x1_0000_0000) | low) >>> 0, true);
    const high = Math.floor(physical / 0x1_0000_0000) | (attributes.executable ? 0 : NX_HIGH);
    view.setUint32(entry + 4, high >>> 0, true);
    return true;
  }

  /** Clears one entry; true when it was present. The caller flushes the TLB. */
  unmap(at: Va): boolean {
    const leaf = this.#leafOf(at, false);
    if (leaf === undefined) return false;
    const entry = entryIn(leaf, at);
    const view = this.#physical.view;
    const present = (view.getUint32(entry, true) & PRESENT) !== 0;
    view.setUint32(entry, 0, true);
    view.setUint32(entry + 4, 0, true);
    if (present && --leaf.present === 0) this.#emptied(leaf);
    return present;
  }

  /** What the entry says, whatever access is meant. */
  lookup(at: Va): Translation | undefined {
    if (!isCanonical(at)) return undefined;
    const leaf = this.#leafOf(at, false);
    if (leaf === undefined) return undefined;
    const entry = entryIn(leaf, at);
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

  /** True when RAM holds the tables for so many pages more, and as much again for everything else. */
  hasRoomFor(pages: number): boolean {
    return pages / ENTRIES + UPPER_LEVELS.length <= this.#frames.freePages / 2;
  }

  #leafOf(at: Va, create: boolean): Leaf | undefined {
    const key = at >> 21n;
    let leaf = this.#leaves.get(key);
    if (leaf === undefined) {
      leaf = this.#descend(at, create);
      if (leaf !== undefined) this.#leaves.set(key, leaf);
    }
    return leaf;
  }

  #descend(at: Va, create: boolean): Leaf | undefined {
    const view = this.#physical.view;
    let table = this.root;
    let parent = 0;
    for (const shift of UPPER_LEVELS) {
      parent = RAM_OFFSET + table + Number((at >> shift) & 0x1ffn) * 8;
      const low = view.getUint32(parent, true);
      if ((low & PRESENT) !== 0) {
        table = pa((low & 0xffff_f000) >>> 0);
        // A driver that maps RAM can write anything over its page tables.
        if (!this.#physical.isRam(table)) return undefined;
        continue;
      }
      if (!create) return undefined;
      const frame = this.#frames.allocate();
      if (frame === undefined) return undefined;
      view.setUint32(parent, (frame | PRESENT | WRITE | USER) >>> 0, true);
      table = frame;
    }
    return { key: at >> 21n, frame: table, host: RAM_OFFSET + table, parent, present: 0 };
  }

  #emptied(leaf: Leaf): void {
    const before = this.#spare;
    this.#spare = leaf;
    if (before === undefined || before === leaf || before.present > 0) return;
    this.#physical.view.setUint32(before.parent, 0, true);
    this.#leaves.delete(before.key);
    this.#frames.free(before.frame);
  }
}

const entryIn = (leaf: Leaf, at: Va): number => leaf.host + Number((at >> 12n) & 0x1ffn) * 8;

const isCanonical = (at: Va): boolean => {
  const top = at >> 47n;
  return top === 0n || top === 0x1ffffn;
};

function cacheOf(low: number): CacheAttribute {
  if ((low & PCD) !== 0 || (low & PAT) !== 0) return 'uncached';
  return (low & PWT) !== 0 ? 'write-combining' : 'write-back';
}
