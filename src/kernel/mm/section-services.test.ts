import { expect, test } from 'vitest';
import { PAGE_SIZE, type Va, va, vaAdd } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { handles } from '../ob/handles.ts';
import { OBJECT_ATTRIBUTES } from '../ob/object-attributes.ts';
import { placeString } from '../test-kernel.ts';
import { DEVICE_BASE, machine, type TestMachine, troubles } from './mm.suite.ts';

const PHYSICAL_MEMORY = '\\Device\\PhysicalMemory';
const KERNEL_HANDLE = 0x240;
const CURRENT_PROCESS = -1n;
const READWRITE = 0x04;
const NOCACHE = 0x200;

function attributes({ kernel, nonpaged }: TestMachine, name: string, flags: number): Va {
  const at = nonpaged(OBJECT_ATTRIBUTES.bytes);
  const view = OBJECT_ATTRIBUTES.at(kernel.mmu, at);
  view.ObjectName = placeString(kernel, name);
  view.Attributes = flags;
  return at;
}

function open(on: TestMachine, name = PHYSICAL_MEMORY, flags = KERNEL_HANDLE) {
  const out = on.nonpaged(8);
  const status = Number(on.call('ZwOpenSection', out, 6, attributes(on, name, flags)));
  return { status, handle: on.kernel.mmu.u64(out) };
}

function create(
  on: TestMachine,
  bytes: number,
  more: { name?: string; flags?: number; protect?: number } = {},
) {
  const out = on.nonpaged(16);
  const size = vaAdd(out, 8);
  on.kernel.mmu.write(size, 8, BigInt(bytes));
  const named = more.name === undefined ? 0n : attributes(on, more.name, more.flags ?? 0);
  const args = [out, 0xf001f, named, size, more.protect ?? READWRITE, 0x800_0000, 0] as const;
  return { status: Number(on.call('ZwCreateSection', ...args)), handle: on.kernel.mmu.u64(out) };
}

interface ViewArgs {
  readonly base?: bigint;
  readonly offset?: number | bigint;
  readonly size?: number | bigint;
  readonly protect?: number;
  readonly process?: bigint;
  readonly inherit?: number;
}

function view(on: TestMachine, handle: bigint, args: ViewArgs = {}) {
  const { mmu } = on.kernel;
  const out = on.nonpaged(24);
  const [base, offset, size] = [out, vaAdd(out, 8), vaAdd(out, 16)];
  mmu.write(base, 8, args.base ?? 0n);
  mmu.write(offset, 8, BigInt(args.offset ?? 0));
  mmu.write(size, 8, BigInt(args.size ?? 0));
  const { process = CURRENT_PROCESS, inherit = 2, protect = READWRITE } = args;
  const rest = [0, 0, offset, size, inherit, 0, protect] as const;
  const status = Number(on.call('ZwMapViewOfSection', handle, process, base, ...rest));
  return { status, base: mmu.pointer(base), offset: mmu.u64(offset), size: mmu.u64(size) };
}

const unview = (on: TestMachine, at: bigint): number =>
  Number(on.call('ZwUnmapViewOfSection', CURRENT_PROCESS, at));

test.each([
  [PHYSICAL_MEMORY, STATUS.SUCCESS],
  [PHYSICAL_MEMORY.toUpperCase(), STATUS.SUCCESS],
  ['\\Device\\Nothing', STATUS.OBJECT_NAME_NOT_FOUND],
  ['', STATUS.OBJECT_PATH_SYNTAX_BAD],
])('opening %s', (name, status) => {
  expect(open(machine(), name).status).toBe(status);
});

test('a view begins at 64 KiB below the offset and reaches the device', () => {
  const on = machine();
  const { handle } = open(on);
  const at = view(on, handle, {
    offset: DEVICE_BASE + 0x1010,
    size: 0x20,
    protect: READWRITE | NOCACHE,
  });
  expect(at).toMatchObject({ status: 0, offset: BigInt(DEVICE_BASE), size: 0x2000n });
  expect(at.base % 0x1_0000n).toBe(0n);
  expect(on.kernel.mmu.u32(vaAdd(at.base, 0x1010))).toBe(0x1010);
  expect(on.told('map')).toMatchObject([
    {
      mapping: {
        service: 'ZwMapViewOfSection',
        origin: 'section',
        space: 'user',
        physical: DEVICE_BASE,
        pages: 2,
        backing: 'device',
        cacheType: 'MmNonCached',
        executable: false,
        unlocked: false,
      },
      call: { trouble: [], rawType: 0x204, accessMode: 'user' },
    },
  ]);
});

test('a view through a handle that is not the kernel’s says so', () => {
  const on = machine();
  const { handle } = open(on, PHYSICAL_MEMORY, 0x40);
  view(on, handle, { offset: DEVICE_BASE, size: PAGE_SIZE });
  expect(troubles(on.told('map'))).toEqual(['handle-not-kernel']);
});

test.each([
  [
    'RAM that nobody holds',
    (on: TestMachine) => on.kernel.mmu.translate(on.paged(8), 'read'),
    true,
  ],
  [
    'RAM that an allocation holds',
    (on: TestMachine) => {
      const at = on.call('MmAllocateContiguousMemorySpecifyCache', 0x1_0000, 0, -1n, 0x1_0000, 1);
      return on.kernel.mmu.translate(va(at), 'read');
    },
    false,
  ],
])('a view of %s', (_, physical, unlocked) => {
  const on = machine();
  const at = physical(on);
  expect(view(on, open(on).handle, { offset: at, size: 8, protect: READWRITE }).status).toBe(0);
  expect(on.told('map')).toMatchObject([{ mapping: { backing: 'ram', unlocked } }]);
});

test.each([
  ['another caching type', { protect: READWRITE }, STATUS.CONFLICTING_ADDRESSES],
  ['the same', { protect: READWRITE | NOCACHE }, STATUS.SUCCESS],
  ['the rest of all memory', { size: 0 }, STATUS.INVALID_VIEW_SIZE],
  ['past all memory', { offset: 2n ** 52n - 8n, size: 16 }, STATUS.INVALID_VIEW_SIZE],
  ['a wish', { base: 0x1_0000_2345n, protect: READWRITE | NOCACHE }, STATUS.SUCCESS],
  [
    'a wish in system space',
    { base: 0xffff_9000_0000_0000n, protect: 0x204 },
    STATUS.CONFLICTING_ADDRESSES,
  ],
  ['too much at a wish', { base: 0x1_0000n, size: 2 ** 40 }, STATUS.CONFLICTING_ADDRESSES],
  ['no protection', { protect: 0 }, STATUS.INVALID_PAGE_PROTECTION],
  ['another process', { process: 0x44n }, STATUS.INVALID_HANDLE],
  ['no inheritance', { inherit: 0 }, STATUS.INVALID_PARAMETER_8],
] as const)('a view with %s', (_, args, status) => {
  const on = machine();
  on.call('MmMapIoSpace', DEVICE_BASE, PAGE_SIZE, 0);
  const at = view(on, open(on).handle, { offset: DEVICE_BASE, size: 8, ...args });
  expect(at.status).toBe(status);
  if ('base' in args && status === STATUS.SUCCESS) expect(at.base).toBe(0x1_0000_0000n);
});

test('any address of a view ends all of it, once', () => {
  const on = machine();
  const { base } = view(on, open(on).handle, { offset: DEVICE_BASE, size: 2 * PAGE_SIZE });
  expect(unview(on, base + 0x1234n)).toBe(STATUS.SUCCESS);
  expect(unview(on, base)).toBe(STATUS.NOT_MAPPED_VIEW);
  expect(unview(on, 0x55_0000n)).toBe(STATUS.NOT_MAPPED_VIEW);
  expect(on.told('unmap').map(({ match }) => match)).toEqual([
    'interior',
    'already-ended',
    'never-mapped',
  ]);
  expect(on.told('mapping-ended')).toMatchObject([{ mapping: { virtual: base, pages: 2 } }]);
});

test('handles: none, of another kind, closed', () => {
  const on = machine();
  const key = handles(on.kernel).open({ type: 'key' });
  const { handle } = open(on);
  handles(on.kernel).close(handle);
  expect([0x44n, key, handle].map((h) => view(on, h, { size: 8 }).status)).toEqual([
    STATUS.INVALID_HANDLE,
    STATUS.OBJECT_TYPE_MISMATCH,
    STATUS.INVALID_HANDLE,
  ]);
});

test('views of one section share its pages, which go with the last of them', () => {
  const on = machine();
  const { mmu, frames } = on.kernel;
  const free = frames.freePages;
  const { handle } = create(on, 3 * PAGE_SIZE - 1);
  const [whole, again] = [view(on, handle), view(on, handle, { size: 0x1800 })];
  expect([whole.size, again.size]).toEqual([0x3000n, 0x2000n]);
  mmu.write(vaAdd(whole.base, 0x1004), 4, 0xabcdn);
  expect(mmu.u32(vaAdd(again.base, 0x1004))).toBe(0xabcd);
  expect(on.told('map')).toMatchObject([
    { mapping: { unlocked: false, backing: 'ram' } },
    { mapping: { unlocked: false } },
  ]);
  const frame = mmu.translate(whole.base, 'read');
  handles(on.kernel).close(handle);
  unview(on, whole.base);
  expect(frames.isAllocated(frame)).toBe(true);
  unview(on, again.base);
  expect(frames.isAllocated(frame)).toBe(false);
  expect(free).toBeGreaterThan(frames.freePages);
});

test('named sections are found, collide and open again', () => {
  const on = machine();
  const name = '\\BaseNamedObjects\\Shared';
  const first = create(on, PAGE_SIZE, { name });
  expect(create(on, PAGE_SIZE, { name }).status).toBe(STATUS.OBJECT_NAME_COLLISION);
  const second = create(on, PAGE_SIZE, { name, flags: 0x80 });
  expect(second.status).toBe(STATUS.OBJECT_NAME_EXISTS);
  expect(open(on, name.toLowerCase()).status).toBe(STATUS.SUCCESS);
  for (const { handle } of [first, second]) handles(on.kernel).close(handle);
  expect(open(on, name).status).toBe(STATUS.SUCCESS);
});

test.each([
  ['no size', 0, READWRITE, STATUS.INVALID_PARAMETER_4],
  ['no protection', PAGE_SIZE, 0, STATUS.INVALID_PAGE_PROTECTION],
  ['more than RAM', 2 ** 30, READWRITE, STATUS.INSUFFICIENT_RESOURCES],
])('a section of %s cannot be made', (_, bytes, protect, status) => {
  expect(create(machine(), bytes, { protect }).status).toBe(status);
});

test('a read-only section has no writable views', () => {
  const on = machine();
  const { handle } = create(on, PAGE_SIZE, { protect: 0x02 });
  expect(view(on, handle, { protect: READWRITE }).status).toBe(STATUS.SECTION_PROTECTION);
  expect(view(on, handle, { protect: 0x02 }).status).toBe(STATUS.SUCCESS);
});
