import { expect, test } from 'vitest';
import type { Trouble } from '../../events/event.ts';
import { PAGE_SIZE, va, vaAdd } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { lockedFrames } from './locked-frames.ts';
import { MDL_FLAG, mdlAt, readFrames } from './mdl.ts';
import {
  DEVICE_BASE,
  KERNEL_MODE,
  MM_CACHED,
  MM_NON_CACHED,
  machine,
  NO_EXECUTE,
  raisedBy,
  stopOf,
  type TestMachine,
  troubles,
  USER_MODE,
} from './mm.suite.ts';

const locked = (on: TestMachine, bytes = PAGE_SIZE): bigint => {
  const at = on.mdl(on.paged(bytes), bytes);
  on.call('MmProbeAndLockPages', at, KERNEL_MODE, 1);
  return at;
};
const built = (on: TestMachine, bytes = PAGE_SIZE): bigint => {
  const at = on.mdl(on.nonpaged(bytes), bytes);
  on.call('MmBuildMdlForNonPagedPool', at);
  return at;
};

test('a system mapping shows the pages of the MDL and is noted in it', () => {
  const on = machine();
  const { kernel } = on;
  const buffer = on.paged(3 * PAGE_SIZE);
  const at = va(on.mdl(vaAdd(buffer, 0x123), 2 * PAGE_SIZE));
  on.call('MmProbeAndLockPages', at, KERNEL_MODE, 1);
  const mapped = va(on.map(at));
  expect(mapped & 0xfffn).toBe(0x123n);
  kernel.mmu.write(vaAdd(mapped, PAGE_SIZE), 8, 0x1234_5678n);
  expect(kernel.mmu.u64(vaAdd(buffer, PAGE_SIZE + 0x123))).toBe(0x1234_5678n);
  expect(mdlAt(kernel, at).MappedSystemVa).toBe(mapped);
  expect(on.flags(at) & MDL_FLAG.MAPPED_TO_SYSTEM_VA).toBe(1);
  const [event] = on.told('map');
  expect(event).toMatchObject({
    mapping: {
      service: 'MmMapLockedPagesSpecifyCache',
      origin: 'mdl',
      virtual: mapped,
      pages: 3,
      length: 2 * PAGE_SIZE,
      physical: (readFrames(kernel, at, 1)[0] ?? 0) + 0x123,
      space: 'system',
      cacheType: 'MmCached',
      writable: true,
      executable: false,
      backing: 'ram',
      unlocked: false,
    },
    call: { mdl: at, accessMode: 'kernel', rawType: MM_CACHED, trouble: [] },
  });
});

const TROUBLES: Record<
  string,
  { mdl: (on: TestMachine) => bigint; mode: number; bugCheck?: number; trouble: Trouble[] }
> = {
  'an unlocked MDL': {
    mdl: (on) => on.mdl(on.paged(PAGE_SIZE), PAGE_SIZE),
    mode: KERNEL_MODE,
    trouble: ['not-locked'],
  },
  'a locked one': { mdl: locked, mode: KERNEL_MODE, trouble: [] },
  'one of pages': { mdl: (on) => on.pagesMdl(PAGE_SIZE), mode: KERNEL_MODE, trouble: [] },
  'one of nonpaged pool': { mdl: built, mode: KERNEL_MODE, trouble: ['nonpaged-to-system'] },
  'one of nonpaged pool to user': { mdl: built, mode: USER_MODE, trouble: ['outside-try'] },
  'half a page to user': {
    mdl: (on) => built(on, 0x800),
    mode: USER_MODE,
    trouble: ['outside-try', 'length-not-pages'],
  },
  'a mapped one': {
    mdl(on) {
      const at = locked(on);
      on.map(at);
      on.told('map');
      return at;
    },
    mode: KERNEL_MODE,
    trouble: ['already-mapped'],
  },
  'one with BugCheckOnFailure': {
    mdl: locked,
    mode: KERNEL_MODE,
    bugCheck: 1,
    trouble: ['bugcheck-on-failure'],
  },
};

test.each(Object.entries(TROUBLES))('mapping %s', (_, { mdl, mode, bugCheck = 0, trouble }) => {
  const on = machine();
  const at = mdl(on);
  const args = [at, mode, MM_CACHED, 0, bugCheck, NO_EXECUTE] as const;
  expect(on.call('MmMapLockedPagesSpecifyCache', ...args)).not.toBe(0n);
  expect(troubles(on.told('map'))).toEqual(trouble);
});

test.each([
  { priority: 0x10, mode: KERNEL_MODE, writable: true, executable: true },
  { priority: 0x4000_0010, mode: KERNEL_MODE, writable: true, executable: false },
  { priority: 0xc000_0020, mode: KERNEL_MODE, writable: false, executable: false },
  { priority: 0x8000_0010, mode: USER_MODE, writable: false, executable: false },
  { priority: 0x10, mode: USER_MODE, writable: true, executable: false },
])('priority $priority in mode $mode', ({ priority, mode, writable, executable }) => {
  const on = machine();
  const at = va(
    on.call(
      'MmMapLockedPagesSpecifyCache',
      on.pagesMdl(PAGE_SIZE),
      mode,
      MM_CACHED,
      0,
      0,
      priority,
    ),
  );
  const user = mode === USER_MODE;
  expect(on.kernel.mmu.tables.lookup(at)).toMatchObject({ writable, executable, user });
  expect(on.told('map')[0]?.mapping.space).toBe(user ? 'user' : 'system');
});

test.each([
  ['pages with a type', 'MmAllocatePagesForMdlEx', [MM_NON_CACHED, 0], MM_CACHED, 'MmNonCached'],
  ['pages without one', 'MmAllocatePagesForMdl', [], MM_NON_CACHED, 'MmNonCached'],
  ['pages without one', 'MmAllocatePagesForMdl', [], 2, 'MmWriteCombined'],
] as const)('%s of %s keep or take the caching type', (_, service, more, asked, expected) => {
  const on = machine();
  const at = on.call(service, 0, 0xffff_ffff, 0, PAGE_SIZE, ...more);
  on.call('MmMapLockedPagesSpecifyCache', at, KERNEL_MODE, asked, 0, 0, NO_EXECUTE);
  expect(on.told('map')[0]?.mapping.cacheType).toBe(expected);
});

test.each([
  { wish: 0x1_0000_1234n, base: 0x1_0000_0000n, status: 0 },
  { wish: 0x1000n, base: 0n, status: STATUS.CONFLICTING_ADDRESSES },
  { wish: 0xffff_a000_0000_0000n, base: 0n, status: STATUS.CONFLICTING_ADDRESSES },
])('a user mapping at $wish', ({ wish, base, status }) => {
  const on = machine();
  const at = on.pagesMdl(PAGE_SIZE);
  const map = () =>
    on.call('MmMapLockedPagesSpecifyCache', at, USER_MODE, MM_CACHED, wish, 0, NO_EXECUTE);
  if (status !== 0) {
    expect(raisedBy(map)).toBe(status);
    expect(on.told('map-failed')).toHaveLength(1);
    return;
  }
  expect(map()).toBe(base);
  expect(raisedBy(map)).toBe(STATUS.CONFLICTING_ADDRESSES);
  on.call('MmUnmapLockedPages', base, at);
  expect(map()).toBe(base);
});

test('an MDL of no bytes: NULL, a bug check or an exception', () => {
  const on = machine();
  const at = on.mdl(on.paged(8), 0);
  const map = (mode: number, bugCheck: number) =>
    on.call('MmMapLockedPagesSpecifyCache', at, mode, MM_CACHED, 0, bugCheck, NO_EXECUTE);
  expect(map(KERNEL_MODE, 0)).toBe(0n);
  expect(on.told('map-failed')).toMatchObject([{ reason: 'the MDL describes no bytes' }]);
  expect(stopOf(() => map(KERNEL_MODE, 1)).code).toBe(0x3f);
  expect(stopOf(() => on.call('MmMapLockedPages', at, KERNEL_MODE)).code).toBe(0x3f);
  expect(raisedBy(() => map(USER_MODE, 0))).toBe(STATUS.INSUFFICIENT_RESOURCES);
});

test('MmMapLockedPages maps cached and executable', () => {
  const on = machine();
  expect(on.call('MmMapLockedPages', locked(on), KERNEL_MODE)).not.toBe(0n);
  expect(on.told('map')).toMatchObject([
    {
      mapping: { service: 'MmMapLockedPages', executable: true, cacheType: 'MmCached' },
      call: { trouble: [] },
    },
  ]);
});

test.each([
  ['exact', (on: TestMachine) => [locked(on), 0n] as const, 'exact', []],
  ['inside', (on: TestMachine) => [locked(on, 2 * PAGE_SIZE), 0x1000n] as const, 'interior', []],
] as const)('unmapping %s', (_, make, match, trouble) => {
  const on = machine();
  const [at, offset] = make(on);
  const mapped = on.map(at);
  on.call('MmUnmapLockedPages', mapped + offset, at);
  const [event] = on.told('unmap');
  expect(event).toMatchObject({ match, trouble, length: null, service: 'MmUnmapLockedPages' });
  expect(on.told('mapping-ended')).toHaveLength(match === 'exact' ? 1 : 0);
  expect(on.kernel.mappings.livePages).toBe(match === 'exact' ? 0 : 1);
});

test('unmapping twice, through another MDL, through a partial one', () => {
  const on = machine();
  const [at, other] = [locked(on), locked(on)];
  const mapped = on.map(at);
  on.call('MmUnmapLockedPages', mapped, at);
  on.call('MmUnmapLockedPages', mapped, at);
  expect(on.told('unmap')).toMatchObject([
    { match: 'exact', trouble: [] },
    { match: 'already-ended', trouble: ['not-mapped'], releasedAt: [] },
  ]);
  const again = on.map(at);
  on.call('MmUnmapLockedPages', again, other);
  expect(on.told('unmap')).toMatchObject([{ match: 'exact', trouble: ['wrong-mdl'] }]);
});

test('a partial MDL releases its own mapping and not that of its source', () => {
  const on = machine();
  const buffer = on.paged(PAGE_SIZE);
  const [source, target] = [on.mdl(buffer, PAGE_SIZE), on.mdl(buffer, PAGE_SIZE)];
  on.call('MmProbeAndLockPages', source, KERNEL_MODE, 1);
  const mapped = on.map(source);
  on.call('IoBuildPartialMdl', source, target, buffer, 0);
  on.call('MmUnmapLockedPages', mapped, target);
  expect(on.told('unmap')).toMatchObject([{ trouble: ['partial-mdl'] }]);
});

test.each([
  ['MmUnmapIoSpace', 'of an MDL mapping', (on: TestMachine) => on.map(locked(on)), [PAGE_SIZE]],
  [
    'MmUnmapLockedPages',
    'of I/O space',
    (on: TestMachine) => on.call('MmMapIoSpace', DEVICE_BASE, PAGE_SIZE, 0),
    null,
  ],
] as const)('%s %s releases nothing', (service, _, make, more) => {
  const on = machine();
  const base = make(on);
  on.call(service, base, ...(more ?? [locked(on)]));
  expect(on.told('unmap')).toMatchObject([{ match: 'foreign' }]);
  expect(on.kernel.mappings.livePages).toBe(1);
});

test('scattered pages of several MDLs stay apart under the mapping core', () => {
  const on = machine();
  const at = va(on.pagesMdl(4 * PAGE_SIZE));
  const mapped = va(on.map(at));
  const frames = readFrames(on.kernel, at, 4);
  expect(frames).toEqual(frames.toSorted((a, b) => b - a));
  expect(
    frames.map((_, i) => on.kernel.mmu.translate(vaAdd(mapped, i * PAGE_SIZE), 'read')),
  ).toEqual(frames);
  on.call('MmFreePagesFromMdl', at);
  expect(frames.some((frame) => lockedFrames(on.kernel).has(frame))).toBe(false);
  expect(on.told('mapping-ended')).toHaveLength(1);
  expect(stopOf(() => on.call('MmFreePagesFromMdl', at)).code).toBe(0x4e);
});
