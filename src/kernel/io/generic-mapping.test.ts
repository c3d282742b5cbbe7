import { expect, test } from 'vitest';
import { va, vaAdd } from '../../units/address.ts';
import { caller, testKernel } from '../test-kernel.ts';
import { genericMappingServices } from './generic-mapping.ts';

test('generic rights of a file are those of wdm.h, always at one address', () => {
  const kernel = testKernel();
  const call = caller(kernel, genericMappingServices);
  const at = va(call('IoGetFileObjectGenericMapping'));
  const rights = [0, 4, 8, 12].map((offset) => kernel.mmu.u32(vaAdd(at, offset)));
  expect(rights).toEqual([0x12_0089, 0x12_0116, 0x12_00a0, 0x1f_01ff]);
  expect(call('IoGetFileObjectGenericMapping')).toBe(at);
});
