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
});
