import { expect, test } from 'vitest';
import { allocate } from '../../kernel/test-kernel.ts';
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
  expect(on.problems).toEqual(['NdisMGetVirtualFunctionBusData not-virtualized']);
});

test('cancellation IDs of two drivers begin differently', () => {
  const on = new FakeMiniport();
  const first = on.call('NdisGeneratePartialCancelId');
  expect(on.call('NdisGeneratePartialCancelId')).not.toBe(first);
});
