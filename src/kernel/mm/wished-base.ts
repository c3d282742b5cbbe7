/** User addresses that a caller names itself: rounded down, and refused where they cannot be had. */
import { HIGHEST_USER_ADDRESS } from '../../memory/address-map.ts';
import { NULL, PAGE_SIZE, type Va, va } from '../../units/address.ts';
import type { Kernel } from '../kernel.ts';

/** User address space is given out in units of 64 KiB. */
const ALLOCATION_GRANULARITY = 0x1_0000n;
/** MM_LOWEST_USER_ADDRESS (ntddk.h). */
const LOWEST_USER_ADDRESS = 0x1_0000n;

/** Ranges at an address of the caller's choice are looked through page by page: 4 GiB at most. */
export const MAX_WISH_PAGES = 0x10_0000;

export const roundDown = (at: bigint): Va => va(at - (at % ALLOCATION_GRANULARITY));

export const isUserRange = (at: Va, pages: number): boolean =>
  at >= LOWEST_USER_ADDRESS && at + BigInt(pages * PAGE_SIZE) - 1n <= HIGHEST_USER_ADDRESS;

/** Where to map, or why not; empty for a NULL wish. */
export function wishedBase(
  kernel: Kernel,
  wish: Va,
  pages: number,
): { readonly base?: Va; readonly refusal?: string } {
  if (wish === NULL) return {};
  const base = roundDown(wish);
  if (pages > MAX_WISH_PAGES) return { refusal: 'the requested range is too long' };
  if (!isUserRange(base, pages)) return { refusal: 'the requested address is no user address' };
  if (!kernel.mappings.claim(base, pages)) return { refusal: 'the requested range is in use' };
  return { base };
}
