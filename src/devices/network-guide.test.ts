/** The card of the guide to network drivers is a device that works as its text says. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { busAddress, pa } from '../units/address.ts';
import { ticks } from '../units/ticks.ts';
import { deviceSuite, rig, started } from './device.suite.ts';
import { device } from './device.ts';
import { deviceFromModule } from './device-file.ts';

const guide = readFileSync(new URL('../../docs/guide/nic.md', import.meta.url), 'utf8');
const source = (guide.match(/```js\n([\s\S]*?)```/)?.[1] ?? '')
  .replace(/^import .*$/m, '')
  .replace('export const', 'const');
const card: unknown = new Function('device', 'busAddress', `${source}; return card;`)(
  device,
  busAddress,
);
const model = deviceFromModule({ card }, 'guide');
deviceSuite(model);

const SEND_AT = 0x0;
const SEND = 0x4;
const RECEIVE_AT = 0x8;
const RECEIVED = 0xc;
const TO_SEND = 0x2000;
const ARRIVES = 0x3000;

test('a frame goes out, the answer arrives where the driver wants it, the line falls when it says so', () => {
  const on = rig();
  const { attached, read, write } = started(on, model, { network: { peer: 'answer' } });
  const isUp = () => on.interrupts.isLineAsserted(attached.function.line ?? -1);
  const frame = Uint8Array.from({ length: 60 }, (_, i) => (i < 6 ? 2 : i));
  on.physical.writeBytes(pa(TO_SEND), frame);
  write(SEND_AT, TO_SEND);
  write(RECEIVE_AT, ARRIVES);
  write(SEND, frame.length);
  expect(attached.instance.network?.sentFrames).toEqual([frame]);
  expect(isUp()).toBe(false);
  on.clock.runUntil(ticks(10_000_000n));
  expect(read(RECEIVED)).toBe(60n);
  expect(on.physical.readBytes(pa(ARRIVES + 14), 46)).toEqual(frame.slice(14));
  expect(isUp()).toBe(true);
  write(RECEIVED, 0);
  expect(isUp()).toBe(false);
});
