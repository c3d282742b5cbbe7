import { expect, test } from 'vitest';
import { FrameAllocator } from '../memory/frames.ts';
import { Mmu } from '../memory/mmu.ts';
import { PageTables } from '../memory/page-tables.ts';
import { PhysicalMemory } from '../memory/physical.ts';
import { PAGE_SIZE, pa, vaAdd } from '../units/address.ts';
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
