import { expect, test } from 'vitest';
import { ticks } from '../units/ticks.ts';
import { rig, started } from './device.suite.ts';
import { device } from './device.ts';
import { foreignDevice } from './foreign-device.ts';
import type { RegisterRow } from './register.ts';

type NumberRow = Extract<RegisterRow<object>, { readonly size: 1 | 2 | 4 }>;

const failing = (row: Pick<NumberRow, 'read' | 'write'>) =>
  device({
    name: 'tried',
    summary: 'for tests',
    spec: 'none',
    pci: { vendorId: 0x1234, deviceId: 0xb11e, classCode: 0xff0000 },
    initialState: () => ({}),
    timers: {
      late() {
        throw new Error('too late');
      },
    },
    bars: [
      {
        index: 0,
        size: 0x1000,
        registers: [{ name: 'ID', at: 4, size: 4, access: 'rw', ...row }],
      },
    ],
  });

test('what a handler throws is the fault of the file, with its line', () => {
  const broken = failing({
    read: () => {
      throw new Error('no idea');
    },
  });
  const { read } = started(rig(), foreignDevice(broken, 'src/devices/foreign-device.test.ts'));
  expect(() => read(4)).toThrowError(
    /^src\/devices\/foreign-device\.test\.ts:\d+:\d+: the device tried failed in a 4-byte read of BAR 0 \+ 0x4: no idea$/,
  );
});

test.each([
  [() => undefined, 'gave undefined, which is no number'],
  [() => Number.NaN, 'gave NaN, which is no number'],
])('a read handler has to give a number', (read, message) => {
  const { read: readAt } = started(rig(), foreignDevice(failing({ read } as never), 'x.mjs'));
  expect(() => readAt(4)).toThrowError(message);
});

test('a bigint of a narrow register is as good as a number', () => {
  const { read } = started(rig(), foreignDevice(failing({ read: () => 7n } as never), 'x.mjs'));
  expect(read(4)).toBe(7n);
});

test('timers are looked after too, and told once', () => {
  const on = rig();
  const model = failing({ write: (_state, _value, host) => host.after(ticks(5n), 'late') });
  const { write } = started(on, foreignDevice(model, 'x.mjs'));
  write(4, 1);
  expect(() => on.clock.runUntil(ticks(5n))).toThrowError(
    'x.mjs: the device tried failed in a timer: too late',
  );
});

test('a timer that is not declared is named', () => {
  const model = failing({ write: (_state, _value, host) => host.after(ticks(5n), 'nix') });
  const { write } = started(rig(), foreignDevice(model, 'x.mjs'));
  expect(() => write(4, 1)).toThrowError('tried declares no timer nix');
});

test('a delay that is no ticks is refused in words', () => {
  const model = failing({ write: (_state, value, host) => host.after(value as never, 'late') });
  const { write } = started(rig(), foreignDevice(model, 'x.mjs'));
  expect(() => write(4, 5)).toThrowError(
    'after() takes ticks of 100 ns, such as ticks(500n), not 5',
  );
});
