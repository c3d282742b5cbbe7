import { expect, test } from 'vitest';
import { allocate } from '../../kernel/test-kernel.ts';
import { vaAdd } from '../../units/address.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { FakeMiniport } from './miniport.fixture.ts';

test.each([
  ['virtualization on', 4, 1, 'NOT_SUPPORTED'],
  ['virtualization off', 0, 0, 'NOT_SUPPORTED'],
  ['virtualization off with functions left', 4, 0, 'INVALID_PARAMETER'],
] as const)('%s is refused', (_what, functions, on, status) => {
  const miniport = new FakeMiniport();
  const { handle } = miniport.adapter;
  const answer = miniport.call('NdisMEnableVirtualization', handle, functions, 0, 0, on);
  expect(Number(answer)).toBe(NDIS_STATUS[status]);
});

test('there is no virtual function to read, and no other end of the channel', () => {
  const on = new FakeMiniport();
  const buffer = allocate(on.kernel, 16);
  const { handle } = on.adapter;
  expect(on.call('NdisMGetVirtualFunctionBusData', handle, 0, buffer, 0, 4)).toBe(0n);
  expect(Number(on.call('NdisMReadConfigBlock', handle, 1, buffer, 4))).toBe(NDIS_STATUS.FAILURE);
  on.kernel.mmu.write(buffer, 8, 0xffff_ffff_ffff_ffffn);
  const [bus, fn] = [vaAdd(buffer, 2), vaAdd(buffer, 4)];
  on.call('NdisMGetVirtualFunctionLocation', handle, 0, buffer, bus, fn);
  expect(on.kernel.mmu.read(buffer, 8)).toBe(0xffff_ff00_ff00_0000n);
  on.call('NdisMGetVirtualDeviceLocation', handle, 0, buffer, bus, 0, vaAdd(fn, 1));
  expect(on.kernel.mmu.read(buffer, 8)).toBe(0xffff_0000_ff00_0000n);
  expect(on.problems).toEqual(
    ['BusData', 'Location']
      .map((what) => `NdisMGetVirtualFunction${what} not-virtualized`)
      .concat('NdisMGetVirtualDeviceLocation not-virtualized'),
  );
});

test('cancellation IDs of two drivers begin differently', () => {
  const on = new FakeMiniport();
  const first = on.call('NdisGeneratePartialCancelId');
  expect(on.call('NdisGeneratePartialCancelId')).not.toBe(first);
});
