import { expect, test } from 'vitest';
import { NULL } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { allocate, caller, testKernel } from '../test-kernel.ts';
import { removeLockServices } from './remove-lock.ts';

function lock() {
  const kernel = testKernel();
  const at = allocate(kernel, 32);
  let waits = 0;
  const call = caller(kernel, removeLockServices, () => {
    waits++;
    return 0n;
  });
  call('IoInitializeRemoveLockEx', at, 0, 0, 0, 32);
  return { at, call, waits: () => waits };
}

test('a lock that nobody else holds is released without a wait', () => {
  const { at, call, waits } = lock();
  expect(call('IoAcquireRemoveLockEx', at, NULL, NULL, 1, 32)).toBe(0n);
  call('IoReleaseRemoveLockAndWaitEx', at, NULL, 32);
  expect(waits()).toBe(0);
});

test('removal waits for other holders, and nobody gets in any more', () => {
  const { at, call, waits } = lock();
  call('IoAcquireRemoveLockEx', at, NULL, NULL, 1, 32);
  call('IoAcquireRemoveLockEx', at, NULL, NULL, 1, 32);
  call('IoReleaseRemoveLockAndWaitEx', at, NULL, 32);
  expect(waits()).toBe(1);
  const refused = call('IoAcquireRemoveLockEx', at, NULL, NULL, 1, 32);
  expect(refused).toBe(BigInt(STATUS.DELETE_PENDING));
});
