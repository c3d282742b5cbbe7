/** What a driver of the virtio network device does, for its tests: receive buffers, frames with headers, commands. */
import { expect } from 'vitest';
import * as virtio from '../spec/virtio.ts';
import * as spec from '../spec/virtio-net.ts';
import { BUFFERS, type DriverOptions, virtioDriver } from '../virtio/driver.suite.ts';
import { virtioNet } from '../virtio-net.ts';

export const EVERYONE = [255, 255, 255, 255, 255, 255];
export const SIZE = 8;
export const RX_BYTES = 0x800;
export const TX_BUFFER = BUFFERS + 0x1_0000;
const CONTROL_BUFFER = BUFFERS + 0x2_0000;

export const ethernetFrame = (
  to: readonly number[],
  from: readonly number[],
  length: number,
): Uint8Array => {
  const bytes = Uint8Array.from({ length }, (_, i) => i & 0xff);
  bytes.set([...to, ...from, 0x88, 0xb5]);
  return bytes;
};

interface NetOptions extends DriverOptions {
  readonly features?: bigint;
  readonly receiveBytes?: number;
  /** How many receive buffers are given. */
  readonly buffers?: number;
}

/** A network driver that runs, with receive buffers given. */
export function netDriver(options: NetOptions = {}) {
  const { features = ~0n, receiveBytes = RX_BYTES, buffers = SIZE, ...rest } = options;
  const driver = virtioDriver(virtioNet, rest);
  const link = driver.attached.instance.network;
  if (link === undefined) throw new Error('no link');
  const accepted = (driver.offered() & features) | virtio.F_VERSION_1;
  expect(driver.negotiate(accepted)).toBe(true);
  driver.common.set(virtio.COMMON_CONFIG_MSIX_VECTOR, 0, 2);
  for (const queue of [0, 1, 2]) driver.setUpQueue(queue, SIZE, queue + 1);
  for (let n = 0; n < buffers; n++) {
    const at = BUFFERS + n * RX_BYTES;
    driver.offer(spec.RECEIVEQ, n, [{ at, length: receiveBytes, write: true }]);
  }
  driver.ready();
  driver.run();
  let sent = 0;
  return {
    ...driver,
    link,
    received: (n: number) => {
      const { head, length } = driver.used(spec.RECEIVEQ, n);
      return driver.bytes(BUFFERS + head * RX_BYTES, length);
    },
    send(bytes: Uint8Array, header: Uint8Array = new Uint8Array(spec.HDR_BYTES)): void {
      driver.put(TX_BUFFER, header);
      driver.put(TX_BUFFER + 0x100, bytes);
      driver.offer(spec.TRANSMITQ, (sent++ * 2) % SIZE, [
        { at: TX_BUFFER, length: header.length },
        { at: TX_BUFFER + 0x100, length: bytes.length },
      ]);
      driver.notify(spec.TRANSMITQ);
    },
    command(...bytes: readonly number[]): number {
      driver.put(CONTROL_BUFFER, Uint8Array.from(bytes));
      driver.memory(CONTROL_BUFFER + 0x800, 1, 0xee);
      driver.offer(spec.CONTROLQ, 0, [
        { at: CONTROL_BUFFER, length: bytes.length },
        { at: CONTROL_BUFFER + 0x800, length: 1, write: true },
      ]);
      driver.notify(spec.CONTROLQ);
      return driver.memory(CONTROL_BUFFER + 0x800, 1);
    },
    arrive(bytes: Uint8Array): void {
      link.injectFrame(bytes);
      driver.run(0);
    },
  };
}
