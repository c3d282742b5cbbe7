import { expect, test } from 'vitest';
import { allocate, caller, testKernel } from '../../kernel/test-kernel.ts';
import { vaAdd } from '../../units/address.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { OBJECT, setHeader } from './object-header.ts';
import { SYSTEM_PROCESSOR_INFO } from './processor-information.ts';
import { ndisServices } from './services.ts';

test('the one processor is the only one for receive side scaling', () => {
  const kernel = testKernel();
  const call = caller(kernel, ndisServices);
  const at = allocate(kernel, SYSTEM_PROCESSOR_INFO.bytes);
  setHeader(kernel, at, OBJECT.DEFAULT, 1, SYSTEM_PROCESSOR_INFO.bytes);
  expect(Number(call('NdisGetProcessorInformation', at))).toBe(NDIS_STATUS.SUCCESS);
  const view = SYSTEM_PROCESSOR_INFO.at(kernel.mmu, at);
  expect([view.NumCores, view.RssBaseCpu, view.RssCpuCount]).toEqual([1, 0, 1]);
  expect(kernel.mmu.u8(view.RssProcessors)).toBe(0);
  expect(SYSTEM_PROCESSOR_INFO.offsetOf('CpuInfo')).toBe(0x30);
  expect(view.CpuInfo.get(0)).toBe(0);
});

test('a structure that says that it is too small is left alone', () => {
  const kernel = testKernel();
  const at = allocate(kernel, SYSTEM_PROCESSOR_INFO.bytes);
  setHeader(kernel, at, OBJECT.DEFAULT, 1, SYSTEM_PROCESSOR_INFO.bytes - 1);
  const status = caller(kernel, ndisServices)('NdisGetProcessorInformation', at);
  expect(Number(status)).toBe(NDIS_STATUS.BUFFER_TOO_SHORT);
  expect(kernel.mmu.u32(vaAdd(at, 0x20))).toBe(0);
});

test.each([
  ['NdisGetProcessorInformationEx', 60],
  ['NdisGetRssProcessorInformation', 48],
] as const)('%s says how much room it needs', (name, needed) => {
  const kernel = testKernel();
  const call = caller(kernel, ndisServices);
  const size = allocate(kernel, 8);
  expect(Number(call(name, 0, 0, size))).toBe(NDIS_STATUS.BUFFER_TOO_SHORT);
  expect(Number(kernel.mmu.u64(size))).toBe(needed);
  expect(Number(call(name, 0, allocate(kernel, needed), size))).toBe(NDIS_STATUS.SUCCESS);
});
