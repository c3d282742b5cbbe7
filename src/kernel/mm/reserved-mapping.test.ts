import { expect, test } from 'vitest';
import { PAGE_SIZE, pageOf, va, vaAdd } from '../../units/address.ts';
import { mdlAt } from './mdl.ts';
import { KERNEL_MODE, MM_CACHED, machine, type TestMachine, troubles } from './mm.suite.ts';

const TAG = 0x76725353;
const OTHER = 0x1111_1111;

const reserve = (on: TestMachine, pages: number): bigint =>
  on.call('MmAllocateMappingAddress', pages * PAGE_SIZE, TAG);

const map = (on: TestMachine, at: bigint, mdl: bigint, tag = TAG): bigint =>
  on.call('MmMapLockedPagesWithReservedMapping', at, tag, mdl, MM_CACHED);

test('a reserved range is mapped, unmapped, mapped again and given back', () => {
  const on = machine();
  const at = reserve(on, 2);
  const buffer = on.paged(2 * PAGE_SIZE);
  const mdl = va(on.mdl(vaAdd(buffer, 0x10), PAGE_SIZE));
  on.call('MmProbeAndLockPages', mdl, KERNEL_MODE, 1);
  for (let i = 0; i < 2; i++) {
    const mapped = map(on, at, mdl);
    expect(mapped).toBe(at + 0x10n);
    expect(mdlAt(on.kernel, mdl).MappedSystemVa).toBe(at);
    on.kernel.mmu.write(va(mapped), 4, BigInt(i));
    expect(on.kernel.mmu.u32(vaAdd(buffer, 0x10))).toBe(i);
    on.call('MmUnmapReservedMapping', i === 0 ? mapped : at, TAG, mdl);
  }
  on.call('MmFreeMappingAddress', at, TAG);
  expect(on.told('unmap')).toMatchObject([
    { match: 'exact', trouble: [], service: 'MmUnmapReservedMapping' },
    { match: 'exact', trouble: [] },
  ]);
  expect(on.told('mapping-ended')).toHaveLength(2);
});

test.each([0n, 2n ** 41n, 2n ** 63n])('reserving %d bytes fails', (bytes) => {
  expect(machine().call('MmAllocateMappingAddress', bytes, TAG)).toBe(0n);
});

test.each([
  ['a longer MDL', 3 * PAGE_SIZE, TAG, 0n, 'the reserved range is shorter than the MDL', []],
  ['an address inside', PAGE_SIZE, TAG, 0x1000n, 'nothing is reserved at that address', []],
] as const)('%s cannot be mapped', (_, bytes, tag, offset, reason, trouble) => {
  const on = machine();
  const at = reserve(on, 2);
  expect(map(on, at + offset, on.pagesMdl(bytes), tag)).toBe(0n);
  expect(on.told('map-failed')).toMatchObject([{ reason, call: { trouble } }]);
});

test('a wrong tag is told of by each service', () => {
  const on = machine();
  const at = reserve(on, 2);
  const mdl = on.pagesMdl(PAGE_SIZE);
  const mapped = map(on, at, mdl, OTHER);
  on.call('MmUnmapReservedMapping', mapped, OTHER, mdl);
  on.call('MmFreeMappingAddress', at, OTHER);
  expect(troubles(on.told('map'))).toEqual(['wrong-tag']);
  expect(on.told('unmap')).toMatchObject([
    { service: 'MmUnmapReservedMapping', match: 'exact', trouble: ['wrong-tag'] },
    { service: 'MmFreeMappingAddress', match: 'exact', trouble: ['wrong-tag'], mapping: null },
  ]);
});

test('a range that is in use is not mapped again, and ends with its reservation', () => {
  const on = machine();
  const at = reserve(on, 2);
  const [first, second] = [on.pagesMdl(PAGE_SIZE), on.pagesMdl(PAGE_SIZE)];
  const mapped = map(on, at, first);
  expect(map(on, at, second)).toBe(0n);
  expect(troubles(on.told('map-failed'))).toEqual(['reserved-in-use']);
  on.call('MmFreeMappingAddress', at, TAG);
  expect(on.told('unmap')).toMatchObject([
    { match: 'exact', trouble: ['reserved-in-use'], mapping: { virtual: mapped } },
  ]);
  expect(on.told('mapping-ended')).toHaveLength(1);
  expect(on.kernel.mappings.livePages).toBe(0);
});

test('what was never reserved, or no longer is, is told of', () => {
  const on = machine();
  const at = reserve(on, 1);
  on.call('MmFreeMappingAddress', at, TAG);
  on.call('MmFreeMappingAddress', at, TAG);
  expect(on.told('unmap')).toMatchObject([{ match: 'never-mapped', mapping: null }]);
});

test('the releases of reserved and plain mappings are not exchanged', () => {
  const on = machine();
  const at = reserve(on, 1);
  const [first, second] = [on.pagesMdl(PAGE_SIZE), on.pagesMdl(PAGE_SIZE)];
  on.call('MmUnmapLockedPages', map(on, at, first), first);
  on.call('MmUnmapReservedMapping', pageOf(va(on.map(second))), TAG, second);
  expect(on.told('unmap').map(({ match }) => match)).toEqual(['foreign', 'foreign']);
  expect(on.kernel.mappings.livePages).toBe(2);
});
