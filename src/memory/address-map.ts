/** The fixed regions of the kernel's virtual address space; like Windows' in kind, not in every address. */
import { PAGE_SIZE, type Va, va, vaAdd } from '../units/address.ts';

export interface Region {
  readonly name: string;
  readonly base: Va;
  readonly pages: number;
}

const region = (name: string, base: bigint, pages: number): Region => ({
  name,
  base: va(base),
  pages,
});

export const SYSTEM_RANGE_START = va(0xffff_8000_0000_0000n);
export const HIGHEST_USER_ADDRESS = va(0x0000_7fff_fffe_ffffn);
export const USER_PROBE_ADDRESS = va(0x0000_7fff_ffff_0000n);
/** Shared by user and kernel (ntddk.h, KI_USER_SHARED_DATA); the user alias is 0x7ffe0000. */
export const KUSER_SHARED_DATA_VA = va(0xffff_f780_0000_0000n);
export const USER_SHARED_DATA_VA = va(0x7ffe_0000n);

export const KERNEL_STACKS = region('kernel stacks', 0xffff_8c00_0000_0000n, 0x100_0000);
export const SYSTEM_PTES = region('system PTEs', 0xffff_9000_0000_0000n, 0x8000_0000);
export const NONPAGED_POOL = region('nonpaged pool', 0xffff_a000_0000_0000n, 0x8000_0000);
export const PAGED_POOL = region('paged pool', 0xffff_b000_0000_0000n, 0x8000_0000);
export const PROCESSOR_BLOCKS = region('processor blocks', 0xffff_f7a0_0000_0000n, 0x100);
export const SYSTEM_IMAGES = region('system images', 0xffff_f800_1000_0000n, 0x4_0000);
export const DRIVER_IMAGES = region('driver images', 0xffff_f800_6000_0000n, 0x10_0000);
/** Memory that drivers ask for by physical constraints: contiguous and non-cached allocations. */
export const CONTIGUOUS_MEMORY = region('contiguous memory', 0xffff_c000_0000_0000n, 0x8000_0000);
/** All addresses of user mode, and the part of them that is handed out where nobody names an address. */
export const USER_HALF = region('user addresses', 0n, 0x8_0000_0000);
export const USER_SPACE = region('user space', 0x0000_0200_0000_0000n, 0x8000_0000);

/** Hands out page ranges of a region once each, a guard page before and after every one: nothing is reused in a run. */
export class Arena {
  readonly region: Region;
  #next = 1;

  constructor(of: Region) {
    this.region = of;
  }

  /** The first page is a multiple of `alignment` pages from the base. */
  reserve(pages: number, alignment = 1): Va | undefined {
    const first = Math.ceil(this.#next / alignment) * alignment;
    if (first + pages + 1 > this.region.pages) return undefined;
    this.#next = first + pages + 1;
    return vaAdd(this.region.base, first * PAGE_SIZE);
  }

  /** Page index in the region, or -1 outside it. */
  pageIndex(at: Va): number {
    const distance = at - this.region.base;
    if (distance < 0n) return -1;
    const index = Number(distance >> 12n);
    return index < this.region.pages ? index : -1;
  }
}
