import { expect, test } from 'vitest';
import { PAGE_SIZE, type Pa, pa, paPage, va, vaAdd } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { MDL_FLAG, mdlAt } from './mdl.ts';
import {
  DEVICE_BASE,
  KERNEL_MODE,
  MM_CACHED,
  machine,
  type TestMachine,
  troubles,
} from './mm.suite.ts';

const RAM_BYTES = 16 << 20;

test('a mapping keeps the byte offset and reaches the device', () => {
  const { kernel, call, told } = machine();
  const at = va(call('MmMapIoSpace', DEVICE_BASE + 0x104, 0x2000, 0));
  expect(at & 0xfffn).toBe(0x104n);
  expect(kernel.mmu.u32(vaAdd(at, 0x1000))).toBe(0x1104);
  expect(told('map')).toMatchObject([
    {
      mapping: { pages: 3, length: 0x2000, backing: 'device', unlocked: false, executable: true },
      call: { service: 'MmMapIoSpace', trouble: [], mdl: null },
    },
  ]);
});

test.each([
  ['zero bytes', DEVICE_BASE, 0, 'the length is zero'],
  ['a 53-bit address', 2n ** 52n, 0x1000, 'the physical address has more than 52 bits'],
  ['a negative address', -1n, 0x1000, 'the physical address has more than 52 bits'],
  ['past the last address', 2n ** 52n - 8n, 16, 'the range passes the last physical address'],
  [
    'more than all system PTEs',
    DEVICE_BASE,
    2n ** 40n,
    'no system PTEs, or no RAM for page tables',
  ],
  ['an endless length', DEVICE_BASE, 2n ** 64n - 1n, 'no system PTEs, or no RAM for page tables'],
])('%s cannot be mapped', (_, physical, length, reason) => {
  const { kernel, call, told } = machine();
  const free = kernel.frames.freePages;
  for (const [service, type] of [
    ['MmMapIoSpace', 0],
    ['MmMapIoSpaceEx', 0x204],
    ['MmMapVideoDisplay', 2],
  ] as const) {
    expect(call(service, physical, length, type)).toBe(0n);
    expect(told('map-failed')).toMatchObject([{ reason, call: { service, rawType: type } }]);
  }
  expect(kernel.frames.freePages).toBe(free);
});

test.each([
  { protect: 0x204, writable: true, executable: false, cacheType: 'MmNonCached' },
  { protect: 0x404, writable: true, executable: false, cacheType: 'MmWriteCombined' },
  { protect: 0x02, writable: false, executable: false, cacheType: 'MmCached' },
  { protect: 0x220, writable: false, executable: true, cacheType: 'MmNonCached' },
  { protect: 0x40, writable: true, executable: true, cacheType: 'MmCached' },
  { protect: 0x210, writable: false, executable: true, cacheType: 'MmNonCached' },
])('MmMapIoSpaceEx with $protect', ({ protect, ...facts }) => {
  const { call, told } = machine();
  expect(call('MmMapIoSpaceEx', DEVICE_BASE, PAGE_SIZE, protect)).not.toBe(0n);
  expect(told('map')).toMatchObject([{ mapping: facts, call: { rawType: protect } }]);
});

test.each([0, 1, 0x06, 0x08, 0x604, 0x200, 0x104])('MmMapIoSpaceEx refuses %d', (protect) => {
  const { call, told } = machine();
  expect(call('MmMapIoSpaceEx', DEVICE_BASE, PAGE_SIZE, protect)).toBe(0n);
  expect(told('map-failed')).toMatchObject([{ reason: 'Protect is no page protection' }]);
});

/** The page that the address lies in. */
const physicalOf = ({ kernel }: TestMachine, at: bigint): Pa =>
  paPage(kernel.mmu.translate(va(at), 'read'));

/** RAM of each kind, how many pages of it, and whether nothing holds them. */
const RAM: Record<string, { of: (on: TestMachine) => Pa; pages?: number; unlocked: boolean }> = {
  'free RAM': { of: () => pa(RAM_BYTES - PAGE_SIZE), unlocked: true },
  'RAM and what follows it': { of: () => pa(RAM_BYTES - PAGE_SIZE), pages: 2, unlocked: true },
  'paged pool': { of: (on) => physicalOf(on, on.paged(8)), unlocked: true },
  'nonpaged pool': { of: (on) => physicalOf(on, on.nonpaged(8)), unlocked: false },
  'contiguous memory': {
    of: (on) => physicalOf(on, on.call('MmAllocateContiguousMemory', 3 * PAGE_SIZE, -1)),
    pages: 3,
    unlocked: false,
  },
  'locked paged pool': {
    of(on) {
      const buffer = on.paged(8);
      on.call('MmProbeAndLockPages', on.mdl(buffer, 8), KERNEL_MODE, 0);
      return physicalOf(on, buffer);
    },
    unlocked: false,
  },
  'a page of an MDL and the next': {
    of(on) {
      const low = RAM_BYTES - 2 * PAGE_SIZE;
      on.call('MmAllocatePagesForMdl', low, low + PAGE_SIZE - 1, 0, PAGE_SIZE);
      return pa(low);
    },
    pages: 2,
    unlocked: true,
  },
};

test.each(Object.entries(RAM))('mapping %s', (_, { of, pages = 1, unlocked }) => {
  const on = machine();
  const at = on.call('MmMapIoSpace', of(on), pages * PAGE_SIZE, MM_CACHED);
  expect(at).not.toBe(0n);
  expect(on.told('map')).toMatchObject([{ mapping: { backing: 'ram', unlocked } }]);
});

test('a failed mapping of unlocked RAM says that it was', () => {
  const { call, told } = machine();
  call('MmMapIoSpaceEx', RAM_BYTES - PAGE_SIZE, PAGE_SIZE, 0);
  call('MmMapIoSpaceEx', DEVICE_BASE, PAGE_SIZE, 0);
  expect(told('map-failed').map((event) => troubles([event]))).toEqual([['unlocked-ram'], []]);
});

test.each([
  ['exact', 0n, 0x1800, 'exact', 1],
  ['wrong length, same pages', 0n, 0x1001, 'wrong-length', 1],
  ['too short', 0n, 0x1000, 'wrong-length', 0],
  ['zero bytes', 0n, 0, 'wrong-length', 0],
  ['interior', 0x1000n, 0x800, 'interior', 0],
  ['too long, into the next', 0n, 0x10_0000, 'wrong-length', 2],
] as const)('unmapping: %s', (_, offset, length, match, ended) => {
  const { kernel, call, told } = machine();
  const at = call('MmMapIoSpace', DEVICE_BASE, 0x1800, 0);
  call('MmMapIoSpace', DEVICE_BASE, 0x1000, 0);
  call('MmUnmapIoSpace', at + offset, length);
  expect(told('unmap')).toMatchObject([{ match, base: at + offset, length }]);
  expect(told('mapping-ended')).toHaveLength(ended);
  expect(kernel.mappings.ledger.liveCount).toBe(2 - ended);
});

test.each([
  ['NULL', 0n, 'null'],
  ['pool', 0xffff_a000_0000_1000n, 'never-mapped'],
] as const)('unmapping %s', (_, at, match) => {
  const { call, told } = machine();
  call('MmUnmapIoSpace', at, 0x1000);
  expect(told('unmap')).toMatchObject([{ match, mapping: null }]);
});

const IO_MDL_ENTRY = 16;

/** MmAllocateMdlForIoSpace with the ranges; status and MDL. */
function ioMdl(on: TestMachine, ranges: readonly (readonly [number | bigint, number | bigint])[]) {
  const list = on.nonpaged(ranges.length * IO_MDL_ENTRY + 8);
  const out = vaAdd(list, ranges.length * IO_MDL_ENTRY);
  ranges.forEach(([start, bytes], i) => {
    on.kernel.mmu.write(vaAdd(list, i * IO_MDL_ENTRY), 8, BigInt(start));
    on.kernel.mmu.write(vaAdd(list, i * IO_MDL_ENTRY + 8), 8, BigInt(bytes));
  });
  const status = Number(on.call('MmAllocateMdlForIoSpace', list, ranges.length, out));
  return { status, mdl: on.kernel.mmu.pointer(out) };
}

test('an MDL of device memory lists the pages of every range and is mapped', () => {
  const on = machine();
  const { status, mdl } = ioMdl(on, [
    [DEVICE_BASE + 0x2000, 0x1000],
    [DEVICE_BASE, 0x2000],
  ]);
  expect(status).toBe(STATUS.SUCCESS);
  expect(on.told('mdl')).toMatchObject([{ what: 'allocate-io-space', mdl, trouble: [] }]);
  expect(mdlAt(on.kernel, mdl)).toMatchObject({ ByteCount: 0x3000, ByteOffset: 0, StartVa: 0n });
  expect(on.flags(mdl) & MDL_FLAG.IO_SPACE).not.toBe(0);
  const at = va(on.map(mdl));
  expect(on.kernel.mmu.u32(vaAdd(at, 8))).toBe(0x2008);
  expect(on.kernel.mmu.u32(vaAdd(at, 0x1008))).toBe(0x0008);
  expect(troubles(on.told('map'))).toEqual([]);
  on.call('MmUnmapLockedPages', at, mdl);
  on.call('IoFreeMdl', mdl);
  expect(on.told('mdl')).toMatchObject([{ what: 'free', trouble: [] }]);
});

test.each([
  ['an offset', [[DEVICE_BASE + 0x80, 0x1000]], 'not-page-aligned'],
  ['a remainder', [[DEVICE_BASE, 0x1080]], 'not-page-aligned'],
  ['RAM', [[0x10_0000, 0x1000]], 'is-ram'],
  [
    '4 GiB',
    [
      [DEVICE_BASE, 0x8000_0000],
      [2n ** 40n, 0x8000_0000],
    ],
    'too-long',
  ],
  ['2^63 bytes', [[DEVICE_BASE, 2n ** 63n]], 'too-long'],
] as const)('MmAllocateMdlForIoSpace refuses %s', (_, ranges, trouble) => {
  const on = machine();
  expect(ioMdl(on, ranges).status).toBe(STATUS.INVALID_PARAMETER_1);
  expect(on.told('mdl')).toMatchObject([{ what: 'failed', mdl: 0n, trouble: [trouble] }]);
});
