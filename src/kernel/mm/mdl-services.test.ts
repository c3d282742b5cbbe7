import { expect, test } from 'vitest';
import { isGuestFault } from '../../memory/fault.ts';
import { PAGE_SIZE, va, vaAdd } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { freePool } from '../ex/pool-services.ts';
import { lockedFrames } from './locked-frames.ts';
import { MDL_FLAG, mdlAt, readFrames } from './mdl.ts';
import { DEVICE_BASE, KERNEL_MODE, machine, stopOf, troubles } from './mm.suite.ts';

test.each([
  { base: 0xffff_a000_0000_1000n, length: 1, start: 0xffff_a000_0000_1000n, offset: 0, size: 56 },
  {
    base: 0xffff_a000_0000_1ffen,
    length: 4,
    start: 0xffff_a000_0000_1000n,
    offset: 0xffe,
    size: 64,
  },
  { base: 0n, length: 0, start: 0n, offset: 0, size: 48 },
  { base: 0n, length: 24 * PAGE_SIZE, start: 0n, offset: 0, size: 48 + 24 * 8 },
])('IoAllocateMdl describes $length bytes at $base', ({ base, length, start, offset, size }) => {
  const { kernel, mdl, told } = machine();
  const at = va(mdl(base, length));
  const fixed = length <= 23 * PAGE_SIZE ? MDL_FLAG.ALLOCATED_FIXED_SIZE : 0;
  expect(mdlAt(kernel, at)).toMatchObject({
    Next: 0n,
    Size: size,
    MdlFlags: fixed,
    StartVa: start,
    ByteCount: length,
    ByteOffset: offset,
  });
  expect(told('mdl')).toEqual([
    { kind: 'mdl', what: 'allocate', mdl: at, flags: fixed, detail: '', trouble: [] },
  ]);
});

test.each([0xffff_f001, 0xffff_ffff])('IoAllocateMdl of %d bytes fails', (length) => {
  expect(machine().mdl(0n, length)).toBe(0n);
});

test.each([
  { base: 0x1000n, length: 0x1000n, bytes: 56n },
  { base: 0x1fffn, length: 2n, bytes: 64n },
  { base: 0n, length: 2n ** 40n, bytes: 48n + 2n ** 31n },
])('MmSizeOfMdl of $length bytes at $base', ({ base, length, bytes }) => {
  expect(machine().call('MmSizeOfMdl', base, length)).toBe(bytes);
});

test('an MDL becomes the first or the last of its IRP', () => {
  const { kernel, call, nonpaged } = machine();
  const irp = nonpaged(0xd0);
  const head = () => kernel.mmu.pointer(vaAdd(irp, 8));
  const first = call('IoAllocateMdl', 0, 8, 0, 0, irp);
  const second = call('IoAllocateMdl', 0, 8, 1, 0, irp);
  const third = call('IoAllocateMdl', 0, 8, 1, 0, irp);
  const next = (at: bigint) => mdlAt(kernel, va(at)).Next;
  expect([head(), next(first), next(second), next(third)]).toEqual([first, second, third, 0n]);
  const other = call('IoAllocateMdl', 0, 8, 0, 0, irp);
  expect([head(), next(other)]).toEqual([other, 0n]);
});

test('MmBuildMdlForNonPagedPool fills in the frames of a pool buffer', () => {
  const { kernel, call, nonpaged, mdl, told } = machine();
  const buffer = vaAdd(nonpaged(3 * PAGE_SIZE), 0x10);
  const at = va(mdl(buffer, 2 * PAGE_SIZE));
  told('mdl');
  call('MmBuildMdlForNonPagedPool', at);
  expect(readFrames(kernel, at, 3).map((frame, i) => [frame, i])).toEqual(
    [0, 1, 2].map((i) => [kernel.mmu.translate(vaAdd(buffer, i * PAGE_SIZE), 'read') - 0x10, i]),
  );
  expect(mdlAt(kernel, at)).toMatchObject({ MappedSystemVa: buffer, Process: 0n });
  expect(told('mdl')).toMatchObject([{ what: 'build', trouble: [] }]);
});

test('an MDL over device memory is told of and marked as I/O space', () => {
  const { call, mdl, told, flags } = machine();
  const registers = call('MmMapIoSpace', DEVICE_BASE, PAGE_SIZE, 0);
  const at = mdl(registers, PAGE_SIZE);
  call('MmBuildMdlForNonPagedPool', at);
  expect(troubles(told('mdl'))).toEqual(['pages-not-memory']);
  expect(flags(at) & MDL_FLAG.IO_SPACE).not.toBe(0);
});

test('building over an address where nothing is faults', () => {
  const { call, mdl } = machine();
  const at = mdl(0xffff_a000_7000_0000n, 8);
  expect(() => call('MmBuildMdlForNonPagedPool', at)).toThrow(
    expect.toSatisfy((thrown: unknown) => isGuestFault(thrown)),
  );
});

test('a partial MDL shares frames, flags and the system address of its source', () => {
  const { kernel, call, nonpaged, mdl } = machine();
  const buffer = nonpaged(4 * PAGE_SIZE);
  const source = va(mdl(buffer, 4 * PAGE_SIZE));
  call('MmBuildMdlForNonPagedPool', source);
  const target = va(mdl(buffer, 4 * PAGE_SIZE));
  call('IoBuildPartialMdl', source, target, vaAdd(buffer, PAGE_SIZE + 4), 0);
  expect(mdlAt(kernel, target)).toMatchObject({
    StartVa: vaAdd(buffer, PAGE_SIZE),
    ByteOffset: 4,
    ByteCount: 3 * PAGE_SIZE - 4,
    MappedSystemVa: vaAdd(buffer, PAGE_SIZE + 4),
    MdlFlags: MDL_FLAG.ALLOCATED_FIXED_SIZE | MDL_FLAG.PARTIAL | MDL_FLAG.SOURCE_IS_NONPAGED_POOL,
  });
  expect(readFrames(kernel, target, 3)).toEqual(readFrames(kernel, source, 4).slice(1));
});

test('a partial MDL that is too small stops the machine', () => {
  const { call, nonpaged, mdl } = machine();
  const buffer = nonpaged(4 * PAGE_SIZE);
  const source = mdl(buffer, 4 * PAGE_SIZE);
  call('MmBuildMdlForNonPagedPool', source);
  const target = mdl(buffer, PAGE_SIZE);
  expect(stopOf(() => call('IoBuildPartialMdl', source, target, buffer, 2 * PAGE_SIZE)).code).toBe(
    0x40,
  );
});

test('IoFreeMdl gives the memory back, and ends the mapping of a partial MDL', () => {
  const { kernel, call, paged, mdl, map, told } = machine();
  const buffer = paged(PAGE_SIZE);
  const source = mdl(buffer, PAGE_SIZE);
  call('MmProbeAndLockPages', source, KERNEL_MODE, 0);
  const target = mdl(buffer, PAGE_SIZE);
  call('IoBuildPartialMdl', source, target, buffer, 0);
  const mapped = map(target);
  expect(mapped).not.toBe(0n);
  call('IoFreeMdl', target);
  expect(told('mapping-ended')).toMatchObject([{ mapping: { virtual: mapped } }]);
  expect(kernel.mmu.isReadable(va(target), 1)).toBe(false);
  expect(stopOf(() => call('IoFreeMdl', target))).toEqual({ code: 0xc2, first: 7n });
});

test('an MDL of IoAllocateMdl that is freed as pool is told of, one of pages is not', () => {
  const { kernel, mdl, pagesMdl, call, told } = machine();
  freePool(kernel, va(mdl(0n, 8)));
  expect(troubles(told('mdl'))).toEqual(['freed-as-pool']);
  const pages = va(pagesMdl(PAGE_SIZE));
  call('MmFreePagesFromMdl', pages);
  freePool(kernel, pages);
  expect(troubles(told('mdl'))).toEqual([]);
});

test('MmAdvanceMdl passes bytes and lets go of the pages it passed', () => {
  const { kernel, call, paged, mdl } = machine();
  const buffer = paged(3 * PAGE_SIZE);
  const at = va(mdl(buffer, 3 * PAGE_SIZE));
  call('MmProbeAndLockPages', at, KERNEL_MODE, 0);
  const frames = readFrames(kernel, at, 3);
  const held = () => frames.map((frame) => lockedFrames(kernel).has(frame));
  expect(call('MmAdvanceMdl', at, PAGE_SIZE + 0x20)).toBe(0n);
  expect(held()).toEqual([false, true, true]);
  expect(mdlAt(kernel, at)).toMatchObject({
    StartVa: vaAdd(buffer, PAGE_SIZE),
    ByteOffset: 0x20,
    ByteCount: 2 * PAGE_SIZE - 0x20,
  });
  expect(readFrames(kernel, at, 2)).toEqual(frames.slice(1));
  expect(Number(call('MmAdvanceMdl', at, 3 * PAGE_SIZE))).toBe(STATUS.INVALID_PARAMETER_2);
  call('MmUnlockPages', at);
  expect(held()).toEqual([false, false, false]);
});

test.each([
  { protect: 0x02, status: STATUS.SUCCESS, writable: false, executable: false },
  { protect: 0x04, status: STATUS.SUCCESS, writable: true, executable: false },
  { protect: 0x40, status: STATUS.SUCCESS, writable: true, executable: true },
  { protect: 0x06, status: STATUS.INVALID_PAGE_PROTECTION, writable: true, executable: false },
])('MmProtectMdlSystemAddress to $protect', ({ protect, status, writable, executable }) => {
  const { kernel, call, pagesMdl, map } = machine();
  const at = pagesMdl(2 * PAGE_SIZE);
  expect(Number(call('MmProtectMdlSystemAddress', at, protect))).toBe(
    status === STATUS.SUCCESS ? STATUS.NOT_MAPPED_VIEW : status,
  );
  const mapped = va(map(at));
  expect(Number(call('MmProtectMdlSystemAddress', at, protect))).toBe(status);
  expect(kernel.mmu.tables.lookup(vaAdd(mapped, PAGE_SIZE))).toMatchObject({
    writable,
    executable,
  });
});

test('MmCreateMdl initialises the memory it is given, or allocates', () => {
  const { kernel, call, nonpaged } = machine();
  const own = nonpaged(0x100);
  expect(call('MmCreateMdl', own, 0x5010, 0x2000)).toBe(own);
  expect(mdlAt(kernel, own)).toMatchObject({ StartVa: 0x5000n, ByteOffset: 0x10, Size: 72 });
  expect(call('MmCreateMdl', 0, 0x5010, 0x2000)).not.toBe(0n);
});
