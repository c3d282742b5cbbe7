/**
 * The heart: gives a physical range a virtual one, takes it back, and keeps the ledger.
 * It writes and clears real page-table entries; which calls are right is for the rules to say.
 */
import type { CacheType, MappingFacts, Space } from '../events/mapping.ts';
import { Arena, SYSTEM_PTES, USER_SPACE } from '../memory/address-map.ts';
import type { Mmu, WatchedAccess } from '../memory/mmu.ts';
import type { CacheAttribute, PageAttributes } from '../memory/page-tables.ts';
import {
  byteOffset,
  PAGE_SIZE,
  type Pa,
  paAdd,
  pageOf,
  paPage,
  spanPages,
  type Va,
  va,
  vaAdd,
} from '../units/address.ts';
import { backingOf } from './backing.ts';
import { Ledger, type Mapping, type Release } from './ledger.ts';

/** What a framework's map service asks for, its contract's arithmetic already applied. */
export type MapRequest = Omit<MappingFacts, 'id' | 'virtual' | 'pages' | 'backing'> & {
  /** Page frames for scattered memory (MDLs, views); without it the range is contiguous. */
  readonly frames?: readonly Pa[];
  /** Page to map at, from `reserve` or `claim`; without it the core chooses. */
  readonly base?: Va;
};

interface Claim {
  readonly first: Va;
  readonly end: Va;
}

const ATTRIBUTE: Record<CacheType, CacheAttribute> = {
  MmNonCached: 'uncached',
  MmCached: 'write-back',
  MmWriteCombined: 'write-combining',
  Reserved: 'uncached',
};

/** User addresses are given out in units of 64 KiB. */
const USER_ALIGNMENT = 16;

/** Pages of I/O space and MDL mappings that may live at once: 64 GiB of address space. */
const SYSTEM_PTE_LIMIT = 0x100_0000;

export class MappingCore {
  readonly ledger = new Ledger();
  readonly #mmu: Mmu;
  readonly #arenas: Record<'system' | 'user', Arena>;
  /** User ranges taken by address, which the arena has to keep clear of. */
  readonly #claims: Claim[] = [];
  #livePages = 0;

  constructor(mmu: Mmu) {
    this.#mmu = mmu;
    this.#arenas = { system: new Arena(SYSTEM_PTES), user: new Arena(USER_SPACE) };
  }

  /** Live pages, for SYSTEM_PTE_LIMIT. */
  get livePages(): number {
    return this.#livePages;
  }

  /** Pages of address space with a guard page before and after, never given out again; nothing when none are left. */
  reserve(pages: number, space: Exclude<Space, 'port'> = 'system'): Va | undefined {
    if (space === 'system') return this.#arenas.system.reserve(pages);
    for (;;) {
      const at = this.#arenas.user.reserve(pages, USER_ALIGNMENT);
      if (at === undefined || !this.#isClaimed(at, pages)) return at;
    }
  }

  /** Takes user pages at an address of the caller's choice; false where something is mapped. */
  claim(at: Va, pages: number): boolean {
    if (this.#isOccupied(at, pages)) return false;
    const claim = { first: at, end: vaAdd(at, pages * PAGE_SIZE) };
    const isKnown = ({ first, end }: Claim) => first <= claim.first && claim.end <= end;
    if (!this.#claims.some(isKnown)) this.#claims.push(claim);
    return true;
  }

  /** A new mapping, or nothing when address space or RAM for page tables is used up. */
  map(request: MapRequest): Mapping | undefined {
    const pages = spanPages(request.physical % PAGE_SIZE, request.length);
    if (this.#livePages + pages > SYSTEM_PTE_LIMIT) return undefined;
    if (!this.#mmu.tables.hasRoomFor(pages)) return undefined;
    const space: Exclude<Space, 'port'> = request.space === 'user' ? 'user' : 'system';
    if (request.base !== undefined && this.#isOccupied(request.base, pages)) return undefined;
    const base = request.base ?? this.reserve(pages, space);
    if (base === undefined || !this.#enter(base, pages, request)) return undefined;
    const mapping = this.ledger.open(
      this.#facts(request, pages, vaAdd(base, request.physical % PAGE_SIZE)),
    );
    this.#livePages += pages;
    this.#watchEnds(mapping);
    return mapping;
  }

  /** Records a claimed port range: no page-table entries, the same ledger. */
  openPortRange(request: Omit<MapRequest, 'frames' | 'base'>): Mapping {
    return this.ledger.open({
      ...request,
      id: this.ledger.nextId(),
      virtual: va(BigInt(request.physical)),
      pages: 0,
      backing: 'device',
    });
  }

  closePortRange(mapping: Mapping, release: Release): void {
    this.ledger.close(mapping, release);
  }

  /**
   * Clears the entries of `pages` pages from the page of `at`, whoever they belong to, as the
   * hardware's view of any unmap. Returns the mappings whose last page went.
   */
  unmapPages(at: Va, pages: number, release: Release): Mapping[] {
    const ended: Mapping[] = [];
    for (let i = 0; i < pages; i++) {
      const page = vaAdd(pageOf(at), i * PAGE_SIZE);
      const owner = this.ledger.ownerOf(page);
      if (owner === undefined || !owner.live || !this.#mmu.tables.unmap(page)) continue;
      this.#mmu.unwatch(page);
      this.#mmu.flushPage(page);
      this.#livePages--;
      owner.livePages--;
      if (owner.livePages === 0) {
        this.ledger.close(owner, release);
        ended.push(owner);
      }
    }
    return ended;
  }

  /** Ends one whole mapping; false when its pages are not in the current address space. */
  unmap(mapping: Mapping, release: Release): boolean {
    this.unmapPages(mapping.firstPage, mapping.facts.pages, release);
    return !mapping.live;
  }

  /** Counts an access that the MMU saw and says which mapping it went through. */
  noteAccess(access: WatchedAccess): { mapping: Mapping | undefined; inside: boolean } {
    const mapping = this.ledger.ownerOf(access.address);
    if (mapping === undefined) return { mapping, inside: true };
    if (access.access === 'read') mapping.reads++;
    else mapping.writes++;
    return { mapping, inside: mapping.covers(access.address, access.size) };
  }

  /** Field by field: a spread would make slow objects of what may be a million mappings. */
  #facts(request: MapRequest, pages: number, virtual: Va): MappingFacts {
    return {
      id: this.ledger.nextId(),
      framework: request.framework,
      service: request.service,
      origin: request.origin,
      physical: request.physical,
      length: request.length,
      virtual,
      pages,
      space: request.space,
      cacheType: request.cacheType,
      writable: request.writable,
      executable: request.executable,
      backing: backingOf(this.#mmu.physical, request.physical),
      unlocked: request.unlocked,
      owner: request.owner,
      bornIn: request.bornIn,
      bornAt: request.bornAt,
    };
  }

  #isClaimed(at: Va, pages: number): boolean {
    const end = vaAdd(at, pages * PAGE_SIZE);
    return this.#claims.some((claim) => at < claim.end && claim.first < end);
  }

  #isOccupied(at: Va, pages: number): boolean {
    for (let i = 0; i < pages; i++) {
      if (this.#mmu.tables.lookup(vaAdd(at, i * PAGE_SIZE)) !== undefined) return true;
    }
    return false;
  }

  #enter(base: Va, pages: number, request: MapRequest): boolean {
    const attributes: PageAttributes = {
      writable: request.writable,
      executable: request.executable,
      user: request.space === 'user',
      cache: ATTRIBUTE[request.cacheType],
    };
    const first = paPage(request.physical);
    for (let i = 0; i < pages; i++) {
      const frame = request.frames?.[i] ?? paAdd(first, i * PAGE_SIZE);
      if (!this.#mmu.tables.map(vaAdd(base, i * PAGE_SIZE), frame, attributes)) {
        for (let j = 0; j < i; j++) this.#mmu.tables.unmap(vaAdd(base, j * PAGE_SIZE));
        return false;
      }
    }
    return true;
  }

  /** Where a RAM-backed range does not fill its first or last page, accesses there are told one by one. */
  #watchEnds({ facts, firstPage }: Mapping): void {
    if (facts.backing !== 'ram' && facts.backing !== 'ram-window') return;
    const last = vaAdd(firstPage, (facts.pages - 1) * PAGE_SIZE);
    if (byteOffset(facts.virtual) !== 0) this.#mmu.watch(firstPage);
    if ((byteOffset(facts.virtual) + facts.length) % PAGE_SIZE !== 0) this.#mmu.watch(last);
  }
}
