/** Translations by guest address, made in batches and dropped when their pages change. */
import { type GuestFault, isGuestFault } from '../memory/fault.ts';
import type { Mmu } from '../memory/mmu.ts';
import { type Va, va } from '../units/address.ts';
import { assert } from '../units/errors.ts';
import { CodeMap } from './code-map.ts';
import { CodeReader, DecodedBefore } from './code-reader.ts';
import type { GuestInstruction } from './decode.ts';
import type { EntryWatch } from './entry-watch.ts';
import type { FunctionTable } from './function-table.ts';
import { rowOf } from './instructions.ts';
import type { ModuleCache } from './module-cache.ts';
import { findRegion, type RegionKind, type RegionShape } from './region.ts';
import { moduleKey, regionModule } from './region-module.ts';

/** What stands at a guest address. */
export type Translation =
  | { readonly kind: 'code'; readonly slot: number }
  | { readonly kind: 'host'; readonly instruction: GuestInstruction };

export interface CodeCacheParts {
  readonly mmu: Mmu;
  readonly functions: FunctionTable;
  readonly modules: ModuleCache;
  readonly entries: EntryWatch;
  /** Addresses that never hold guest code. */
  readonly isHost: (address: bigint) => boolean;
}

interface Entry {
  readonly address: Va;
  readonly kind: RegionKind;
  readonly translation: Translation;
  readonly frames: ReadonlySet<number>;
  readonly pages: ReadonlySet<Va>;
  /** Control has come to it; a translation made ahead may wait for ever. */
  entered: boolean;
}

const REGION_INSTRUCTIONS: Record<RegionKind, number> = { normal: 256, stoppable: 32, single: 1 };
/** Regions compiled together: the one asked for and what it leads to. */
const BATCH = 6;

export class CodeCache {
  readonly statistics = { regions: 0, modules: 0, instructions: 0, invalidations: 0 };
  readonly #mmu: Mmu;
  readonly #functions: FunctionTable;
  readonly #map: CodeMap;
  readonly #modules: ModuleCache;
  readonly #entries: Record<RegionKind, Map<bigint, Entry>> = {
    normal: new Map(),
    stoppable: new Map(),
    single: new Map(),
  };
  readonly #byFrame = new Map<number, Set<Entry>>();
  readonly #byPage = new Map<Va, Set<Entry>>();
  readonly #decoded = new DecodedBefore();
  readonly #watch: EntryWatch;
  readonly #isHost: CodeCacheParts['isHost'];

  constructor({ mmu, functions, modules, entries, isHost }: CodeCacheParts) {
    this.#mmu = mmu;
    this.#functions = functions;
    this.#modules = modules;
    this.#watch = entries;
    this.#isHost = isHost;
    this.#map = new CodeMap(mmu.physical);
  }

  /**
   * The translation to run now at an address, or the fault of fetching there. Only what was asked for
   * comes into the map, so the first time that control comes to an address is seen here.
   */
  at(address: Va, kind: RegionKind): Translation | GuestFault {
    const entry = this.#entries[kind].get(address) ?? this.#make(address, kind);
    if (isGuestFault(entry)) return entry;
    if (!entry.entered) {
      entry.entered = true;
      this.#watch.note(address);
    }
    const { translation } = entry;
    if (kind === 'normal' && translation.kind === 'code') this.#map.set(address, translation.slot);
    return translation;
  }

  /** The instruction at an address, if it can be fetched. */
  decode(address: Va): GuestInstruction | undefined {
    const reader = new CodeReader(this.#mmu, this.#decoded);
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
    for (const entries of Object.values(this.#entries)) {
      for (const entry of entries.values()) this.#drop(entry);
    }
    this.#map.clear();
  }

  #make(address: Va, kind: RegionKind): Entry | GuestFault {
    const reader = new CodeReader(this.#mmu, this.#decoded);
    try {
      const fetched = reader.at(address);
      if (fetched.kind === 'fault') return fetched.fault;
      const { instruction } = fetched;
      if (rowOf(instruction).execute !== undefined) this.#addHost(reader, instruction, kind);
      else this.#translate(reader, address, kind);
    } finally {
      reader.close();
    }
    const made = this.#entries[kind].get(address);
    assert(made !== undefined, 'what was made for an address is found there');
    return made;
  }

  #addHost(reader: CodeReader, instruction: GuestInstruction, kind: RegionKind): void {
    const frames = new Set<number>();
    const pages = new Set<Va>();
    reader.placesOf(instruction, frames, pages);
    const translation = { kind: 'host', instruction } as const;
    const address = va(instruction.address);
    this.#add({ address, kind, translation, frames, pages, entered: false });
  }

  #translate(reader: CodeReader, address: Va, kind: RegionKind): void {
    const shapes =
      kind === 'normal' ? this.#batch(reader, address) : [this.#shape(reader, address, kind)];
    const module = this.#modules.module(moduleKey(shapes), () => regionModule(shapes));
    const slots = this.#functions.link(module, shapes.length);
    shapes.forEach(({ entry, frames, pages, instructionCount }, i) => {
      const slot = slots[i] ?? 0;
      const translation = { kind: 'code', slot } as const;
      this.#add({ address: entry, kind, translation, frames, pages, entered: false });
      this.statistics.instructions += instructionCount;
    });
    this.statistics.regions += shapes.length;
    this.statistics.modules++;
  }

  /** The region at an address and, nearest first, those it leads to. */
  #batch(reader: CodeReader, address: Va): RegionShape[] {
    const shapes: RegionShape[] = [];
    const queue: Va[] = [address];
    const seen = new Set<bigint>(queue);
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const shape = this.#shape(reader, next, 'normal');
      if (shape.instructionCount === 0) continue;
      shapes.push(shape);
      if (shapes.length === BATCH) break;
      for (const target of departuresOf(shape)) {
        if (seen.has(target) || this.#entries.normal.has(target) || this.#isHost(target)) continue;
        seen.add(target);
        queue.push(target);
      }
    }
    return shapes;
  }

  #shape(reader: CodeReader, address: Va, kind: RegionKind): RegionShape {
    return findRegion(reader, address, {
      instructions: REGION_INSTRUCTIONS[kind],
      kind,
      endsBefore: (instruction) =>
        rowOf(instruction).execute !== undefined ||
        this.#isHost(instruction.address) ||
        (instruction.address !== address && this.#watch.isWatched(instruction.address)),
    });
  }

  #add(entry: Entry): void {
    this.#entries[entry.kind].set(entry.address, entry);
    for (const frame of entry.frames) {
      this.#mmu.markCode(frame);
      addTo(this.#byFrame, frame, entry);
    }
    for (const page of entry.pages) addTo(this.#byPage, page, entry);
  }

  #drop(entry: Entry): void {
    this.#entries[entry.kind].delete(entry.address);
    for (const frame of entry.frames) this.#byFrame.get(frame)?.delete(entry);
    for (const page of entry.pages) this.#byPage.get(page)?.delete(entry);
    this.statistics.invalidations++;
    const { translation } = entry;
    if (translation.kind !== 'code') return;
    this.#functions.free(translation.slot);
    if (entry.kind === 'normal') this.#map.remove(entry.address);
  }
}

/** Addresses that a region leaves for and can name: the code after a call among them. */
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
