import { expect, test } from 'vitest';
import { NULL, va } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { exportAddresses } from '../exports.ts';
import { invoke, placeString, testKernel } from '../test-kernel.ts';
import { createDriverServices } from './create-driver.ts';
import { INVALID_REQUEST } from './drivers.ts';

const [IoCreateDriver] = createDriverServices;
const ENTRY = va(0xffff_f800_0000_1000n);

test('the initialization routine gets the new driver object and no registry path', () => {
  const kernel = testKernel();
  exportAddresses(kernel).set(INVALID_REQUEST, va(0xffff_f800_0000_2000n));
  const calls: (readonly bigint[])[] = [];
  if (IoCreateDriver === undefined) throw new Error('declared');
  const name = placeString(kernel, '\\Driver\\Second');
  const args = [name, ENTRY];
  const answer = (effect: { readonly kind: string; readonly args?: readonly bigint[] }): bigint => {
    calls.push(effect.args ?? []);
    return BigInt(STATUS.SUCCESS);
  };
  expect(invoke(kernel, IoCreateDriver, args, answer)).toBe(0n);
  expect(calls).toHaveLength(1);
  expect(calls[0]?.[1]).toBe(NULL);
  expect(invoke(kernel, IoCreateDriver, args, answer)).toBe(BigInt(STATUS.OBJECT_NAME_COLLISION));
});
