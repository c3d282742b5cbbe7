import { expect, test } from 'vitest';
import { ticks } from '../units/ticks.ts';
import type { BarDeclaration } from './declaration.ts';
import { rig, started } from './device.suite.ts';
import { device } from './device.ts';
import type { RegisterRow } from './register.ts';

const pci = { vendorId: 0x1234, deviceId: 0xb11e, classCode: 0xff0000 };
const base = { name: 'tried', summary: 'for tests', spec: 'none', pci };
const plain = { ...base, initialState: () => ({}) };

const blinker = device({
  ...base,
  lineInterrupt: 'A',
  initialState: () => ({ blinks: 0, pending: 0 }),
  timers: {
    blink(state, host) {
      state.blinks += 1;
      state.pending = 1;
      host.raise();
    },
  },
  bars: [
    {
      index: 0,
      size: 0x1000,
      registers: [
        {
          name: 'CONTROL',
          at: 0x4,
          size: 4,
          access: 'wo',
          write: (_state, value, host) => host.after(ticks(BigInt(value)), 'blink'),
        },
        {
          name: 'STATUS',
          at: 0x8,
          size: 4,
          access: 'rw',
          read: (state) => state.pending,
          write: (state, value, host) => {
            state.pending &= ~value;
            if (state.pending === 0) host.lower();
          },
        },
      ],
    },
  ],
});

test('state is inferred, timers run on the virtual clock', () => {
  const on = rig();
  const { read, write } = started(on, blinker);
  write(4, 500);
  on.clock.runUntil(ticks(499n));
  expect(read(8)).toBe(0n);
  on.clock.runUntil(ticks(500n));
  expect(read(8)).toBe(1n);
  expect(on.delivered).toHaveLength(1);
});

test('asking for a waiting timer moves it, unplugging drops it', () => {
  const on = rig();
  const { attached, write } = started(on, blinker);
  write(4, 500);
  write(4, 900);
  on.clock.runUntil(ticks(600n));
  expect(on.delivered).toHaveLength(0);
  expect(attached.instance.snapshot().timers).toEqual([{ name: 'blink', due: '900' }]);
  attached.unplug();
  expect(on.clock.nextDue()).toBeUndefined();
});

test('a restored device finishes what it had begun', () => {
  const on = rig();
  const { attached, read, write } = started(on, blinker);
  write(4, 500);
  const saved = attached.instance.snapshot();
  attached.instance.reset();
  expect(on.clock.nextDue()).toBeUndefined();
  attached.instance.restore(saved);
  on.clock.runUntil(ticks(500n));
  expect(read(8)).toBe(1n);
});

const kinds = device({
  ...plain,
  bars: [
    {
      index: 0,
      size: 0x100,
      registers: [
        { name: 'MASKED', at: 0x0, size: 4, access: 'rw', reset: 0xf0, writable: 0x0f },
        { name: 'W1C', at: 0x4, size: 4, access: 'w1c', reset: 0xff },
        { name: 'RC', at: 0x8, size: 4, access: 'rc', reset: 7 },
        { name: 'ANY', at: 0xc, size: 4, access: 'rw', widths: [1, 2, 4] },
        { size: 8, name: 'MERGED', at: 0x10, access: 'rw', widths: [4, 8] },
        { size: 8, name: 'EXTENDED', at: 0x18, access: 'rw', widths: [4, 8], narrow: 'extend' },
        { name: 'RO', at: 0x20, size: 4, access: 'ro', reset: 5 },
      ],
    },
  ],
});

test('access kinds: reserved bits, write one to clear, read to clear', () => {
  const { read, write } = started(rig(), kinds);
  write(0x0, 0xffff_ffff);
  expect(read(0x0)).toBe(0xffn);
  write(0x4, 0x0f);
  expect(read(0x4)).toBe(0xf0n);
  expect(read(0x8)).toBe(7n);
  expect(read(0x8)).toBe(0n);
});

test('narrow accesses reach their bytes, or replace the whole where the device says so', () => {
  const { read, write } = started(rig(), kinds);
  write(0xc, 0x1122_3344);
  write(0xd, 0xaa, 1);
  expect(read(0xc)).toBe(0x1122_aa44n);
  expect(read(0xe, 2)).toBe(0x1122n);
  expect(read(0xd, 2)).toBe(0xffffn);
  write(0x10, 0x1111_2222_3333_4444n, 8);
  write(0x14, 0x5555, 4);
  expect(read(0x10, 8)).toBe(0x0000_5555_3333_4444n);
  write(0x18, 0x1111_2222_3333_4444n, 8);
  write(0x18, 0x5555, 4);
  expect(read(0x18, 8)).toBe(0x5555n);
  expect(read(0x1c)).toBe(0xffff_ffffn);
});

test('what a device refuses is told with its reason', () => {
  const on = rig();
  const { read, write } = started(on, kinds);
  write(0x20, 1);
  read(0x20, 2);
  read(0x80);
  write(0x84, 9);
  const told = on.events.flatMap((e) =>
    e.kind === 'device-register' ? [[e.access, e.offset, e.trouble]] : [],
  );
  expect(told).toEqual([
    ['write', 0x20, 'read-only'],
    ['read', 0x20, 'width'],
    ['read', 0x80, 'no-such-register'],
    ['write', 0x84, 'no-such-register'],
  ]);
  expect(read(0x20)).toBe(5n);
});

test('an explorer may answer reads in the device’s stead', () => {
  const answer = ({ offset }: { offset: number }) => (offset === 0x20 ? -1n : undefined);
  const { read } = started(rig(), kinds, { answer });
  expect(read(0x20)).toBe(0xffff_ffffn);
  expect(read(0x0)).toBe(0xf0n);
});

const row: RegisterRow<object> = { name: 'A', at: 0, size: 4, access: 'rw' };
const WRONG: readonly (readonly [string, readonly BarDeclaration<object>[]])[] = [
  ['a register outside its BAR', [{ index: 0, size: 16, registers: [{ ...row, at: 14 }] }]],
  ['overlapping registers', [{ index: 0, size: 16, registers: [row, { ...row, at: 2 }] }]],
  ['a name used twice', [{ index: 0, size: 16, registers: [row, { ...row, at: 8 }] }]],
  ['a size that is no power of two', [{ index: 0, size: 24 }]],
  [
    'two BARs in one place',
    [
      { index: 0, size: 16 },
      { index: 0, size: 16 },
    ],
  ],
  [
    'a 64-bit BAR over another',
    [
      { index: 0, size: 16, bits: 64 },
      { index: 1, size: 16 },
    ],
  ],
  ['registers in memory', [{ index: 0, size: 0x10000, backing: 'ram', registers: [row] }]],
];

test.each(WRONG)('%s is refused', (_what, bars) => {
  expect(() => device({ ...plain, bars })).toThrowError(
    expect.objectContaining({ code: 'bad-argument' }),
  );
});
