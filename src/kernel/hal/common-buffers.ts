/** Memory that processor and device share: contiguous, within what the device can address. */
import { Arena, type Region } from '../../memory/address-map.ts';
import { PAGE_SIZE, type Pa, paAdd, type Va, va, vaAdd } from '../../units/address.ts';
import { type Kernel, part } from '../kernel.ts';
import { lockedFrames } from '../mm/locked-frames.ts';

const COMMON_BUFFERS: Region = {
  name: 'common buffers',
  base: va(0xffff_d000_0000_0000n),
  pages: 0x100_0000,
};

interface CommonBuffer {
  readonly at: Va;
  readonly physical: Pa;
  readonly pages: number;
}

class CommonBuffers {
  readonly #kernel: Kernel;
  readonly #arena = new Arena(COMMON_BUFFERS);
  readonly #live = new Map<Va, CommonBuffer>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** `highest` is the last physical address that the device reaches. */
  allocate(bytes: number, highest: number, cached: boolean): CommonBuffer | undefined {
    const { frames, mmu } = this.#kernel;
    const pages = Math.max(1, Math.ceil(bytes / PAGE_SIZE));
    if (pages > frames.freePages) return undefined;
    const physical = frames.allocateContiguous({ pages, highest });
    if (physical === undefined) return undefined;
    const at = this.#arena.reserve(pages);
    if (at === undefined) return undefined;
    const cache = cached ? 'write-back' : 'uncached';
    const attributes = { writable: true, executable: false, user: false, cache } as const;
    for (let i = 0; i < pages; i++) {
      const frame = paAdd(physical, i * PAGE_SIZE);
      if (!mmu.tables.map(vaAdd(at, i * PAGE_SIZE), frame, attributes)) return undefined;
      lockedFrames(this.#kernel).lock(frame);
    }
    const buffer = { at, physical, pages };
    this.#live.set(at, buffer);
    return buffer;
  }

  /** False when no common buffer starts there. */
  free(at: Va): boolean {
    const buffer = this.#live.get(at);
    if (buffer === undefined) return false;
    const { mmu } = this.#kernel;
    this.#live.delete(at);
    for (let i = 0; i < buffer.pages; i++) {
      const page = vaAdd(at, i * PAGE_SIZE);
      const frame = paAdd(buffer.physical, i * PAGE_SIZE);
      mmu.tables.unmap(page);
      mmu.flushPage(page);
      lockedFrames(this.#kernel).unlock(frame);
      lockedFrames(this.#kernel).free(frame);
    }
    return true;
  }

  /** Buffers not freed yet. */
  get liveCount(): number {
    return this.#live.size;
  }
}

export const commonBuffers = part((kernel) => new CommonBuffers(kernel));
