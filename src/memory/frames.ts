/** Hands out pages of guest RAM: lowest free frame first, contiguous runs on request. */
import { PAGE_SIZE, type Pa, pa } from '../units/address.ts';
import type { PhysicalMemory } from './physical.ts';

/** Constraints of MmAllocateContiguousMemorySpecifyCache: inclusive bounds, no crossing of `boundary` multiples. */
export interface ContiguousRequest {
  readonly pages: number;
  readonly lowest?: number;
  readonly highest?: number;
  readonly boundary?: number;
  readonly alignment?: number;
}

export class FrameAllocator {
  readonly #physical: PhysicalMemory;
  readonly #used: Uint8Array;
  readonly #freed: number[] = [];
  #next: number;
  #free: number;

  /** Frames below `firstFree` bytes are never handed out. */
  constructor(physical: PhysicalMemory, firstFree: number) {
    this.#physical = physical;
    this.#used = new Uint8Array(physical.ramBytes / PAGE_SIZE);
    this.#next = firstFree / PAGE_SIZE;
    this.#used.fill(1, 0, this.#next);
    this.#free = this.#used.length - this.#next;
  }

  get freePages(): number {
    return this.#free;
  }

  isAllocated(address: Pa): boolean {
    return this.#used[Math.floor(address / PAGE_SIZE)] === 1;
  }

  /** One zeroed page, or nothing when RAM is used up. */
  allocate(): Pa | undefined {
    let frame = this.#freed.pop();
    while (frame !== undefined && this.#used[frame] === 1) frame = this.#freed.pop();
    if (frame === undefined) {
      while (this.#next < this.#used.length && this.#used[this.#next] === 1) this.#next++;
      if (this.#next >= this.#used.length) return undefined;
      frame = this.#next++;
    }
    return this.#take(frame);
  }

  allocateContiguous(request: ContiguousRequest): Pa | undefined {
    const step = Math.max(1, (request.alignment ?? PAGE_SIZE) / PAGE_SIZE);
    const lowest = Math.ceil((request.lowest ?? 0) / PAGE_SIZE / step) * step;
    const highest = Math.min(
      this.#used.length,
      Math.floor(((request.highest ?? Number.MAX_SAFE_INTEGER) + 1) / PAGE_SIZE),
    );
    for (let first = lowest; first + request.pages <= highest; first += step) {
      const taken = this.#used.lastIndexOf(1, first + request.pages - 1);
      if (taken >= first) {
        first = Math.floor(taken / step) * step;
        continue;
      }
      if (crossesBoundary(first, request)) continue;
      for (let i = 0; i < request.pages; i++) this.#take(first + i);
      return pa(first * PAGE_SIZE);
    }
    return undefined;
  }

  free(address: Pa): void {
    const frame = address / PAGE_SIZE;
    if (this.#used[frame] !== 1) return;
    this.#used[frame] = 0;
    this.#free++;
    this.#freed.push(frame);
  }

  #take(frame: number): Pa {
    this.#used[frame] = 1;
    this.#free--;
    const address = pa(frame * PAGE_SIZE);
    this.#physical.zeroPage(address);
    return address;
  }
}

function crossesBoundary(first: number, { pages, boundary }: ContiguousRequest): boolean {
  if (boundary === undefined || boundary === 0) return false;
  const start = first * PAGE_SIZE;
  return Math.floor(start / boundary) !== Math.floor((start + pages * PAGE_SIZE - 1) / boundary);
}
