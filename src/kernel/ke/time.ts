/** System time, and the shared page in which drivers read the clocks without a call (KUSER_SHARED_DATA). */
import { KUSER_SHARED_DATA_VA } from '../../memory/address-map.ts';
import { paAdd } from '../../units/address.ts';
import type { Kernel } from '../kernel.ts';

/** The machine starts at 2026-01-01 00:00 UTC, in 100 ns units since 1601. */
const BOOT_SYSTEM_TIME = 134_116_992_000_000_000n;
/** KeQueryTimeIncrement: 15.625 ms. */
export const TIME_INCREMENT = 156_250n;

const INTERRUPT_TIME = 0x08;
const SYSTEM_TIME = 0x14;
const TICK_COUNT = 0x320;

export const systemTime = (kernel: Kernel): bigint => BOOT_SYSTEM_TIME + kernel.clock.now;

/**
 * Writes the clocks as the clock interrupt does: high part 2, low part, high part 1. The page is
 * read-only to guests, so it is written physically.
 */
export function updateSharedTime({ clock, mmu, physical }: Kernel): void {
  const page = mmu.tables.lookup(KUSER_SHARED_DATA_VA);
  if (page === undefined) return;
  const { now } = clock;
  for (const [offset, time] of [
    [INTERRUPT_TIME, now],
    [SYSTEM_TIME, BOOT_SYSTEM_TIME + now],
    [TICK_COUNT, now / TIME_INCREMENT],
  ] as const) {
    const at = paAdd(page.physical, offset);
    const high = (time >> 32n) & 0xffff_ffffn;
    physical.write(at, 4, time & 0xffff_ffffn);
    physical.write(paAdd(at, 4), 4, high);
    physical.write(paAdd(at, 8), 4, high);
  }
}
