/** Kernel pool: every allocation on pages of its own, ending at a guard page, never reused in a run. */
import { Arena, NONPAGED_POOL, PAGED_POOL } from '../../memory/address-map.ts';
import { PAGE_SIZE, type Va, vaAdd } from '../../units/address.ts';
import { outOfBudget } from '../end.ts';
import { type Kernel, part } from '../kernel.ts';
import { lockedFrames } from '../mm/locked-frames.ts';

export type PoolKind = 'nonpaged' | 'nonpaged-execute' | 'paged';

export interface PoolBlock {
  readonly at: Va;
  readonly bytes: number;
  readonly tag: string;
  readonly kind: PoolKind;
  readonly firstPage: Va;
  readonly pages: number;
  /** Made for the driver by its own request, so that what remains at unload is a leak of its. */
  readonly byDriver: boolean;
}

/** Blocks of a page or more start on a page; smaller ones end on one, 16-byte aligned (POOL_ALIGNMENT). */
const ALIGNMENT = 16;

class Pool {
  readonly #kernel: Kernel;
  readonly #arenas = { nonpaged: new Arena(NONPAGED_POOL), paged: new Arena(PAGED_POOL) };
  readonly #live = new Map<Va, PoolBlock>();
  /** Freed blocks by first page, to name use after free. */
  readonly #freed = new Map<Va, PoolBlock>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Zeroed memory, or nothing when RAM is used up. `alignment` is a power of two below a page. */
  allocate(
    bytes: number,
    tag: string,
    kind: PoolKind = 'nonpaged',
    byDriver = false,
    alignment = ALIGNMENT,
  ): Va | undefined {
    const pages = Math.max(1, Math.ceil(bytes / PAGE_SIZE));
    if (pages > this.#kernel.frames.freePages) return undefined;
    const firstPage = this.#arenas[kind === 'paged' ? 'paged' : 'nonpaged'].reserve(pages);
    if (firstPage === undefined || !this.#populate(firstPage, pages, kind)) return undefined;
    const at =
      bytes >= PAGE_SIZE
        ? firstPage
        : vaAdd(firstPage, PAGE_SIZE - Math.ceil(Math.max(bytes, 1) / alignment) * alignment);
    this.#live.set(at, { at, bytes, tag, kind, firstPage, pages, byDriver });
    return at;
  }

  block(at: Va): PoolBlock | undefined {
    return this.#live.get(at);
  }

  wasFreed(at: Va): boolean {
    return this.#freed.has(at);
  }

  /** False when no live block starts at this address. */
  free(at: Va): boolean {
    const block = this.#live.get(at);
    if (block === undefined) return false;
    this.#live.delete(at);
    this.#freed.set(at, block);
    for (let i = 0; i < block.pages; i++) {
      const page = vaAdd(block.firstPage, i * PAGE_SIZE);
      const found = this.#kernel.mmu.tables.lookup(page);
      this.#kernel.mmu.tables.unmap(page);
      this.#kernel.mmu.flushPage(page);
      if (found === undefined) continue;
      if (block.kind !== 'paged') lockedFrames(this.#kernel).unlock(found.physical);
      lockedFrames(this.#kernel).free(found.physical);
    }
    return true;
  }

  *live(): Generator<PoolBlock> {
    yield* this.#live.values();
  }

  /** In words, what lies or lay at or beside the address; nothing when it is far from any block. */
  describe(at: Va): string | undefined {
    for (const [blocks, word] of [
      [this.#live, 'live'],
      [this.#freed, 'freed'],
    ] as const) {
      for (const block of blocks.values()) {
        const end = vaAdd(block.firstPage, (block.pages + 1) * PAGE_SIZE);
        if (at >= block.firstPage && at < end) {
          const past = at >= vaAdd(block.at, block.bytes) ? 'past the end of' : 'in';
          return `${past} a ${word} ${block.kind} pool block of ${block.bytes} bytes, tag '${block.tag}'`;
        }
      }
    }
    return undefined;
  }

  #populate(firstPage: Va, pages: number, kind: PoolKind): boolean {
    const attributes = {
      writable: true,
      executable: kind === 'nonpaged-execute',
      user: false,
      cache: 'write-back',
    } as const;
    for (let i = 0; i < pages; i++) {
      const frame = this.#kernel.frames.allocate();
      if (frame === undefined) return false;
      if (!this.#kernel.mmu.tables.map(vaAdd(firstPage, i * PAGE_SIZE), frame, attributes)) {
        return false;
      }
      if (kind !== 'paged') lockedFrames(this.#kernel).lock(frame);
    }
    return true;
  }
}

export const pool = part((kernel) => new Pool(kernel));

/** Memory for the kernel's own objects; a driver that leaves none of it has used up the machine. */
export function allocateForKernel(kernel: Kernel, bytes: number, tag: string): Va {
  const at = pool(kernel).allocate(bytes, tag);
  return (
    at ?? outOfBudget(`RAM is used up: ${bytes} bytes of a kernel object (${tag}) find no place`)
  );
}
