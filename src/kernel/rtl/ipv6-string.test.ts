import { expect, test } from 'vitest';
import { readLatin1z, readUtf16z } from '../../layout/nt.ts';
import { vaAdd } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { allocate, caller, testKernel } from '../test-kernel.ts';
import { ipv6StringServices, ipv6Text } from './ipv6-string.ts';

const bytes = (groups: string): Uint8Array =>
  Uint8Array.from(
    groups.split(' ').flatMap((group) => {
      const word = Number.parseInt(group, 16);
      return [word >> 8, word & 0xff];
    }),
  );

test.each([
  ['0 0 0 0 0 0 0 0', '::'],
  ['0 0 0 0 0 0 0 1', '::1'],
  ['2001 db8 0 0 1 0 0 1', '2001:db8::1:0:0:1'],
  ['2001 db8 0 1 1 1 1 1', '2001:db8:0:1:1:1:1:1'],
  ['1 0 0 0 0 0 0 0', '1::'],
  ['fe80 0 0 0 ABCD 0 0 1', 'fe80::abcd:0:0:1'],
  ['0 0 0 0 0 ffff a00 1', '::ffff:10.0.0.1'],
  ['0 0 0 0 0 0 102 304', '::1.2.3.4'],
  ['0 0 0 0 ffff 0 102 304', '::ffff:0:1.2.3.4'],
  ['fe80 0 0 0 0 5efe c0a8 1', 'fe80::5efe:192.168.0.1'],
  ['1 2 3 4 200 5efe c0a8 1', '1:2:3:4:200:5efe:192.168.0.1'],
])('%s is %s', (groups, text) => {
  expect(ipv6Text(bytes(groups))).toBe(text);
});

test('the plain forms end with a NUL, whose place they give', () => {
  const kernel = testKernel();
  const call = caller(kernel, ipv6StringServices);
  const address = allocate(kernel, 16);
  const text = allocate(kernel, 128);
  kernel.mmu.writeBytes(address, bytes('0 0 0 0 0 0 0 1'));
  expect(call('RtlIpv6AddressToStringW', address, text)).toBe(vaAdd(text, 6));
  expect(readUtf16z(kernel.mmu, text)).toBe('::1');
});

test.each([
  [0, 0, '::1'],
  [7, 0, '::1%7'],
  [0, 0x5000, '[::1]:80'],
  [7, 0x5000, '[::1%7]:80'],
])('zone %i and port %i give %s', (zone, port, expected) => {
  const kernel = testKernel();
  const call = caller(kernel, ipv6StringServices);
  const [address, text, length] = [16, 64, 4].map((count) => allocate(kernel, count));
  if (address === undefined || text === undefined || length === undefined) throw new TypeError();
  kernel.mmu.writeBytes(address, bytes('0 0 0 0 0 0 0 1'));
  const print = () => call('RtlIpv6AddressToStringExA', address, zone, port, text, length);
  expect(print()).toBe(BigInt(STATUS.INVALID_PARAMETER));
  expect(kernel.mmu.u32(length)).toBe(expected.length + 1);
  expect(print()).toBe(0n);
  expect(readLatin1z(kernel.mmu, text)).toBe(expected);
});
