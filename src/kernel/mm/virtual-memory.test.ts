import { expect, test } from 'vitest';
import { PAGE_SIZE, type Va, va, vaAdd } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { isRunEnd } from '../end.ts';
import { machine, type TestMachine } from './mm.suite.ts';

const COMMIT = 0x1000;
const RESERVE = 0x2000;
const DECOMMIT = 0x4000;
const RELEASE = 0x8000;
const READWRITE = 0x04;
const CURRENT_PROCESS = -1n;

/** A service with *BaseAddress and *RegionSize in and out. */
function ranged(on: TestMachine, base: bigint, size: bigint, call: (b: Va, s: Va) => bigint) {
  const { mmu } = on.kernel;
  const at = on.nonpaged(16);
  mmu.write(at, 8, base);
  mmu.write(vaAdd(at, 8), 8, size);
  const status = Number(call(at, vaAdd(at, 8)));
  return { status, base: mmu.pointer(at), size: mmu.u64(vaAdd(at, 8)) };
}

const allocate = (on: TestMachine, base: bigint, size: bigint, type: number, protect = READWRITE) =>
  ranged(on, base, size, (b, s) =>
    on.call('ZwAllocateVirtualMemory', CURRENT_PROCESS, b, 0, s, type, protect),
  );
const free = (on: TestMachine, base: bigint, size: bigint, type: number) =>
  ranged(on, base, size, (b, s) => on.call('ZwFreeVirtualMemory', CURRENT_PROCESS, b, s, type));

test('memory is reserved, committed, protected, decommitted and released', () => {
  const on = machine();
  const { mmu } = on.kernel;
  const region = allocate(on, 0n, 0x2001n, RESERVE);
  expect(region).toMatchObject({ status: 0, size: 0x3000n });
  expect(region.base % 0x1_0000n).toBe(0n);
  expect(mmu.tables.lookup(region.base)).toBeUndefined();
  const page = allocate(on, region.base + 0x1800n, 0x1000n, COMMIT);
  expect(page).toMatchObject({ status: 0, base: region.base + 0x1000n, size: 0x2000n });
  mmu.write(page.base, 8, 5n);
  expect(mmu.tables.lookup(page.base)).toMatchObject({ user: true, writable: true });
  const old = on.nonpaged(8);
  const protect = (size: bigint, to: number) =>
    ranged(on, page.base, size, (b, s) =>
      on.call('ZwProtectVirtualMemory', CURRENT_PROCESS, b, s, to, old),
    );
  expect(protect(8n, 0x02)).toMatchObject({ status: 0, base: page.base, size: 0x1000n });
  expect([mmu.u32(old), mmu.tables.lookup(page.base)?.writable]).toEqual([READWRITE, false]);
  expect(protect(8n, 0x01).status).toBe(0);
  expect(mmu.tables.lookup(page.base)).toBeUndefined();
  expect(protect(8n, READWRITE).status).toBe(0);
  expect(mmu.u64(page.base)).toBe(5n);
  expect(free(on, page.base, 8n, DECOMMIT)).toMatchObject({ status: 0, size: 0x1000n });
  expect(protect(8n, READWRITE).status).toBe(STATUS.NOT_COMMITTED);
  expect(free(on, region.base, 0n, RELEASE)).toMatchObject({ status: 0, size: 0x3000n });
  expect(protect(8n, READWRITE).status).toBe(STATUS.CONFLICTING_ADDRESSES);
});

test.each([
  ['no bytes', 0n, 0n, COMMIT, READWRITE, STATUS.INVALID_PARAMETER_4],
  ['all addresses', 0n, 2n ** 64n - 1n, COMMIT, READWRITE, STATUS.NO_MEMORY],
  ['more than RAM', 0n, 2n ** 30n, COMMIT, READWRITE, STATUS.NO_MEMORY],
  ['a system address', 2n ** 63n, 8n, COMMIT, READWRITE, STATUS.INVALID_PARAMETER_2],
  ['nothing to do', 0n, 8n, 0, READWRITE, STATUS.INVALID_PARAMETER_5],
  ['unknown flags', 0n, 8n, COMMIT | 1, READWRITE, STATUS.INVALID_PARAMETER_5],
  ['no protection', 0n, 8n, COMMIT, 0, STATUS.INVALID_PAGE_PROTECTION],
  ['two protections', 0n, 8n, COMMIT, 6, STATUS.INVALID_PAGE_PROTECTION],
  ['what is not reserved', 0x5000_0000n, 8n, COMMIT, READWRITE, STATUS.CONFLICTING_ADDRESSES],
  ['a range at an address', 0x5000_1234n, 8n, RESERVE, READWRITE, STATUS.SUCCESS],
  ['a huge range at one', 0x5000_0000n, 2n ** 40n, RESERVE, READWRITE, STATUS.NO_MEMORY],
  ['a huge range anywhere', 0n, 2n ** 40n, RESERVE, READWRITE, STATUS.SUCCESS],
])('allocating %s', (_, base, size, type, protect, status) => {
  const on = machine();
  const pages = on.kernel.frames.freePages;
  const made = allocate(on, base, size, type, protect);
  expect(made.status).toBe(status);
  if (status === STATUS.SUCCESS && base !== 0n) {
    expect(made).toMatchObject({ base: 0x5000_0000n, size: 0x2000n });
    expect(allocate(on, base, size, type, protect).status).toBe(STATUS.CONFLICTING_ADDRESSES);
  }
  expect(pages - on.kernel.frames.freePages).toBeLessThan(8);
});

test.each([
  ['another address', 0x1000n, 0n, RELEASE, STATUS.FREE_VM_NOT_AT_BASE],
  ['a part', 0n, 0x1000n, RELEASE, STATUS.UNABLE_TO_FREE_VM],
  ['too much', 0n, 0x9000n, RELEASE, STATUS.UNABLE_TO_FREE_VM],
  ['all of it', 0n, 0x3000n, RELEASE, STATUS.SUCCESS],
  ['the middle', 0x1000n, 0x1000n, DECOMMIT, STATUS.SUCCESS],
  ['both ways', 0n, 0n, RELEASE | DECOMMIT, STATUS.INVALID_PARAMETER_4],
  ['elsewhere', 0x100_0000n, 0n, RELEASE, STATUS.MEMORY_NOT_ALLOCATED],
])('freeing %s', (_, offset, size, type, status) => {
  const on = machine();
  const { base } = allocate(on, 0n, 0x3000n, COMMIT | RESERVE);
  expect(free(on, base + offset, size, type).status).toBe(status);
});

test.each([
  ['a part that is writable', 0x02, READWRITE, STATUS.INVALID_PAGE_PROTECTION],
  ['to executable', 0x40, READWRITE, STATUS.SUCCESS],
  ['what may be read', 0x02, 0x02, STATUS.SUCCESS],
  ['from all access', 0x01, 0x02, STATUS.INVALID_PAGE_PROTECTION],
])('protecting a secured range: %s', (_, to, mode, status) => {
  const on = machine();
  const { base } = allocate(on, 0n, 0x3000n, COMMIT | RESERVE);
  const secured = on.call('MmSecureVirtualMemory', base + 0x1000n, 8, mode);
  const old = on.nonpaged(8);
  const protect = () =>
    ranged(on, base, 0x3000n, (b, s) =>
      on.call('ZwProtectVirtualMemory', CURRENT_PROCESS, b, s, to, old),
    ).status;
  expect(protect()).toBe(status);
  expect(free(on, base, 0n, RELEASE).status).toBe(STATUS.INVALID_PAGE_PROTECTION);
  on.call('MmUnsecureVirtualMemory', secured);
  expect(protect()).toBe(0);
  expect(free(on, base, 0n, RELEASE).status).toBe(0);
});

test('only user memory that is there and allows it can be secured', () => {
  const on = machine();
  const { base } = allocate(on, 0n, 0x1000n, COMMIT | RESERVE, 0x02);
  const secure = (at: bigint, size: bigint, mode: number) =>
    on.call('MmSecureVirtualMemory', at, size, mode);
  expect(secure(base, 8n, 0x02)).not.toBe(0n);
  expect(secure(base, 8n, READWRITE)).toBe(0n);
  expect(secure(base, 0x1001n, 0x02)).toBe(0n);
  expect(secure(base, 0n, 0x02)).toBe(0n);
  expect(secure(va(2n ** 63n), 8n, 0x02)).toBe(0n);
  expect(secure(base, 2n ** 64n - 1n, 0x02)).toBe(0n);
});

test('large pages end the run by name', () => {
  const on = machine();
  expect(() => allocate(on, 0n, 0x20_0000n, 0x2000_0000 | COMMIT | RESERVE)).toThrow(
    expect.toSatisfy((thrown: unknown) => isRunEnd(thrown) && thrown.runEnd === 'not-modelled'),
  );
});

test('memory at a chosen address stays clear of what the system chooses', () => {
  const on = machine();
  const first = allocate(on, 0n, BigInt(PAGE_SIZE), RESERVE).base;
  const wish = first + 0x2_0000n;
  expect(allocate(on, wish, BigInt(PAGE_SIZE), RESERVE).base).toBe(wish);
  for (let i = 0; i < 4; i++) {
    const { base } = allocate(on, 0n, BigInt(PAGE_SIZE), RESERVE);
    expect(base >= wish && base < wish + 0x1000n).toBe(false);
  }
});
