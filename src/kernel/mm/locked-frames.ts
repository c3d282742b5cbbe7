/** Which frames of RAM stay where they are: locked by MDLs, or held by a contiguous or nonpaged allocation. */
import type { CacheType } from '../../events/mapping.ts';
import { PAGE_SIZE, type Pa, pa } from '../../units/address.ts';
import { type Kernel, part } from '../kernel.ts';

const frameOf = (address: Pa): number => Math.floor(address / PAGE_SIZE);

class LockedFrames {
  readonly #kernel: Kernel;
  readonly #counts = new Map<number, number>();
  /** Frames whose owner gave them back while they were locked. */
  readonly #orphans = new Set<number>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  lock(address: Pa): void {
    const frame = frameOf(address);
    this.#counts.set(frame, (this.#counts.get(frame) ?? 0) + 1);
  }

  unlock(address: Pa): void {
    const frame = frameOf(address);
    const count = (this.#counts.get(frame) ?? 0) - 1;
    if (count > 0) {
      this.#counts.set(frame, count);
      return;
    }
    this.#counts.delete(frame);
    if (this.#orphans.delete(frame)) this.#kernel.frames.free(pa(frame * PAGE_SIZE));
  }

  /** Gives a frame back, at once or when its last lock goes. */
  free(address: Pa): void {
    if (this.has(address)) this.#orphans.add(frameOf(address));
    else this.#kernel.frames.free(address);
  }

  has(address: Pa): boolean {
    return this.#counts.has(frameOf(address));
  }

  /** True when every page of the run is locked. */
  covers(first: Pa, pages: number): boolean {
    const frame = frameOf(first);
    for (let i = 0; i < pages; i++) if (!this.#counts.has(frame + i)) return false;
    return true;
  }
}

export const lockedFrames = part((kernel) => new LockedFrames(kernel));

/** The caching type that frames got when they were allocated, where that was not MmCached; `any` leaves it to whoever maps. */
class FrameCaching {
  readonly #types = new Map<number, CacheType | 'any'>();

  set(address: Pa, type: CacheType | 'any'): void {
    if (type === 'MmCached') this.#types.delete(frameOf(address));
    else this.#types.set(frameOf(address), type);
  }

  clear(address: Pa): void {
    this.#types.delete(frameOf(address));
  }

  /** Caching of a new mapping of this frame of RAM when `wanted` is asked for. */
  resolve(address: Pa, wanted: CacheType): CacheType {
    const type = this.#types.get(frameOf(address)) ?? 'MmCached';
    return type === 'any' ? wanted : type;
  }
}

export const frameCaching = part(() => new FrameCaching());
