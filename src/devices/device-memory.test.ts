import { expect, test } from 'vitest';
import { rig, started } from './device.suite.ts';
import { device } from './device.ts';

/** Copies eight bytes of its memory to the next eight when told, and puts their number at 0x40. */
const copier = device({
  name: 'copier',
  summary: 'for tests',
  spec: 'none',
  pci: { vendorId: 0x1234, deviceId: 0xb11e, classCode: 0xff0000 },
  initialState: () => ({}),
  bars: [
    {
      index: 0,
      size: 0x1000,
      elsewhere: 'last-write',
      registers: [
        {
          name: 'COPY',
          at: 0,
          size: 4,
          access: 'wo',
          write: (_state, bar, host) => {
            const bytes = host.memory.read(bar, 0x100, 8);
            host.memory.write(bar, 0x108, bytes);
          },
        },
      ],
    },
    { index: 1, size: 0x1_0000, backing: 'ram' },
    { index: 2, size: 0x1000 },
  ],
});

test.each([0, 1])('a device reads and writes the memory of BAR %i', (bar) => {
  const { read, write } = started(rig(), copier);
  write(0x100, 0x1122_3344, 4, bar);
  write(0x104, 0x5566_7788, 4, bar);
  write(0, bar);
  expect(read(0x108, 4, bar)).toBe(0x1122_3344n);
  expect(read(0x10c, 4, bar)).toBe(0x5566_7788n);
});

test('a BAR of registers alone, or none, is no memory', () => {
  const { write } = started(rig(), copier);
  expect(() => write(0, 2)).toThrowError('BAR 2 of copier is no memory');
  expect(() => write(0, 3)).toThrowError('copier has no 8 bytes at 256 of BAR 3');
});
