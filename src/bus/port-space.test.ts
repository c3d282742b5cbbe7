import { expect, test } from 'vitest';
import { type PortRange, PortSpace } from './port-space.ts';

function bytes(base: number, length: number): PortRange & { readonly data: Uint8Array } {
  const data = new Uint8Array(length);
  return {
    name: `ports ${base}`,
    base,
    length,
    data,
    read: (offset, size) => {
      let value = 0;
      for (let i = size - 1; i >= 0; i--) value = value * 256 + (data[offset + i] ?? 0);
      return value;
    },
    write: (offset, size, value) => {
      for (let i = 0; i < size; i++) data[offset + i] = (value >>> (8 * i)) & 0xff;
    },
  };
}

test('reads and writes of a claimed range keep their width and stay unsigned', () => {
  const ports = new PortSpace();
  const range = bytes(0x300, 8);
  expect(ports.claim(range)).toBe(true);
  ports.write(0x300, 4, 0xdead_beef);
  expect(ports.read(0x300, 4)).toBe(0xdead_beef);
  expect(ports.read(0x302, 2)).toBe(0xdead);
  expect(ports.isClaimed(0x306, 2)).toBe(true);
  expect(ports.isClaimed(0x306, 4)).toBe(false);
});

test('unclaimed ports read all ones and swallow writes', () => {
  const ports = new PortSpace();
  expect([1, 2, 4].map((size) => ports.read(0x80, size as 1 | 2 | 4))).toEqual([
    0xff, 0xffff, 0xffff_ffff,
  ]);
  ports.write(0x80, 4, 1);
});

test('an access over the end of a range is split', () => {
  const ports = new PortSpace();
  const range = bytes(0x300, 2);
  ports.claim(range);
  range.data[1] = 0x12;
  expect(ports.read(0x301, 4)).toBe(0xffff_ff12);
  ports.write(0x301, 2, 0xabcd);
  expect([...range.data]).toEqual([0, 0xcd]);
  expect(ports.read(0xffff, 4)).toBe(0xffff_ffff);
});

test('claims neither overlap nor leave the port space', () => {
  const ports = new PortSpace();
  ports.claim(bytes(0x300, 8));
  expect(ports.claim(bytes(0x307, 2))).toBe(false);
  expect(ports.claim(bytes(0xffff, 2))).toBe(false);
  expect(ports.claim(bytes(0x308, 8))).toBe(true);
  ports.release(0x300);
  expect(ports.claim(bytes(0x307, 1))).toBe(true);
});
