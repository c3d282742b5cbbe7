import { expect, test } from 'vitest';
import { STATUS } from '../../units/status.ts';
import { caller, placeString, testKernel } from '../test-kernel.ts';
import { driverServices } from './driver-services.ts';

const SERVICES = '\\Registry\\Machine\\System\\CurrentControlSet\\Services';

function load(name: string): number {
  const kernel = testKernel({ driverName: 'sample' });
  const at = placeString(kernel, `${SERVICES}\\${name}`);
  return Number(caller(kernel, driverServices)('ZwLoadDriver', at));
}

test('a service that is not installed is not found, the own one is loaded already', () => {
  expect(load('other')).toBe(STATUS.OBJECT_NAME_NOT_FOUND);
  expect(load('Sample')).toBe(STATUS.IMAGE_ALREADY_LOADED);
});

test('a framework of Windows is named', () => {
  expect(() => load('DXGKrnl')).toThrowError(
    expect.objectContaining({ runEnd: 'not-modelled', name: 'the WDDM framework (dxgkrnl.sys)' }),
  );
});
