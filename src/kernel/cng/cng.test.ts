import { expect, test } from 'vitest';
import { va } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { allocate, caller, placeWide, testKernel } from '../test-kernel.ts';
import { cngServices } from './services.ts';

function setup(seed = 1) {
  const kernel = testKernel({ seed });
  return { kernel, call: caller(kernel, cngServices), at: allocate(kernel, 32) };
}

test('SystemPrng fills the buffer, alike for alike seeds', () => {
  const draw = (seed: number) => {
    const { kernel, call, at } = setup(seed);
    expect(call('SystemPrng', at, 32)).toBe(1n);
    return kernel.mmu.readBytes(at, 32).join();
  };
  expect(draw(1)).toBe(draw(1));
  expect(draw(1)).not.toBe(draw(2));
});

test('a generator is opened, asked and closed', () => {
  const { kernel, call, at } = setup();
  const slot = allocate(kernel, 8);
  expect(call('BCryptOpenAlgorithmProvider', slot, placeWide(kernel, 'RNG'), 0, 0)).toBe(0n);
  const handle = va(kernel.mmu.u64(slot));
  expect(call('BCryptGenRandom', handle, at, 32, 0)).toBe(0n);
  expect(kernel.mmu.u64(at)).not.toBe(0n);
  expect(call('BCryptCloseAlgorithmProvider', handle, 0)).toBe(0n);
  expect(call('BCryptGenRandom', handle, at, 32, 0)).toBe(BigInt(STATUS.INVALID_HANDLE));
  expect(call('BCryptGenRandom', 0, at, 32, 2)).toBe(0n);
  expect(call('BCryptGenRandom', 0, 0, 32, 2)).toBe(BigInt(STATUS.INVALID_PARAMETER));
});

test('a cipher ends the run by name', () => {
  const { kernel, call, at } = setup();
  const open = () => call('BCryptOpenAlgorithmProvider', at, placeWide(kernel, 'AES'), 0, 0);
  expect(open).toThrow(
    expect.objectContaining({ name: 'BCryptOpenAlgorithmProvider of AES', dll: 'cng.sys' }),
  );
});
