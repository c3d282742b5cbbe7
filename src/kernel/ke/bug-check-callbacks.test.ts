import { expect, test } from 'vitest';
import { vaAdd } from '../../units/address.ts';
import { allocate, caller, testKernel } from '../test-kernel.ts';
import { bugCheckCallbackServices } from './bug-check-callbacks.ts';
import { processorGroupServices } from './processor-groups.ts';

test.each([
  ['KeRegisterBugCheckReasonCallback', 'KeDeregisterBugCheckReasonCallback', [0x1000, 2, 0x2000]],
  ['KeRegisterBugCheckCallback', 'KeDeregisterBugCheckCallback', [0x1000, 0x3000, 64, 0x2000]],
] as const)('%s takes a record once, and %s gives it back once', (register, deregister, args) => {
  const kernel = testKernel();
  const call = caller(kernel, bugCheckCallbackServices);
  const record = allocate(kernel, 64);
  expect(call(deregister, record)).toBe(0n);
  expect(call(register, record, ...args)).toBe(1n);
  expect(kernel.mmu.u64(vaAdd(record, 16))).toBe(0x1000n);
  expect(call(register, record, ...args)).toBe(0n);
  expect(call(deregister, record)).toBe(1n);
  expect(call(deregister, record)).toBe(0n);
});

test('processor 0 of group 0 is the only one', () => {
  const kernel = testKernel();
  const call = caller(kernel, processorGroupServices);
  const number = allocate(kernel, 4);
  kernel.mmu.write(number, 4, 0n);
  expect(call('KeGetProcessorIndexFromNumber', number)).toBe(0n);
  kernel.mmu.write(number, 4, 0x0001_0000n);
  expect(call('KeGetProcessorIndexFromNumber', number)).toBe(0xffff_ffffn);
  kernel.mmu.write(number, 4, 0x0000_0001n);
  expect(call('KeGetProcessorIndexFromNumber', number)).toBe(0xffff_ffffn);
  expect(['KeQueryActiveGroupCount', 'KeQueryHighestNodeNumber'].map((name) => call(name))).toEqual(
    [1n, 0n],
  );
  expect([call('KeQueryGroupAffinity', 0), call('KeQueryGroupAffinity', 1)]).toEqual([1n, 0n]);
});
