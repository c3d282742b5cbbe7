/** Allocations by physical constraints: contiguous or non-cached pages of RAM at system addresses. */
import type { CacheType } from '../../events/mapping.ts';
import { Arena, CONTIGUOUS_MEMORY } from '../../memory/address-map.ts';
import { PAGE_SIZE, type Pa, paAdd, type Va, vaAdd } from '../../units/address.ts';
import { type Kernel, part } from '../kernel.ts';
import { CACHE_ATTRIBUTE } from './cache-type.ts';
import { frameCaching, lockedFrames } from './locked-frames.ts';
import { fillFrame } from './uninitialized.ts';

export interface ContiguousBlock {
  readonly at: Va;
  readonly bytes: number;
  readonly kind: 'contiguous' | 'non-cached';
  readonly frames: readonly Pa[];
}

export interface ContiguousBlockRequest {
  readonly bytes: number;
  readonly kind?: ContiguousBlock['kind'];
  readonly lowest?: number;
  readonly highest?: number;
  readonly boundary?: number;
  readonly alignment?: number;
  readonly cacheType?: CacheType;
  readonly writable?: boolean;
  readonly executable?: boolean;
  /** Filled with zeros instead of what nobody wrote. */
  readonly zeroed?: boolean;
}

class ContiguousMemory {
  readonly #kernel: Kernel;
  readonly #arena = new Arena(CONTIGUOUS_MEMORY);
  readonly #live = new Map<Va, ContiguousBlock>();
  readonly #freed: ContiguousBlock[] = [];

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** A block of whole pages, locked in place; nothing when no run of free RAM fits. */
  allocate(request: ContiguousBlockRequest): ContiguousBlock | undefined {
    const pages = Math.ceil(request.bytes / PAGE_SIZE);
    if (pages === 0 || pages > this.#kernel.frames.freePages) return undefined;
    const frames = this.#take(pages, request);
    const at = frames === undefined ? undefined : this.#arena.reserve(pages);
    if (frames === undefined || at === undefined) return undefined;
    const block = { at, bytes: request.bytes, kind: request.kind ?? 'contiguous', frames } as const;
    if (!this.#enter(block, request)) return undefined;
    this.#live.set(at, block);
    return block;
  }

  /** The block that starts at this address. */
  block(at: Va): ContiguousBlock | undefined {
    return this.#live.get(at);
  }

  free(block: ContiguousBlock): void {
    this.#live.delete(block.at);
    this.#freed.push(block);
    this.#giveBack(block);
  }

  /** In words, what lies or lay at the address. */
  describe(at: Va): string | undefined {
    for (const [blocks, word] of [
      [this.#live.values(), 'live'],
      [this.#freed, 'freed'],
    ] as const) {
      for (const block of blocks) {
        const end = vaAdd(block.at, (block.frames.length + 1) * PAGE_SIZE);
        if (at < block.at || at >= end) continue;
        const place = at >= vaAdd(block.at, block.bytes) ? 'past the end of' : 'in';
        return `${place} a ${word} block of ${block.kind} memory of ${block.bytes} bytes`;
      }
    }
    return undefined;
  }

  #take(pages: number, request: ContiguousBlockRequest): readonly Pa[] | undefined {
    const { frames } = this.#kernel;
    const { lowest = 0, highest = Number.MAX_SAFE_INTEGER } = request;
    const { boundary = 0, alignment = PAGE_SIZE } = request;
    const first = frames.allocateContiguous({ pages, lowest, highest, boundary, alignment });
    if (first === undefined) return undefined;
    return Array.from({ length: pages }, (_, i) => paAdd(first, i * PAGE_SIZE));
  }

  #enter(block: ContiguousBlock, request: ContiguousBlockRequest): boolean {
    const { mmu } = this.#kernel;
    const { cacheType = 'MmCached', writable = true, executable = false } = request;
    const attributes = { writable, executable, user: false, cache: CACHE_ATTRIBUTE[cacheType] };
    for (const [i, frame] of block.frames.entries()) {
      if (!mmu.tables.map(vaAdd(block.at, i * PAGE_SIZE), frame, attributes)) {
        this.#giveBack(block);
        return false;
      }
      lockedFrames(this.#kernel).lock(frame);
      frameCaching(this.#kernel).set(frame, cacheType);
      if (request.zeroed !== true) fillFrame(this.#kernel, frame);
    }
    return true;
  }

  #giveBack({ at, frames }: ContiguousBlock): void {
    const { mmu } = this.#kernel;
    frames.forEach((frame, i) => {
      const page = vaAdd(at, i * PAGE_SIZE);
      if (mmu.tables.unmap(page)) lockedFrames(this.#kernel).unlock(frame);
      mmu.flushPage(page);
      frameCaching(this.#kernel).clear(frame);
      lockedFrames(this.#kernel).free(frame);
    });
  }
}

export const contiguousMemory = part((kernel) => new ContiguousMemory(kernel));
