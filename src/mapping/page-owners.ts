/** Which mapping each virtual page belongs to: constant time however many mappings there are. */
import { Arena, SYSTEM_PTES, USER_HALF } from '../memory/address-map.ts';
import type { Va } from '../units/address.ts';

const SEGMENT_PAGES = 0x10000;

/** Ids per page in segments of 65,536 pages, allocated when first claimed; 0 means nobody. */
class RegionOwners {
  readonly arena: Arena;
  readonly #segments = new Map<number, Int32Array>();

  constructor(arena: Arena) {
    this.arena = arena;
  }

  claim(first: number, pages: number, id: number): void {
    for (let page = first; page < first + pages; ) {
      const key = Math.floor(page / SEGMENT_PAGES);
      const start = page % SEGMENT_PAGES;
      const run = Math.min(first + pages - page, SEGMENT_PAGES - start);
      let segment = this.#segments.get(key);
      if (segment === undefined) {
        segment = new Int32Array(SEGMENT_PAGES);
        this.#segments.set(key, segment);
      }
      segment.fill(id, start, start + run);
      page += run;
    }
  }

  at(page: number): number {
    return this.#segments.get(Math.floor(page / SEGMENT_PAGES))?.[page % SEGMENT_PAGES] ?? 0;
  }
}

export class PageOwners {
  readonly #regions = [
    new RegionOwners(new Arena(SYSTEM_PTES)),
    new RegionOwners(new Arena(USER_HALF)),
  ];

  claim(firstPage: Va, pages: number, id: number): void {
    for (const region of this.#regions) {
      const index = region.arena.pageIndex(firstPage);
      if (index >= 0) region.claim(index, pages, id);
    }
  }

  ownerOf(at: Va): number {
    for (const region of this.#regions) {
      const index = region.arena.pageIndex(at);
      if (index >= 0) return region.at(index);
    }
    return 0;
  }
}
