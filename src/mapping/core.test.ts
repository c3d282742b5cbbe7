import { expect, test } from 'vitest';
import { FrameAllocator } from '../memory/frames.ts';
import { Mmu } from '../memory/mmu.ts';
import { PageTables } from '../memory/page-tables.ts';
import { PhysicalMemory } from '../memory/physical.ts';
import { PAGE_SIZE, pa, pageOf, type Va, va, vaAdd } from '../units/address.ts';
import { MappingCore, type MapRequest } from './core.ts';

const RELEASE = { phase: 'stop', service: 'MmUnmapIoSpace', at: [] };

function machine() {
  const physical = new PhysicalMemory(0x100_0000);
  const frames = new FrameAllocator(physical, 0x10_0000);
  const mmu = new Mmu(physical, new PageTables(physical, frames));
  return { mmu, frames, core: new MappingCore(mmu) };
}

const request = (change: Partial<MapRequest> = {}): MapRequest => ({
  framework: 'wdm',
  service: 'MmMapIoSpace',
  origin: 'io-space',
  physical: pa(0xfebd_0010),
  length: 0x2000,
  space: 'system',
  cacheType: 'MmNonCached',
  writable: true,
  executable: false,
  unlocked: false,
  owner: 'edu#1',
  bornIn: 'start',
  bornAt: [],
  ...change,
});

test('a mapping keeps the byte offset, spans whole pages and has guards', () => {
  const { core, mmu } = machine();
  const mapping = core.map(request());
  if (mapping === undefined) throw new TypeError('not mapped');
  expect(mapping.facts).toMatchObject({ id: 1, pages: 3, backing: 'nothing', owner: 'edu#1' });
  expect(mapping.facts.virtual % BigInt(PAGE_SIZE)).toBe(0x10n);
  expect(mmu.tables.lookup(mapping.facts.virtual)).toEqual({
    physical: 0xfebd_0010,
    writable: true,
    executable: false,
    user: false,
    cache: 'uncached',
  });
  for (const outside of [-PAGE_SIZE, 3 * PAGE_SIZE]) {
    const at = vaAdd(mapping.firstPage, outside);
    expect(mmu.tables.lookup(at)).toBeUndefined();
    expect(core.ledger.guardOwnerOf(at)).toBe(mapping);
  }
});

test('a mapping ends with its last page, and its range is not given out again', () => {
  const { core } = machine();
  const first = core.map(request());
  if (first === undefined) throw new TypeError('not mapped');
  expect(core.unmapPages(first.firstPage, 2, RELEASE)).toEqual([]);
  expect([first.live, core.livePages]).toEqual([true, 1]);
  expect(core.unmapPages(first.firstPage, 3, RELEASE)).toEqual([first]);
  expect([first.live, core.livePages, core.ledger.liveCount]).toEqual([false, 0, 0]);
  expect(core.map(request())?.facts.virtual).toBeGreaterThan(first.facts.virtual);
  expect(core.ledger.ownerOf(first.facts.virtual)).toBe(first);
});

test('a range whose page tables would use up RAM is refused and costs none', () => {
  const { core, frames } = machine();
  const free = frames.freePages;
  for (const length of [2 ** 34, 2 ** 40, 2 ** 47]) {
    expect(core.map(request({ length }))).toBeUndefined();
  }
  expect([frames.freePages, core.ledger.liveCount]).toEqual([free, 0]);
});

test('mapping and unmapping for ever does not use up RAM', () => {
  const { core, frames } = machine();
  const free = frames.freePages;
  for (let i = 0; i < 3000; i++) {
    const mapping = core.map(request({ length: 0x10_0000 }));
    if (mapping === undefined) throw new TypeError('not mapped');
    core.unmap(mapping, RELEASE);
  }
  expect(free - frames.freePages).toBeLessThan(10);
  expect(core.livePages).toBe(0);
});

test('ranges that overlap have mappings of their own', () => {
  const { core, mmu } = machine();
  const [first, second] = [request(), request({ physical: pa(0xfebd_1000), length: 8 })].map((it) =>
    core.map(it),
  );
  if (first === undefined || second === undefined) throw new TypeError('not mapped');
  const physicalOf = (at: bigint) => mmu.tables.lookup(vaAdd(pageOf(va(at)), 0))?.physical;
  expect(physicalOf(second.facts.virtual)).toBe(0xfebd_1000);
  expect(physicalOf(vaAdd(first.facts.virtual, PAGE_SIZE))).toBe(0xfebd_1000);
  core.unmap(first, RELEASE);
  expect([first.live, second.live, core.livePages]).toEqual([false, true, 1]);
  expect(physicalOf(second.facts.virtual)).toBe(0xfebd_1000);
});

test('a reserved range is mapped where it lies, again and again', () => {
  const { core } = machine();
  const base = core.reserve(4);
  if (base === undefined) throw new TypeError('not reserved');
  const other = core.map(request());
  expect(other?.firstPage).toBeGreaterThanOrEqual(vaAdd(base, 5 * PAGE_SIZE));
  for (let i = 0; i < 2; i++) {
    const mapping = core.map(request({ base }));
    expect(mapping?.facts.virtual).toBe(vaAdd(base, 0x10));
    expect(core.map(request({ base: vaAdd(base, PAGE_SIZE) }))).toBeUndefined();
    expect(core.ledger.ownerOf(base)).toBe(mapping);
    if (mapping !== undefined) expect(core.unmap(mapping, RELEASE)).toBe(true);
  }
});

test('user ranges are aligned, and keep clear of those that were claimed by address', () => {
  const { core } = machine();
  const user = (base?: Va) =>
    core.map(request({ space: 'user', length: 8, ...(base === undefined ? {} : { base }) }));
  const first = user()?.firstPage ?? va(0n);
  expect(first % 0x1_0000n).toBe(0n);
  const claimed = vaAdd(first, 0x1_0000);
  expect(core.claim(claimed, 1)).toBe(true);
  expect(user(claimed)?.firstPage).toBe(claimed);
  expect(core.claim(claimed, 1)).toBe(false);
  expect(core.ledger.ownerOf(claimed)?.live).toBe(true);
  expect(user()?.firstPage).toBe(vaAdd(first, 0x2_0000));
  const low = va(0x1_0000n);
  expect([core.claim(low, 1), user(low)?.firstPage]).toEqual([true, low]);
  expect(core.ledger.ownerOf(vaAdd(low, 5))?.firstPage).toBe(low);
});

test('beyond a limit, mappings that live are told before those that ended', () => {
  const { core } = machine();
  for (let i = 0; i < 6; i++) {
    const mapping = core.map(request());
    if (mapping !== undefined && i % 2 === 0) core.unmap(mapping, RELEASE);
  }
  const ids = (limit?: number) => core.ledger.entries(limit).map(({ id }) => id);
  expect([ids(), ids(4), ids(2), ids(0)]).toEqual([[1, 2, 3, 4, 5, 6], [1, 2, 4, 6], [2, 4], []]);
});
