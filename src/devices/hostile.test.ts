import { expect, test } from 'vitest';
import type { AccessSize } from '../memory/physical.ts';
import { pa } from '../units/address.ts';
import { ticks } from '../units/ticks.ts';
import { rig, started } from './device.suite.ts';
import type { DeviceModel } from './device.ts';
import { e1000 } from './e1000.ts';
import { SeededRandom } from './random.ts';
import { expandRows } from './register.ts';
import * as common from './spec/virtio.ts';
import { virtioNet } from './virtio-net.ts';

const SEEDS = Array.from({ length: 12 }, (_, n) => n + 1);
const RAM_WORDS = 0x4000;
const WRITES = 400;
const MILLISECOND = 10_000n;

/** Values that lead somewhere more often than chance would. */
function someValue(random: SeededRandom): bigint {
  const value = BigInt(random.next());
  switch (random.next() % 4) {
    case 0:
      return value & 0xfn;
    case 1:
      return value & 0xfff0n;
    case 2:
      return 1n << (value & 31n);
    default:
      return value;
  }
}

/** A device whose registers and rings hold anything at all. */
function torture(model: DeviceModel, seed: number, prepare: (write: Write) => void): number {
  const random = new SeededRandom(seed);
  const on = rig();
  const { attached, read, write } = started(on, model, { network: { peer: 'loopback' } });
  for (let i = 0; i < RAM_WORDS; i++) on.physical.write(pa(i * 4), 4, someValue(random));
  prepare(write);
  const rows = [...model.registers].flatMap(([bar, list]) =>
    expandRows(list).map((row) => ({ bar, row })),
  );
  for (let n = 0; n < WRITES; n++) {
    const { bar, row } = rows[random.next() % rows.length] ?? {};
    if (bar === undefined || row === undefined) continue;
    if (random.next() % 4 === 0) read(row.at, row.size, bar);
    else write(row.at, someValue(random), row.size, bar);
    if (n % 8 !== 0) continue;
    const frame = Uint8Array.from({ length: 14 + (random.next() % 3000) }, () => random.next());
    attached.instance.network?.injectFrame(frame);
    on.clock.runUntil(ticks(on.clock.now() + MILLISECOND / 10n));
  }
  on.clock.runUntil(ticks(on.clock.now() + MILLISECOND));
  JSON.stringify(attached.instance.snapshot());
  return on.events.length;
}

type Write = (offset: number, value: bigint | number, size: AccessSize, bar: number) => void;

test.each(SEEDS)('e1000 survives anything in its registers and rings, seed %i', (seed) => {
  const running: readonly (readonly [number, number])[] = [
    [0x0000, 0x40],
    [0x2808, 0x1000],
    [0x2818, 0x20],
    [0x3808, 0x1000],
    [0x3818, 0xff],
    [0x0100, 0x801a],
    [0x0400, 0xa],
  ];
  const events = torture(e1000, seed, (write) => {
    for (const [at, value] of running) write(at, value, 4, 0);
  });
  expect(events).toBeLessThan(200_000);
});

test.each(SEEDS)('virtio-net survives anything in its registers and rings, seed %i', (seed) => {
  const events = torture(virtioNet, seed, (write) => {
    const set = (at: number, value: number, size: AccessSize) => write(at, value, size, 4);
    set(common.COMMON_DRIVER_FEATURE_SELECT, 1, 4);
    set(common.COMMON_DRIVER_FEATURE, 1, 4);
    set(common.COMMON_DEVICE_STATUS, 11, 1);
    for (const queue of [0, 1, 2]) {
      set(common.COMMON_QUEUE_SELECT, queue, 2);
      set(common.COMMON_QUEUE_DESC, 0x1000 * queue, 4);
      set(common.COMMON_QUEUE_DRIVER, 0x5000 + 0x800 * queue, 4);
      set(common.COMMON_QUEUE_DEVICE, 0x8000 + 0x1000 * queue, 4);
      set(common.COMMON_QUEUE_ENABLE, 1, 2);
    }
    set(common.COMMON_DEVICE_STATUS, 15, 1);
  });
  expect(events).toBeLessThan(200_000);
});
