/** The system address through which the kernel itself reaches a frame of RAM, found in the page tables. */
import { SYSTEM_PTES } from '../../memory/address-map.ts';
import { PAGE_SIZE, type Pa, pa, paAdd, type Va, va, vaAdd } from '../../units/address.ts';
import type { Kernel } from '../kernel.ts';

const PRESENT = 1n;
const FRAME_MASK = 0xf_ffff_ffff_f000n;
const ENTRIES = 512;
/** First entry of the top table that belongs to the system half. */
const SYSTEM_HALF = 256;
const LEVEL_SHIFTS = [39n, 30n, 21n, 12n] as const;

/** Windows answers from the frame's own record; mappings that drivers made do not count there either. */
export function virtualFor(kernel: Kernel, physical: number): Va | undefined {
  if (!kernel.physical.isRam(pa(physical))) return undefined;
  const offset = physical % PAGE_SIZE;
  const page = search(kernel, kernel.mmu.tables.root, 0, 0n, BigInt(physical - offset));
  return page === undefined ? undefined : vaAdd(page, offset);
}

function search(
  kernel: Kernel,
  table: Pa,
  level: number,
  prefix: bigint,
  frame: bigint,
): Va | undefined {
  const shift = LEVEL_SHIFTS[level];
  if (shift === undefined) return undefined;
  for (let index = level === 0 ? SYSTEM_HALF : 0; index < ENTRIES; index++) {
    const entry = kernel.physical.read(paAdd(table, index * 8), 8);
    if ((entry & PRESENT) === 0n) continue;
    const at = prefix | (BigInt(index) << shift);
    const target = entry & FRAME_MASK;
    if (level < LEVEL_SHIFTS.length - 1) {
      const found = search(kernel, pa(Number(target)), level + 1, at, frame);
      if (found !== undefined) return found;
    } else if (target === frame && !isMadeByDriver(canonical(at))) {
      return canonical(at);
    }
  }
  return undefined;
}

const canonical = (at: bigint): Va => va(BigInt.asIntN(48, at));

const isMadeByDriver = (at: Va): boolean =>
  at >= SYSTEM_PTES.base && at < vaAdd(SYSTEM_PTES.base, SYSTEM_PTES.pages * PAGE_SIZE);
