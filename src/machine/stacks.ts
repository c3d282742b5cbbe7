/** Kernel stacks: pages with a guard page on either side. */
import { Arena, KERNEL_STACKS } from '../memory/address-map.ts';
import type { FrameAllocator } from '../memory/frames.ts';
import type { Mmu } from '../memory/mmu.ts';
import { PAGE_SIZE, type Va, vaAdd } from '../units/address.ts';

/** KERNEL_STACK_SIZE of x64 (24 KB). */
const STACK_PAGES = 6;

export interface KernelStack {
  readonly base: Va;
  readonly top: Va;
}

export class StackAllocator {
  readonly #arena = new Arena(KERNEL_STACKS);
  readonly #mmu: Mmu;
  readonly #frames: FrameAllocator;

  constructor(mmu: Mmu, frames: FrameAllocator) {
    this.#mmu = mmu;
    this.#frames = frames;
  }

  /** Nothing when RAM is used up. */
  allocate(): KernelStack | undefined {
    const base = this.#arena.reserve(STACK_PAGES);
    if (base === undefined) return undefined;
    for (let i = 0; i < STACK_PAGES; i++) {
      const frame = this.#frames.allocate();
      const attributes = {
        writable: true,
        executable: false,
        user: false,
        cache: 'write-back',
      } as const;
      if (
        frame === undefined ||
        !this.#mmu.tables.map(vaAdd(base, i * PAGE_SIZE), frame, attributes)
      ) {
        return undefined;
      }
    }
    return { base, top: vaAdd(base, STACK_PAGES * PAGE_SIZE) };
  }

  free(stack: KernelStack): void {
    for (let i = 0; i < STACK_PAGES; i++) {
      const page = vaAdd(stack.base, i * PAGE_SIZE);
      const found = this.#mmu.tables.lookup(page);
      this.#mmu.tables.unmap(page);
      this.#mmu.flushPage(page);
      if (found !== undefined) this.#frames.free(found.physical);
    }
  }
}
