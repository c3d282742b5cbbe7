import { expect, test } from 'vitest';
import { allocate, caller, testKernel } from '../test-kernel.ts';
import { fltmgrServices } from './services.ts';

test('push locks of the filter manager are those of the kernel', () => {
  const kernel = testKernel();
  const lock = allocate(kernel, 8);
  const waits: unknown[] = [];
  const call = caller(kernel, fltmgrServices, (effect) => {
    waits.push(effect.kind);
    call('FltReleasePushLock', lock);
    return 0n;
  });
  call('FltInitializePushLock', lock);
  call('FltAcquirePushLockShared', lock);
  call('FltAcquirePushLockSharedEx', lock, 0);
  call('FltReleasePushLockEx', lock, 0);
  call('FltAcquirePushLockExclusive', lock);
  expect(waits).toEqual(['wait']);
  expect(kernel.mmu.u64(lock)).toBe(1n);
  call('FltReleasePushLock', lock);
  call('FltDeletePushLock', lock);
  expect(kernel.mmu.u64(lock)).toBe(0n);
});

test('releasing a lock that is free stops the machine', () => {
  const kernel = testKernel();
  const lock = allocate(kernel, 8);
  expect(() => caller(kernel, fltmgrServices)('FltReleasePushLock', lock)).toThrow(
    expect.objectContaining({ code: 0xe3 }),
  );
});
