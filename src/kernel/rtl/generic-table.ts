/** Generic tables: elements in the order that the driver's comparison gives, in nodes that the driver allocates. */
import { NULL, type Va, va, vaAdd } from '../../units/address.ts';
import { type Blocking, callGuest } from '../effects.ts';
import { bugCheck } from '../end.ts';
import { type Kernel, part } from '../kernel.ts';
import { copyMemory } from './guest-memory.ts';

/** Where the two kinds of table have what this module reads, and how long a node's header is (ntddk.h). */
export interface TableKind {
  readonly bytes: number;
  readonly count: number;
  readonly routines: number;
  readonly header: number;
  /** Elements by index come in order of insertion instead of order of key. */
  readonly byInsertion: boolean;
}

/** RTL_AVL_TABLE: RTL_BALANCED_LINKS before the user's data. */
export const AVL: TableKind = {
  bytes: 104,
  count: 44,
  routines: 72,
  header: 32,
  byInsertion: false,
};
/** RTL_GENERIC_TABLE: RTL_SPLAY_LINKS and a LIST_ENTRY before the user's data. */
export const SPLAY: TableKind = {
  bytes: 72,
  count: 36,
  routines: 40,
  header: 40,
  byInsertion: true,
};

/** RTL_GENERIC_COMPARE_RESULTS. */
const LESS = 0n;
const GREATER = 1n;

/** The tree's shape is private to the runtime, so the order is kept here and the links stay zero. */
class GenericTable {
  readonly #kernel: Kernel;
  readonly #at: Va;
  readonly #kind: TableKind;
  /** Addresses of the elements' data. */
  #sorted: Va[] = [];
  #inserted: Va[] = [];
  /** Index of the next element of an enumeration without a key. */
  #next = 0;

  constructor(kernel: Kernel, at: Va, kind: TableKind) {
    this.#kernel = kernel;
    this.#at = at;
    this.#kind = kind;
  }

  get size(): number {
    return this.#sorted.length;
  }

  byIndex(index: number): Va {
    return (this.#kind.byInsertion ? this.#inserted : this.#sorted)[index] ?? NULL;
  }

  *find(buffer: Va): Blocking<Va> {
    const { index, found } = yield* this.#search(buffer);
    return found ? (this.#sorted[index] ?? NULL) : NULL;
  }

  /** The element, and whether it is new; NULL when the driver's routine allocates nothing. */
  *insert(buffer: Va, bytes: number): Blocking<{ readonly at: Va; readonly isNew: boolean }> {
    const { index, found } = yield* this.#search(buffer);
    const known = this.#sorted[index];
    if (found && known !== undefined) return { at: known, isNew: false };
    const { header } = this.#kind;
    const node = va(yield* this.#call(1, [BigInt(header + bytes)], 'TableAllocate'));
    if (node === NULL) return { at: NULL, isNew: false };
    const { mmu } = this.#kernel;
    mmu.fill(node, header, 0);
    const at = vaAdd(node, header);
    copyMemory(mmu, at, buffer, BigInt(bytes));
    this.#sorted.splice(index, 0, at);
    this.#inserted.push(at);
    this.#tell();
    return { at, isNew: true };
  }

  *remove(buffer: Va): Blocking<boolean> {
    const { index, found } = yield* this.#search(buffer);
    const at = this.#sorted[index];
    if (!found || at === undefined) return false;
    this.#sorted.splice(index, 1);
    this.#inserted = this.#inserted.filter((element) => element !== at);
    if (this.#next > index) this.#next--;
    this.#tell();
    yield* this.#call(2, [vaAdd(at, -this.#kind.header)], 'TableFree');
    return true;
  }

  /** Next element in order; `restart` begins anew. */
  next(restart: boolean): Va {
    if (restart) this.#next = 0;
    return this.#sorted[this.#next++] ?? NULL;
  }

  /** The element after the one that a restart key stands for; the key is the node's address. */
  after(key: Va): { readonly at: Va; readonly key: Va } {
    const { header } = this.#kind;
    const index = key === NULL ? -1 : this.#sorted.indexOf(vaAdd(key, header));
    const at = this.#sorted[index + 1];
    return at === undefined ? { at: NULL, key } : { at, key: vaAdd(at, -header) };
  }

  *#search(buffer: Va): Blocking<{ readonly index: number; readonly found: boolean }> {
    let low = 0;
    let high = this.#sorted.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const element = this.#sorted[middle] ?? NULL;
      const order = (yield* this.#call(0, [buffer, element], 'TableCompare')) & 0xffff_ffffn;
      if (order === LESS) high = middle - 1;
      else if (order === GREATER) low = middle + 1;
      else return { index: middle, found: true };
    }
    return { index: low, found: false };
  }

  /** Compare, allocate or free: the table's routines in this order. */
  *#call(which: 0 | 1 | 2, args: readonly bigint[], name: string): Blocking<bigint> {
    const entry = this.#kernel.mmu.pointer(vaAdd(this.#at, this.#kind.routines + which * 8));
    return yield* callGuest(entry, [this.#at, ...args], name);
  }

  #tell(): void {
    this.#kernel.mmu.write(vaAdd(this.#at, this.#kind.count), 4, BigInt(this.size));
  }
}

class GenericTables {
  readonly #kernel: Kernel;
  readonly #known = new Map<Va, GenericTable>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  initialise(at: Va, kind: TableKind, routines: readonly Va[]): void {
    const { mmu } = this.#kernel;
    mmu.fill(at, kind.bytes, 0);
    routines.forEach((routine, i) => {
      mmu.write(vaAdd(at, kind.routines + i * 8), 8, routine);
    });
    this.#known.set(at, new GenericTable(this.#kernel, at, kind));
  }

  /** A table that was never initialised has no routines to call: what Windows does then is a fault. */
  at(at: Va): GenericTable {
    const table = this.#known.get(at);
    return table ?? bugCheck(0x50, [at], 'a generic table that was never initialised');
  }
}

export const genericTables = part((kernel) => new GenericTables(kernel));
