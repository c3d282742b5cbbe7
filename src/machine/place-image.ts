/** Puts laid-out images into guest memory: frames for the pages, bytes, and each page's protection. */
import type { ImageMemory } from '../image/load.ts';
import { outOfBudget } from '../kernel/end.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { PAGE_SIZE, vaAdd } from '../units/address.ts';

export function placeInMemory(kernel: Kernel): ImageMemory {
  const { mmu, frames } = kernel;
  return {
    write(at, bytes) {
      for (let offset = 0; offset < bytes.length; offset += PAGE_SIZE) {
        const frame = frames.allocate();
        const attributes = {
          writable: true,
          executable: false,
          user: false,
          cache: 'write-back',
        } as const;
        if (frame === undefined || !mmu.tables.map(vaAdd(at, offset), frame, attributes)) {
          return outOfBudget(`RAM does not hold an image of ${bytes.length} bytes`);
        }
      }
      mmu.writeBytes(at, bytes);
    },
    protect(at, length, protection) {
      const pages = Math.ceil(length / PAGE_SIZE);
      if (protection === undefined) {
        for (let i = 0; i < pages; i++) mmu.tables.unmap(vaAdd(at, i * PAGE_SIZE));
      } else {
        const { write, execute } = protection;
        mmu.tables.protect(at, pages, { writable: write, executable: execute });
      }
      for (let i = 0; i < pages; i++) mmu.flushPage(vaAdd(at, i * PAGE_SIZE));
    },
  };
}
