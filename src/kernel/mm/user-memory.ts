/** Private memory of user space: regions that are reserved, committed page by page, and protected. */
import { PAGE_SIZE, type Pa, type Va, vaAdd } from '../../units/address.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import { type Kernel, part } from '../kernel.ts';
import { CACHE_ATTRIBUTE, PAGE, protectionOf } from './cache-type.ts';
import { lockedFrames } from './locked-frames.ts';

interface Page {
  readonly frame: Pa;
  protect: number;
}

export interface Region {
  readonly base: Va;
  readonly pages: number;
  /** By index; a page that is not here is only reserved. */
  readonly committed: Map<number, Page>;
}

/** A range that MmSecureVirtualMemory keeps as it is. */
interface Secured {
  readonly first: Va;
  readonly end: Va;
  readonly writable: boolean;
}

/** Pages of one request, within one region. */
export interface Span {
  readonly region: Region;
  readonly first: number;
  readonly count: number;
}

const endOf = ({ base, pages }: Region): Va => vaAdd(base, pages * PAGE_SIZE);

class UserMemory {
  readonly #kernel: Kernel;
  readonly #regions = new Map<Va, Region>();
  readonly #secured = new Map<bigint, Secured>();
  #nextSecure = 1n;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Reserves and commits memory at an address of our choice, for requests of user mode; zeroed. */
  allocate(bytes: number, protect: number = PAGE.READWRITE): Va | undefined {
    const pages = Math.max(1, Math.ceil(bytes / PAGE_SIZE));
    const base = this.#kernel.mappings.reserve(pages, 'user');
    if (base === undefined) return undefined;
    const region = this.reserve(base, pages);
    if (this.commit({ region, first: 0, count: pages }, protect)) return base;
    this.release(region);
    return undefined;
  }

  /** Pages that the caller has taken from the mapping core become a region. */
  reserve(base: Va, pages: number): Region {
    const region = { base, pages, committed: new Map<number, Page>() };
    this.#regions.set(base, region);
    return region;
  }

  /** The region that holds all pages of the range. */
  spanOf(at: Va, bytes: number): Span | undefined {
    const region = this.#regionAt(at);
    if (region === undefined) return undefined;
    const offset = Number(at - region.base);
    const first = Math.floor(offset / PAGE_SIZE);
    const count = Math.ceil((offset + bytes) / PAGE_SIZE) - first;
    return first + count <= region.pages ? { region, first, count } : undefined;
  }

  /** A reserved page lies in the range. */
  overlaps(at: Va, pages: number): boolean {
    const end = vaAdd(at, pages * PAGE_SIZE);
    return [...this.#regions.values()].some((region) => at < endOf(region) && region.base < end);
  }

  /** Commits what is not yet committed; all or nothing when RAM runs out. */
  commit({ region, first, count }: Span, protect: number): boolean {
    const taken: number[] = [];
    for (let i = first; i < first + count; i++) {
      if (region.committed.has(i)) continue;
      const frame = this.#kernel.frames.allocate();
      if (frame === undefined || !this.#enter(region, i, { frame, protect })) {
        if (frame !== undefined) this.#kernel.frames.free(frame);
        for (const page of taken) this.#decommitPage(region, page);
        return false;
      }
      taken.push(i);
    }
    return true;
  }

  decommit({ region, first, count }: Span): void {
    for (const index of region.committed.keys()) {
      if (index >= first && index < first + count) this.#decommitPage(region, index);
    }
  }

  release(region: Region): void {
    this.decommit({ region, first: 0, count: region.pages });
    this.#regions.delete(region.base);
  }

  /** The protection that the first page had, or nothing when a page is not committed. */
  protect({ region, first, count }: Span, protect: number): number | undefined {
    const { committed } = region;
    const old = committed.get(first)?.protect;
    for (let i = first; i < first + count; i++) if (!committed.has(i)) return undefined;
    for (let i = first; i < first + count; i++) {
      const page = committed.get(i);
      if (page !== undefined) this.#enter(region, i, { frame: page.frame, protect });
    }
    return old;
  }

  /** A handle that keeps the range from being freed or closed to access. */
  secure(at: Va, bytes: number, writable: boolean): bigint {
    const handle = this.#nextSecure++;
    this.#secured.set(handle, { first: at, end: vaAdd(at, bytes), writable });
    return handle;
  }

  unsecure(handle: bigint): void {
    this.#secured.delete(handle);
  }

  /** Why the pages may not become `protect` (or go, with PAGE_NOACCESS). */
  checkSecured({ region, first, count }: Span, protect: number): NtStatus {
    const at = vaAdd(region.base, first * PAGE_SIZE);
    const end = vaAdd(at, count * PAGE_SIZE);
    const { writable } = protectionOf(protect);
    for (const range of this.#secured.values()) {
      if (at >= range.end || range.first >= end) continue;
      if (protect === PAGE.NOACCESS || (range.writable && !writable)) {
        return STATUS.INVALID_PAGE_PROTECTION;
      }
    }
    return STATUS.SUCCESS;
  }

  #regionAt(at: Va): Region | undefined {
    return [...this.#regions.values()].find((region) => at >= region.base && at < endOf(region));
  }

  /** A page without access keeps its frame and has no entry. */
  #enter(region: Region, index: number, page: Page): boolean {
    const { mmu } = this.#kernel;
    const at = vaAdd(region.base, index * PAGE_SIZE);
    const { writable, executable, cacheType } = protectionOf(page.protect);
    const attributes = { writable, executable, user: true, cache: CACHE_ATTRIBUTE[cacheType] };
    if (page.protect === PAGE.NOACCESS) mmu.tables.unmap(at);
    else if (!mmu.tables.map(at, page.frame, attributes)) return false;
    mmu.flushPage(at);
    region.committed.set(index, page);
    return true;
  }

  #decommitPage(region: Region, index: number): void {
    const page = region.committed.get(index);
    if (page === undefined) return;
    const at = vaAdd(region.base, index * PAGE_SIZE);
    this.#kernel.mmu.tables.unmap(at);
    this.#kernel.mmu.flushPage(at);
    lockedFrames(this.#kernel).free(page.frame);
    region.committed.delete(index);
  }
}

export const userMemory = part((kernel) => new UserMemory(kernel));
