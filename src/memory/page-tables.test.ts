import { expect, test } from 'vitest';
import { PAGE_SIZE, pa, va, vaAdd } from '../units/address.ts';
import { SYSTEM_PTES } from './address-map.ts';
import { FrameAllocator } from './frames.ts';
import { PageTables } from './page-tables.ts';
import { PhysicalMemory } from './physical.ts';

const ATTRIBUTES = { writable: true, executable: false, user: false, cache: 'uncached' } as const;
/** What one table of the lowest level spans. */
const SPAN = 512 * PAGE_SIZE;

function tables() {
  const physical = new PhysicalMemory(0x10_0000);
  const frames = new FrameAllocator(physical, 0);
  return { physical, frames, tables: new PageTables(physical, frames) };
}

test('a page is found as it was mapped, and no longer once it is unmapped', () => {
  const { tables: map } = tables();
  const at = vaAdd(SYSTEM_PTES.base, 0x5000);
  expect(map.map(at, pa(0x1_2345_6000), ATTRIBUTES)).toBe(true);
  expect(map.lookup(vaAdd(at, 0x123))).toEqual({ ...ATTRIBUTES, physical: 0x1_2345_6123 });
  expect(map.walk(at, 'execute', false)).toEqual({ reason: 'no-execute' });
  expect(map.walk(at, 'read', true)).toEqual({ reason: 'supervisor' });
  expect([map.unmap(at), map.unmap(at)]).toEqual([true, false]);
  expect(map.walk(at, 'read', false)).toEqual({ reason: 'not-present' });
});

test('tables that became empty are given back, but for the last one', () => {
  const { tables: map, frames } = tables();
  map.map(SYSTEM_PTES.base, pa(0), ATTRIBUTES);
  const free = frames.freePages;
  for (let i = 1; i <= 1000; i++) {
    const at = vaAdd(SYSTEM_PTES.base, (i % 256) * SPAN);
    if (i % 256 === 0) continue;
    expect(map.map(at, pa(0x1000), ATTRIBUTES)).toBe(true);
    expect(map.unmap(at)).toBe(true);
  }
  expect(frames.freePages).toBe(free - 1);
  expect(map.lookup(SYSTEM_PTES.base)).toBeDefined();
});

test('a table refilled while it was kept stays', () => {
  const { tables: map } = tables();
  const [first, second] = [SYSTEM_PTES.base, vaAdd(SYSTEM_PTES.base, SPAN)];
  map.map(first, pa(0x1000), ATTRIBUTES);
  map.unmap(first);
  map.map(first, pa(0x2000), ATTRIBUTES);
  map.map(second, pa(0x3000), ATTRIBUTES);
  map.unmap(second);
  expect(map.lookup(first)?.physical).toBe(0x2000);
});

test('no table is written where RAM does not hold it', () => {
  const { tables: map, frames } = tables();
  while (frames.freePages > 1) frames.allocate();
  expect(map.map(SYSTEM_PTES.base, pa(0), ATTRIBUTES)).toBe(false);
  expect(map.hasRoomFor(1)).toBe(false);
});

test('tables overwritten with noise lead nowhere', () => {
  const { tables: map, physical } = tables();
  for (let at = 0; at < physical.ramBytes; at += 4) physical.write(pa(at), 4, 0xffff_ffffn);
  expect(map.lookup(SYSTEM_PTES.base)).toBeUndefined();
  expect(map.map(SYSTEM_PTES.base, pa(0), ATTRIBUTES)).toBe(false);
  expect(map.walk(va(0x8000_0000_0000n), 'read', false)).toEqual({ reason: 'non-canonical' });
});
