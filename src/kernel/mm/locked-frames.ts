/** Which frames of RAM are locked down: by MDLs, or because a contiguous or nonpaged allocation owns them. */
import { PAGE_SIZE, type Pa } from '../../units/address.ts';
import { part } from '../kernel.ts';

export class LockedFrames {
  readonly #counts = new Map<number, number>();

  lock(address: Pa): void {
    const frame = Math.floor(address / PAGE_SIZE);
    this.#counts.set(frame, (this.#counts.get(frame) ?? 0) + 1);
  }

  unlock(address: Pa): void {
    const frame = Math.floor(address / PAGE_SIZE);
    const count = (this.#counts.get(frame) ?? 0) - 1;
    if (count > 0) this.#counts.set(frame, count);
    else this.#counts.delete(frame);
  }

  /** True when every page of the run is locked. */
  covers(first: Pa, pages: number): boolean {
    const frame = Math.floor(first / PAGE_SIZE);
    for (let i = 0; i < pages; i++) if (!this.#counts.has(frame + i)) return false;
    return true;
  }
}

export const lockedFrames = part(() => new LockedFrames());
