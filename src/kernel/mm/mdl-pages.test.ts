import { expect, test } from 'vitest';
import { PAGE_SIZE, va } from '../../units/address.ts';
import { lockedFrames } from './locked-frames.ts';
import { MDL_FLAG, mdlAt, readFrames } from './mdl.ts';
import { MM_CACHED, machine } from './mm.suite.ts';

const MIB = 0x10_0000;
const FULL = 4;
const CHUNKS = 0x20;

/** Low, high, skip, bytes, flags, and how many pages come. */
test.each([
  { what: 'anywhere', low: 0, high: 2 ** 32, skip: 0, bytes: 5 * PAGE_SIZE, flags: 0, pages: 5 },
  { what: 'not whole pages', low: 0, high: 2 ** 32, skip: 0, bytes: 4097, flags: 0, pages: 2 },
  {
    what: 'a range',
    low: 8 * MIB,
    high: 8 * MIB + 0x2fff,
    skip: 0,
    bytes: MIB,
    flags: 0,
    pages: 3,
  },
  {
    what: 'a range, fully',
    low: 8 * MIB,
    high: 8 * MIB + 0x2fff,
    skip: 0,
    bytes: MIB,
    flags: FULL,
    pages: 0,
  },
  {
    what: 'ranges',
    low: 8 * MIB,
    high: 8 * MIB + 0x1fff,
    skip: MIB,
    bytes: 6 * PAGE_SIZE,
    flags: FULL,
    pages: 6,
  },
  { what: 'no RAM', low: 2 ** 33, high: 2 ** 34, skip: 0, bytes: PAGE_SIZE, flags: 0, pages: 0 },
  { what: 'nothing', low: 0, high: 2 ** 32, skip: 0, bytes: 0, flags: 0, pages: 0 },
  { what: 'more than RAM', low: 0, high: 2 ** 32, skip: 0, bytes: 64 * MIB, flags: FULL, pages: 0 },
  {
    what: 'one run',
    low: 0,
    high: 2 ** 32,
    skip: 0,
    bytes: 9 * PAGE_SIZE,
    flags: CHUNKS,
    pages: 9,
  },
  { what: 'runs', low: 0, high: 2 ** 32, skip: 0x4000, bytes: 0x8000, flags: CHUNKS, pages: 8 },
  {
    what: 'runs of no power of two',
    low: 0,
    high: 2 ** 32,
    skip: 0x3000,
    bytes: 0x6000,
    flags: CHUNKS,
    pages: 0,
  },
  {
    what: 'runs that do not divide',
    low: 0,
    high: 2 ** 32,
    skip: 0x4000,
    bytes: 0x5000,
    flags: CHUNKS,
    pages: 0,
  },
  { what: 'an odd skip', low: 0, high: 2 ** 32, skip: 0x800, bytes: 0x1000, flags: 0, pages: 0 },
])('pages from $what', ({ low, high, skip, bytes, flags, pages }) => {
  const { kernel, call } = machine();
  const free = kernel.frames.freePages;
  const at = va(call('MmAllocatePagesForMdlEx', low, high, skip, bytes, MM_CACHED, flags));
  if (pages === 0) {
    expect([at, kernel.frames.freePages]).toEqual([0n, free]);
    return;
  }
  const mdl = mdlAt(kernel, at);
  expect(mdl).toMatchObject({ StartVa: 0n, MdlFlags: MDL_FLAG.PAGES_LOCKED, Size: 48 + 8 * pages });
  expect(mdl.ByteCount).toBe(Math.min(bytes, pages * PAGE_SIZE));
  const frames = readFrames(kernel, at, pages);
  expect(new Set(frames).size).toBe(pages);
  expect(frames.every((frame) => lockedFrames(kernel).has(frame))).toBe(true);
  const chunk = (flags & CHUNKS) === 0 ? 1 : skip === 0 ? pages : skip / PAGE_SIZE;
  for (const [i, frame] of frames.entries()) {
    if (i % chunk !== 0) expect(frame).toBe((frames[i - 1] ?? 0) + PAGE_SIZE);
    else if (skip !== 0 && chunk > 1) expect(frame % skip).toBe(0);
    const inRange = Array.from({ length: 16 }, (_, k) => k * skip).some(
      (by) => frame >= low + by && frame + PAGE_SIZE - 1 <= high + by,
    );
    expect(inRange).toBe(true);
  }
  call('MmFreePagesFromMdl', at);
  expect(frames.some((frame) => kernel.frames.isAllocated(frame))).toBe(false);
  expect(mdlAt(kernel, at).MdlFlags).toBe(0);
});

test.each([
  [0, 0],
  [1, 0xa5a5_a5a5],
])('flags %i leave %d in the pages', (flags, content) => {
  const { kernel, pagesMdl, map } = machine();
  expect(kernel.mmu.u32(va(map(pagesMdl(PAGE_SIZE, flags))))).toBe(content);
});
