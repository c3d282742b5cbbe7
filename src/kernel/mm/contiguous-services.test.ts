import { expect, test } from 'vitest';
import { PAGE_SIZE, type Va, va, vaAdd } from '../../units/address.ts';
import { contiguousMemory } from './contiguous-memory.ts';
import { lockedFrames } from './locked-frames.ts';
import { machine, stopOf, type TestMachine } from './mm.suite.ts';

const ANY = -1n;

const framesOf = ({ kernel }: TestMachine, at: Va, pages: number): number[] =>
  Array.from({ length: pages }, (_, i) => kernel.mmu.translate(vaAdd(at, i * PAGE_SIZE), 'read'));

test.each([
  { service: 'MmAllocateContiguousMemory', args: [ANY], cache: 'write-back' },
  { service: 'MmAllocateContiguousMemorySpecifyCache', args: [0, ANY, 0, 0], cache: 'uncached' },
  {
    service: 'MmAllocateContiguousMemorySpecifyCacheNode',
    args: [0, ANY, 0, 2, 0x8000_0000],
    cache: 'write-combining',
  },
  {
    service: 'MmAllocateContiguousNodeMemory',
    args: [0, ANY, 0, 0x204, 0],
    cache: 'uncached',
    executable: false,
  },
  { service: 'MmAllocateNonCachedMemory', args: [], cache: 'uncached' },
])('$service gives locked pages in one run', ({ service, args, cache, executable = true }) => {
  const on = machine();
  const at = va(on.call(service, 3 * PAGE_SIZE - 5, ...args));
  const frames = framesOf(on, at, 3);
  expect(frames).toEqual([0, 1, 2].map((i) => (frames[0] ?? 0) + i * PAGE_SIZE));
  expect(on.kernel.mmu.tables.lookup(at)).toMatchObject({ writable: true, executable, cache });
  expect(lockedFrames(on.kernel).covers(on.kernel.mmu.translate(at, 'read'), 3)).toBe(true);
  expect(on.kernel.mmu.isReadable(vaAdd(at, 3 * PAGE_SIZE), 1)).toBe(false);
  expect(on.kernel.mmu.u32(at)).toBe(0xa5a5_a5a5);
});

test.each([
  { pages: 2, lowest: 0x50_0000n, highest: 0x50_5fffn, boundary: 0n, fits: true },
  { pages: 2, lowest: 0x50_0000n, highest: 0x50_1ffen, boundary: 0n, fits: false },
  { pages: 2, lowest: 0x50_0000n, highest: 0x50_1fffn, boundary: 0n, fits: true },
  { pages: 2, lowest: 0x50_f000n, highest: ANY, boundary: 0x1_0000n, fits: true },
  { pages: 17, lowest: 0n, highest: ANY, boundary: 0x1_0000n, fits: false },
  { pages: 2, lowest: 0xff_f000n, highest: ANY, boundary: 0n, fits: false },
  { pages: 0x1_0000, lowest: 0n, highest: ANY, boundary: 0n, fits: false },
  { pages: 0, lowest: 0n, highest: ANY, boundary: 0n, fits: false },
])(
  '$pages pages from $lowest to $highest by $boundary',
  ({ pages, lowest, highest, boundary, fits }) => {
    const on = machine();
    const free = on.kernel.frames.freePages;
    const at = va(
      on.call(
        'MmAllocateContiguousMemorySpecifyCache',
        pages * PAGE_SIZE,
        lowest,
        highest,
        boundary,
        1,
      ),
    );
    expect(at !== 0n).toBe(fits);
    if (!fits) {
      expect(on.kernel.frames.freePages).toBe(free);
      return;
    }
    const first = on.kernel.mmu.translate(at, 'read');
    const last = first + pages * PAGE_SIZE - 1;
    expect(first).toBeGreaterThanOrEqual(Number(lowest));
    expect(BigInt(last) <= BigInt.asUintN(64, highest)).toBe(true);
    if (boundary !== 0n) {
      const block = (address: number) => Math.floor(address / Number(boundary));
      expect(block(first)).toBe(block(last));
    }
  },
);

test('freed memory is gone, given back, and named', () => {
  const on = machine();
  const at = va(on.call('MmAllocateContiguousMemory', 0x1234, ANY));
  const frame = on.kernel.mmu.translate(at, 'read');
  const memory = contiguousMemory(on.kernel);
  expect(memory.describe(vaAdd(at, 0x1240))).toBe(
    'past the end of a live block of contiguous memory of 4660 bytes',
  );
  on.call('MmFreeContiguousMemory', at);
  expect(on.kernel.mmu.isReadable(at, 1)).toBe(false);
  expect([on.kernel.frames.isAllocated(frame), lockedFrames(on.kernel).has(frame)]).toEqual([
    false,
    false,
  ]);
  expect(memory.describe(at)).toBe('in a freed block of contiguous memory of 4660 bytes');
});

const free =
  (service: string, offset: bigint, ...more: number[]) =>
  (on: TestMachine, at: bigint) =>
    on.call(service, at + offset, ...more);

test.each([
  ['contiguous', free('MmFreeContiguousMemory', 0n), 0, 0n],
  ['contiguous', free('MmFreeContiguousMemorySpecifyCache', 0n, 1, 0), 0, 0n],
  ['contiguous', free('MmFreeContiguousMemory', 0x1000n), 0xc2, 0x60n],
  ['contiguous', free('MmFreeNonCachedMemory', 0n, 0x2000), 0xda, 0x302n],
  ['non-cached', free('MmFreeContiguousMemory', 0n), 0xc2, 0x60n],
  ['non-cached', free('MmFreeNonCachedMemory', 0n, 0x2000), 0, 0n],
  ['non-cached', free('MmFreeNonCachedMemory', 0n, 0x1001), 0, 0n],
  ['non-cached', free('MmFreeNonCachedMemory', 0n, 0x1000), 0xda, 0x305n],
] as const)('freeing %s memory, right or wrong (%#)', (kind, release, code, first) => {
  const on = machine();
  const at =
    kind === 'contiguous'
      ? on.call('MmAllocateContiguousMemory', 0x2000, ANY)
      : on.call('MmAllocateNonCachedMemory', 0x2000);
  expect(stopOf(() => release(on, at))).toEqual({ code, first });
  if (code === 0) expect(stopOf(() => release(on, at)).code).not.toBe(0);
});
