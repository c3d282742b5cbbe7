/** qsort and bsearch, whose comparisons are the driver's. */
import { ptr, sizeT } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { type Blocking, callGuest } from '../effects.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';

function* compareAt(compare: Va, a: Va, b: Va): Blocking<number> {
  return Number(BigInt.asIntN(32, yield* callGuest(compare, [a, b], 'SortCompare')));
}

/** Elements are sorted where they lie, so the comparison always gets addresses inside the array. */
class GuestArray {
  readonly #kernel: Kernel;
  readonly #base: Va;
  readonly #size: number;
  readonly #compare: Va;

  constructor(kernel: Kernel, base: Va, size: number, compare: Va) {
    this.#kernel = kernel;
    this.#base = base;
    this.#size = size;
    this.#compare = compare;
  }

  at(index: number): Va {
    return vaAdd(this.#base, index * this.#size);
  }

  *sort(count: number): Blocking<void> {
    for (let root = (count >> 1) - 1; root >= 0; root--) yield* this.#sink(root, count);
    for (let end = count - 1; end > 0; end--) {
      this.#swap(0, end);
      yield* this.#sink(0, end);
    }
  }

  *#sink(from: number, count: number): Blocking<void> {
    let root = from;
    for (let child = 2 * root + 1; child < count; child = 2 * root + 1) {
      if (child + 1 < count && (yield* this.#order(child, child + 1)) < 0) child++;
      if ((yield* this.#order(root, child)) >= 0) return;
      this.#swap(root, child);
      root = child;
    }
  }

  #order(a: number, b: number): Blocking<number> {
    return compareAt(this.#compare, this.at(a), this.at(b));
  }

  #swap(a: number, b: number): void {
    const { mmu } = this.#kernel;
    const held = mmu.readBytes(this.at(a), this.#size);
    mmu.writeBytes(this.at(a), mmu.readBytes(this.at(b), this.#size));
    mmu.writeBytes(this.at(b), held);
  }
}

const qsort = service({
  name: 'qsort',
  doc: 'stdlib.h',
  params: { base: ptr(), num: sizeT, width: sizeT, compare: ptr() },
  returns: 'void',
  run: (kernel, { base, num, width, compare }) =>
    new GuestArray(kernel, base, Number(width), compare).sort(Number(num)),
});

const bsearch = service({
  name: 'bsearch',
  doc: 'stdlib.h',
  params: { key: ptr(), base: ptr(), num: sizeT, width: sizeT, compare: ptr() },
  returns: 'pointer',
  *run(_kernel, { key, base, num, width, compare }) {
    let low = 0n;
    let high = num;
    while (low < high) {
      const middle = (low + high) / 2n;
      const at = vaAdd(base, middle * width);
      const order = yield* compareAt(compare, key, at);
      if (order === 0) return at;
      if (order < 0) high = middle;
      else low = middle + 1n;
    }
    return NULL;
  },
});

export const crtSortServices: readonly Service[] = [qsort, bsearch];
