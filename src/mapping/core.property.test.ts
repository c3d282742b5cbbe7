/** The mapping core against a model that remembers pages and nothing else. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Space } from '../events/mapping.ts';
import { FrameAllocator } from '../memory/frames.ts';
import { Mmu } from '../memory/mmu.ts';
import { PageTables } from '../memory/page-tables.ts';
import { PhysicalMemory } from '../memory/physical.ts';
import { PAGE_SIZE, pa, paAdd, type Va, vaAdd } from '../units/address.ts';
import { MappingCore, type MapRequest } from './core.ts';
import type { Mapping } from './ledger.ts';

const RELEASE = { phase: 'stop', service: 'MmUnmapIoSpace', at: [] };
const DEVICE = 0xfe00_0000;

type Step =
  | {
      readonly kind: 'map';
      readonly offset: number;
      readonly length: number;
      readonly space: Space;
    }
  | { readonly kind: 'scattered'; readonly frames: readonly number[] }
  /** Unmaps `pages` pages from page `skip` of mapping `which`, whatever lies there. */
  | {
      readonly kind: 'unmap';
      readonly which: number;
      readonly skip: number;
      readonly pages: number;
    }
  | { readonly kind: 'end'; readonly which: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('map' as const),
    offset: fc.integer({ min: 0, max: 0x3fff }),
    length: fc.integer({ min: 1, max: 5 * PAGE_SIZE }),
    space: fc.constantFrom('system' as const, 'user' as const),
  }),
  fc.record({
    kind: fc.constant('scattered' as const),
    frames: fc.array(fc.integer({ min: 0x300, max: 0x3ff }), { minLength: 1, maxLength: 6 }),
  }),
  fc.record({
    kind: fc.constant('unmap' as const),
    which: fc.nat(20),
    skip: fc.nat(6),
    pages: fc.nat(12),
  }),
  fc.record({ kind: fc.constant('end' as const), which: fc.nat(20) }),
);

/** One page of the model: what it shows and whose it is or was. */
interface Page {
  readonly physical: number;
  readonly owner: number;
  present: boolean;
}

class Model {
  readonly pages = new Map<Va, Page>();

  enter(mapping: Mapping, frames: readonly number[]): void {
    frames.forEach((physical, i) => {
      const at = vaAdd(mapping.firstPage, i * PAGE_SIZE);
      expect(this.pages.has(at)).toBe(false);
      this.pages.set(at, { physical, owner: mapping.facts.id, present: true });
    });
  }

  clear(at: Va, pages: number): void {
    for (let i = 0; i < pages; i++) {
      const page = this.pages.get(vaAdd(at, i * PAGE_SIZE));
      if (page !== undefined) page.present = false;
    }
  }

  presentOf(id: number): number {
    return [...this.pages.values()].filter(({ owner, present }) => owner === id && present).length;
  }
}

const common = {
  framework: 'wdm',
  service: 'MmMapIoSpace',
  cacheType: 'MmNonCached',
  writable: true,
  executable: false,
  unlocked: false,
  owner: null,
  bornIn: 'start',
  bornAt: [],
} as const;

function request(of: Extract<Step, { kind: 'map' | 'scattered' }>): {
  readonly request: MapRequest;
  readonly frames: readonly number[];
} {
  if (of.kind === 'scattered') {
    const frames = of.frames.map((frame) => pa(frame * PAGE_SIZE));
    const [physical = pa(0)] = frames;
    const length = frames.length * PAGE_SIZE;
    return {
      request: { ...common, origin: 'mdl', space: 'system', physical, length, frames },
      frames,
    };
  }
  const physical = pa(DEVICE + of.offset);
  const first = of.offset - (of.offset % PAGE_SIZE);
  const pages = Math.ceil(((of.offset % PAGE_SIZE) + of.length) / PAGE_SIZE);
  return {
    request: { ...common, origin: 'io-space', space: of.space, physical, length: of.length },
    frames: Array.from({ length: pages }, (_, i) => DEVICE + first + i * PAGE_SIZE),
  };
}

function agree(core: MappingCore, mmu: Mmu, model: Model, made: readonly Mapping[]): void {
  let live = 0;
  for (const [at, { physical, owner, present }] of model.pages) {
    expect(mmu.tables.lookup(at)?.physical).toBe(present ? physical : undefined);
    expect(core.ledger.ownerOf(vaAdd(at, PAGE_SIZE - 1))?.facts.id).toBe(owner);
    if (present) live++;
  }
  expect(core.livePages).toBe(live);
  for (const mapping of made) {
    const { firstPage, facts } = mapping;
    expect(mapping.livePages).toBe(model.presentOf(facts.id));
    expect(mapping.live).toBe(mapping.livePages > 0);
    for (const guard of [-PAGE_SIZE, facts.pages * PAGE_SIZE]) {
      const at = vaAdd(firstPage, guard);
      expect(mmu.tables.lookup(at)).toBeUndefined();
      expect(core.ledger.ownerOf(at)).toBeUndefined();
    }
  }
  expect([...core.ledger.live()]).toEqual(made.filter(({ live: lives }) => lives));
}

test('any sequence of maps and unmaps leaves the pages that the model has', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const physical = new PhysicalMemory(0x40_0000);
      const mmu = new Mmu(
        physical,
        new PageTables(physical, new FrameAllocator(physical, 0x10_0000)),
      );
      const core = new MappingCore(mmu);
      const model = new Model();
      const made: Mapping[] = [];
      for (const it of steps) {
        if (it.kind === 'map' || it.kind === 'scattered') {
          const asked = request(it);
          const mapping = core.map(asked.request);
          if (mapping === undefined) throw new TypeError('not mapped');
          expect(mapping.facts.virtual % BigInt(PAGE_SIZE)).toBe(
            BigInt(asked.request.physical % PAGE_SIZE),
          );
          model.enter(mapping, asked.frames);
          made.push(mapping);
          continue;
        }
        const target = made[it.which % Math.max(1, made.length)];
        if (target === undefined) continue;
        const [skip, pages] = it.kind === 'end' ? [0, target.facts.pages] : [it.skip, it.pages];
        const at = vaAdd(target.firstPage, skip * PAGE_SIZE);
        const before = made.filter(({ live }) => live);
        const ended = core.unmapPages(at, pages, RELEASE);
        model.clear(at, pages);
        expect(ended).toEqual(before.filter(({ facts }) => model.presentOf(facts.id) === 0));
      }
      agree(core, mmu, model, made);
    }),
    { numRuns: 150, seed: 20240611 },
  );
});

test('every access of a page that the range does not fill is told, and whether it was inside', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: PAGE_SIZE - 1 }),
      fc.integer({ min: 1, max: 3 * PAGE_SIZE }),
      fc.nat(4 * PAGE_SIZE - 1),
      (offset, length, at) => {
        const physical = new PhysicalMemory(0x40_0000);
        const mmu = new Mmu(
          physical,
          new PageTables(physical, new FrameAllocator(physical, 0x10_0000)),
        );
        const core = new MappingCore(mmu);
        const told: boolean[] = [];
        mmu.onWatchedAccess = (access) => told.push(core.noteAccess(access).inside);
        const start = paAdd(pa(0x20_0000), offset);
        const mapping = core.map({
          ...common,
          origin: 'io-space',
          space: 'system',
          physical: start,
          length,
        });
        if (mapping === undefined) throw new TypeError('not mapped');
        const { pages } = mapping.facts;
        const byte = at % (pages * PAGE_SIZE);
        mmu.read(vaAdd(mapping.firstPage, byte), 1);
        const inside = byte >= offset && byte < offset + length;
        const page = Math.floor(byte / PAGE_SIZE);
        const watched =
          (page === 0 && offset !== 0) ||
          (page === pages - 1 && (offset + length) % PAGE_SIZE !== 0);
        expect(told).toEqual(watched ? [inside] : []);
        expect(mapping.reads).toBe(watched ? 1 : 0);
        expect(inside || watched).toBe(true);
      },
    ),
    { numRuns: 300, seed: 7 },
  );
});
