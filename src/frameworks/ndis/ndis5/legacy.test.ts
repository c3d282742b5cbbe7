import { expect, test } from 'vitest';
import { allocate, caller, testKernel } from '../../../kernel/test-kernel.ts';
import { NULL } from '../../../units/address.ts';
import { NDIS_STATUS } from '../../../units/ndis-status.ts';
import { ndis5Services } from './services.ts';

test('there is neither attribute memory nor a DMA channel', () => {
  const kernel = testKernel();
  const call = caller(kernel, ndis5Services);
  const out = allocate(kernel, 8);
  kernel.mmu.write(out, 8, 1n);
  expect(call('NdisReadPcmciaAttributeMemory', 0, 0, out, 8)).toBe(0n);
  expect(Number(call('NdisMRegisterDmaChannel', out, 0, 3, 0, 0, 0x1000))).toBe(
    NDIS_STATUS.FAILURE,
  );
  expect(kernel.mmu.pointer(out)).toBe(NULL);
  expect(call('NdisMReadDmaCounter', 0)).toBe(0n);
  call('NdisSetupDmaTransfer', out, 0, 0, 0, 64, 1);
  expect(Number(kernel.mmu.read(out, 4))).toBe(NDIS_STATUS.RESOURCES);
});

test('an adapter becomes no secondary one', () => {
  const call = caller(testKernel(), ndis5Services);
  expect(Number(call('NdisMSetMiniportSecondary', 1, 2))).toBe(NDIS_STATUS.FAILURE);
  expect(Number(call('NdisMPromoteMiniport', 1))).toBe(NDIS_STATUS.FAILURE);
});
