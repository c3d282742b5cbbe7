import { expect, test } from 'vitest';
import { caller, testKernel } from '../test-kernel.ts';
import { crtSupportServices } from './crt-support.ts';

test('a pure virtual call raises STATUS_NOT_IMPLEMENTED, which stops a machine that does not handle it', () => {
  const kernel = testKernel();
  const call = caller(kernel, crtSupportServices);
  expect(() => call('_purecall')).toThrow(
    expect.objectContaining({
      runEnd: 'bugcheck',
      parameters: expect.arrayContaining([0xc000_0002n]),
      detail: expect.stringContaining('STATUS_NOT_IMPLEMENTED'),
    }),
  );
});
