/** Buffers of a user-mode caller: pages that user mode may touch, each buffer ending at one that is not there. */
import { Arena, type Region } from '../../../memory/address-map.ts';
import { PAGE_SIZE, type Va, va, vaAdd } from '../../../units/address.ts';
import { outOfBudget } from '../../end.ts';
import { type Kernel, part } from '../../kernel.ts';
import { lockedFrames } from '../../mm/locked-frames.ts';

/** Below the region where mappings into user space lie. */
const USER_BUFFERS: Region = {
  name: 'user buffers',
  base: va(0x0000_0100_0000_0000n),
  pages: 0x1000_0000,
};
const ALIGNMENT = 8;

export interface UserBuffer {
  readonly at: Va;
  readonly bytes: number;
}

const arenas = part(() => new Arena(USER_BUFFERS));

export function allocateUserBuffer(kernel: Kernel, bytes: number): UserBuffer {
  const pages = Math.max(1, Math.ceil(bytes / PAGE_SIZE));
  const first = pages > kernel.frames.freePages ? undefined : arenas(kernel).reserve(pages);
  if (first === undefined || !populate(kernel, first, pages)) {
    return outOfBudget(`RAM does not hold a request's buffer of ${bytes} bytes`);
  }
  const room = Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
  return { at: vaAdd(first, pages * PAGE_SIZE - room), bytes };
}

function populate(kernel: Kernel, first: Va, pages: number): boolean {
  const attributes = {
    writable: true,
    executable: false,
    user: true,
    cache: 'write-back',
  } as const;
  for (let i = 0; i < pages; i++) {
    const frame = kernel.frames.allocate();
    if (frame === undefined) return false;
    if (!kernel.mmu.tables.map(vaAdd(first, i * PAGE_SIZE), frame, attributes)) return false;
  }
  return true;
}

/** The pages go; a driver that kept the address faults on it. */
export function freeUserBuffer(kernel: Kernel, { at, bytes }: UserBuffer): void {
  const { mmu } = kernel;
  const end = vaAdd(at, Math.ceil(Math.max(bytes, 1) / ALIGNMENT) * ALIGNMENT);
  for (let page = va(at & ~0xfffn); page < end; page = vaAdd(page, PAGE_SIZE)) {
    const found = mmu.tables.lookup(page);
    mmu.tables.unmap(page);
    mmu.flushPage(page);
    if (found !== undefined) lockedFrames(kernel).free(found.physical);
  }
}

/** A buffer that holds `data`. */
export function placeUserBuffer(kernel: Kernel, data: Uint8Array): UserBuffer {
  const buffer = allocateUserBuffer(kernel, data.length);
  kernel.mmu.writeBytes(buffer.at, data);
  return buffer;
}
