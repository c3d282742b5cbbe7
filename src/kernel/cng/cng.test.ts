import { createHash, createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { readUtf16z } from '../../layout/nt.ts';
import { va } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { allocate, caller, placeAnsi, placeWide, testKernel } from '../test-kernel.ts';
import { handles } from './handles.ts';
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

const INVALID_HANDLE = BigInt(STATUS.INVALID_HANDLE);
const INVALID_PARAMETER = BigInt(STATUS.INVALID_PARAMETER);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
/** Of "abc" (FIPS 180-4 examples; RFC 2202 form with key "key"). */
const ABC = createHash('sha256').update('abc').digest('hex');
const KEYED = createHmac('sha256', 'key').update('abc').digest('hex');

function opened(flags = 0) {
  const given = setup();
  const { kernel, call, at } = given;
  const name = placeWide(kernel, 'SHA256');
  expect(call('BCryptOpenAlgorithmProvider', at, name, 0, flags)).toBe(0n);
  const algorithm = kernel.mmu.u64(at);
  const output = allocate(kernel, 64);
  const digest = () => hex(kernel.mmu.readBytes(output, 32));
  return { ...given, algorithm, output, digest, data: placeAnsi(kernel, 'abc') };
}

test('a hash is fed in parts and finished once', () => {
  const { kernel, call, at, algorithm, output, digest, data } = opened();
  expect(call('BCryptCreateHash', algorithm, at, 0, 0, 0, 0, 0)).toBe(0n);
  const hash = kernel.mmu.u64(at);
  expect(call('BCryptHashData', hash, data, 1, 0)).toBe(0n);
  expect(call('BCryptHashData', hash, data + 1n, 2, 0)).toBe(0n);
  expect(call('BCryptFinishHash', hash, output, 31, 0)).toBe(INVALID_PARAMETER);
  expect(call('BCryptFinishHash', hash, output, 32, 0)).toBe(0n);
  expect(digest()).toBe(ABC);
  expect(call('BCryptHashData', hash, data, 1, 0)).toBe(INVALID_HANDLE);
  expect(call('BCryptDestroyHash', hash)).toBe(0n);
  expect(call('BCryptDestroyHash', hash)).toBe(INVALID_HANDLE);
});

test('a reusable hash begins anew, with its key', () => {
  const { kernel, call, at, algorithm, output, digest, data } = opened(0x28);
  const key = placeAnsi(kernel, 'key');
  expect(call('BCryptCreateHash', algorithm, at, 0, 0, key, 3, 0x20)).toBe(0n);
  const hash = kernel.mmu.u64(at);
  for (let round = 0; round < 2; round++) {
    kernel.mmu.fill(output, 32, 0);
    call('BCryptHashData', hash, data, 3, 0);
    call('BCryptFinishHash', hash, output, 32, 0);
    expect(digest()).toBe(KEYED);
  }
});

test('a key without a provider for keys is refused', () => {
  const { call, at, algorithm, data } = opened();
  expect(call('BCryptCreateHash', algorithm, at, 0, 0, data, 3, 0)).toBe(INVALID_PARAMETER);
});

test('one call hashes at once, with the pseudo handles of Windows 10 too', () => {
  const { call, algorithm, output, digest, data } = opened();
  for (const handle of [algorithm, 0x41n]) {
    expect(call('BCryptHash', handle, 0, 0, data, 3, output, 32)).toBe(0n);
    expect(digest()).toBe(ABC);
  }
  expect(call('BCryptHash', 0xb1, data, 3, data, 3, output, 32)).toBe(0n);
  expect(call('BCryptHash', 0x81, 0, 0, data, 3, output, 32)).toBe(INVALID_HANDLE);
});

test('properties tell sizes and names', () => {
  const { kernel, call, algorithm, output, at } = opened();
  const ask = (name: string, room: number) =>
    call('BCryptGetProperty', algorithm, placeWide(kernel, name), output, room, at, 0);
  expect([ask('HashDigestLength', 4), kernel.mmu.u32(output)]).toEqual([0n, 32]);
  expect([ask('HashBlockLength', 4), kernel.mmu.u32(output)]).toEqual([0n, 64]);
  expect(ask('HashDigestLength', 2)).toBe(BigInt(STATUS.BUFFER_TOO_SMALL));
  expect([ask('AlgorithmName', 64), readUtf16z(kernel.mmu, output)]).toEqual([0n, 'SHA256']);
  expect(ask('KeyLength', 4)).toBe(BigInt(STATUS.NOT_SUPPORTED));
});

test('a driver that never has enough ends the run', () => {
  const { kernel, call, at } = setup();
  kernel.mmu.writeBytes = () => {};
  expect(() => call('SystemPrng', at, 1n << 40n)).toThrow(
    expect.objectContaining({ runEnd: 'budget' }),
  );
});

test('a buffer for the hash object is as large as the property says, or there is none', () => {
  const { call, at, algorithm, output } = opened();
  const create = (object: bigint, bytes: number) =>
    call('BCryptCreateHash', algorithm, at, object, bytes, 0, 0, 0);
  expect(create(output, 64)).toBe(BigInt(STATUS.BUFFER_TOO_SMALL));
  expect([create(output, 0x200), create(0n, 0)]).toEqual([0n, 0n]);
});

test('hashing keys is work too', () => {
  const { kernel, call, output } = opened();
  const key = allocate(kernel, 0x1000);
  const hash = () => call('BCryptHash', 0xb1, key, 0x1000, 0, 0, output, 32);
  expect(hash()).toBe(0n);
  handles(kernel).work(64 * 0x10_0000 - 0x2000);
  expect(hash).toThrow(expect.objectContaining({ runEnd: 'budget' }));
});
