/** Translations by guest address, made in batches and dropped when their pages change. */
import { type GuestFault, isGuestFault } from '../memory/fault.ts';
import type { Mmu } from '../memory/mmu.ts';
import { type Va, va } from '../units/address.ts';
import { CodeMap } from './code-map.ts';
import { CodeReader } from './code-reader.ts';
import type { GuestInstruction } from './decode.ts';
import type { FunctionTable, LinkedFunction } from './function-table.ts';
import { rowOf } from './instructions.ts';
import { findRegion, type RegionShape } from './region.ts';
import { translateRegion } from './translate-region.ts';

/** What stands at a guest address. */
export type Translation =
  | { readonly kind: 'code'; readonly slot: number }
  | { readonly kind: 'host'; readonly instruction: GuestInstruction };

interface Entry {
  readonly address: Va;
  readonly translation: Translation;
  readonly table: Map<bigint, Entry>;
  readonly frames: ReadonlySet<number>;
  readonly pages: ReadonlySet<Va>;
}

const REGION_INSTRUCTIONS = 256;
/** Exact regions are left again soon. */
const EXACT_REGION_INSTRUCTIONS = 24;
/** Regions compiled together: the one asked for and what it leads to. */
const BATCH = 6;

export class CodeCache {
  readonly statistics = { regions: 0, modules: 0, instructions: 0, invalidations: 0 };
  readonly #mmu: Mmu;
  readonly #functions: FunctionTable;
  readonly #map: CodeMap;
  readonly #slots = new Map<bigint, number>();
  readonly #entries = new Map<bigint, Entry>();
  readonly #exact = new Map<bigint, Entry>();
  readonly #byFrame = new Map<number, Set<Entry>>();
  readonly #byPage = new Map<Va, Set<Entry>>();
  /** Addresses that never hold guest code. */
  readonly #isHost: (address: bigint) => boolean;

  constructor(mmu: Mmu, functions: FunctionTable, isHost: (address: bigint) => boolean) {
    this.#mmu = mmu;
    this.#functions = functions;
    this.#isHost = isHost;
    this.#map = new CodeMap(mmu.physical);
  }

  /** The translation to run at an address, or the fault of fetching there. */
  at(address: Va): Translation | GuestFault {
    const entry = this.#entries.get(address);
    if (entry === undefined) return this.#make(address, false);
    if (entry.translation.kind === 'code') this.#map.set(address, entry.translation.slot);
    return entry.translation;
  }

  /** As `at`, able to stop after any instruction and to run the first one through the host. */
  exactAt(address: Va): Translation | GuestFault {
    return this.#exact.get(address)?.translation ?? this.#make(address, true);
  }

  /** The instruction at an address, if it can be fetched. */
  decode(address: Va): GuestInstruction | undefined {
    const reader = new CodeReader(this.#mmu);
    const fetched = reader.at(address);
    reader.close();
    return fetched.kind === 'instruction' ? fetched.instruction : undefined;
  }

  invalidateFrame(frame: number): void {
    this.#mmu.unmarkCode(frame);
    for (const entry of this.#byFrame.get(frame) ?? []) this.#drop(entry);
  }
  invalidatePage(page: Va): void {
    for (const entry of this.#byPage.get(page) ?? []) this.#drop(entry);
  }
  invalidateAll(): void {
    for (const table of [this.#entries, this.#exact]) {
      for (const entry of [...table.values()]) this.#drop(entry);
    }
    this.#map.clear();
  }

  #make(address: Va, exact: boolean): Translation | GuestFault {
    const reader = new CodeReader(this.#mmu);
    try {
      const fetched = reader.at(address);
      if (fetched.kind === 'fault') return fetched.fault;
      const { instruction } = fetched;
      if (rowOf(instruction).execute !== undefined) return this.#addHost(reader, instruction);
      this.#translate(reader, address, exact);
    } finally {
      reader.close();
    }
    const made = (exact ? this.#exact : this.#entries).get(address);
    return made?.translation ?? this.#make(address, exact);
  }

  #addHost(reader: CodeReader, instruction: GuestInstruction): Translation {
    const frames = new Set<number>();
    const pages = new Set<Va>();
    reader.placesOf(instruction, frames, pages);
    const translation = { kind: 'host', instruction } as const;
    this.#add({
      address: va(instruction.address),
      translation,
      table: this.#entries,
      frames,
      pages,
    });
    return translation;
  }

  #translate(reader: CodeReader, address: Va, exact: boolean): void {
    const table = exact ? this.#exact : this.#entries;
    const shapes = exact ? [this.#shape(reader, address, true)] : this.#batch(reader, address);
    const functions: LinkedFunction[] = [];
    for (const shape of shapes) {
      const slot = exact ? this.#functions.allocate() : this.#slotOf(shape.entry);
      const slotOf = (target: bigint): number => this.#slotOf(target);
      functions.push({ slot, body: translateRegion(shape, { rowOf, slotOf }) });
      const translation = { kind: 'code', slot } as const;
      const { entry, frames, pages } = shape;
      this.#add({ address: entry, translation, table, frames, pages });
      this.statistics.instructions += shape.instructionCount;
      if (!exact) this.#map.set(entry, slot);
    }
    this.#functions.link(functions);
    this.statistics.regions += functions.length;
    this.statistics.modules++;
  }

  /** The region at an address and, nearest first, those it leads to. */
  #batch(reader: CodeReader, address: Va): RegionShape[] {
    const shapes: RegionShape[] = [];
    const queue: Va[] = [address];
    const seen = new Set<bigint>(queue);
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const shape = this.#shape(reader, next, false);
      if (shape.instructionCount === 0) continue;
      shapes.push(shape);
      if (shapes.length === BATCH) break;
      for (const target of departuresOf(shape)) {
        if (seen.has(target) || this.#entries.has(target) || this.#isHost(target)) continue;
        seen.add(target);
        queue.push(target);
      }
    }
    return shapes;
  }

  #shape(reader: CodeReader, address: Va, exact: boolean): RegionShape {
    return findRegion(reader, address, {
      instructions: exact ? EXACT_REGION_INSTRUCTIONS : REGION_INSTRUCTIONS,
      exact,
      endsBefore: (instruction) =>
        rowOf(instruction).execute !== undefined || this.#isHost(instruction.address),
    });
  }

  #slotOf(address: bigint): number {
    let slot = this.#slots.get(address);
    if (slot === undefined) {
      slot = this.#functions.allocate();
      this.#slots.set(address, slot);
    }
    return slot;
  }

  #add(entry: Entry): void {
    entry.table.set(entry.address, entry);
    for (const frame of entry.frames) {
      this.#mmu.markCode(frame);
      addTo(this.#byFrame, frame, entry);
    }
    for (const page of entry.pages) addTo(this.#byPage, page, entry);
  }

  #drop(entry: Entry): void {
    entry.table.delete(entry.address);
    for (const frame of entry.frames) this.#byFrame.get(frame)?.delete(entry);
    for (const page of entry.pages) this.#byPage.get(page)?.delete(entry);
    this.statistics.invalidations++;
    if (entry.translation.kind !== 'code') return;
    this.#functions.reset(entry.translation.slot);
    if (entry.table === this.#entries) this.#map.remove(entry.address);
  }
}

function departuresOf(shape: RegionShape): Va[] {
  const targets: Va[] = [];
  for (const node of shape.nodes) {
    if (node.kind === 'leave') {
      targets.push(node.target);
      continue;
    }
    const last = node.instructions.at(-1);
    if (last === undefined || last.flow !== 'leave' || !last.isCall) continue;
    if (last.target !== undefined) targets.push(va(last.target));
    targets.push(va(last.next));
  }
  return targets;
}

function addTo<K>(map: Map<K, Set<Entry>>, key: K, entry: Entry): void {
  const set = map.get(key);
  if (set === undefined) map.set(key, new Set([entry]));
  else set.add(entry);
}

export const isFault = (found: Translation | GuestFault): found is GuestFault =>
  isGuestFault(found);
