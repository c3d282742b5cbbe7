import { expect, test } from 'vitest';
import { ANSWER_TIME } from './net/link.ts';
import * as virtio from './spec/virtio.ts';
import * as spec from './spec/virtio-net.ts';
import { BUFFERS, type DriverOptions, virtioDriver } from './virtio/driver.suite.ts';
import { virtioNet } from './virtio-net.ts';

const OURS = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56];
const THEIRS = [2, 0, 0, 0, 0, 7];
const EVERYONE = [255, 255, 255, 255, 255, 255];
const SIZE = 8;
const RX_BYTES = 0x800;
const TX_BUFFER = BUFFERS + 0x1_0000;
const CONTROL_BUFFER = BUFFERS + 0x2_0000;
const ANSWER_MICROSECONDS = Number(ANSWER_TIME / 10n);

const frame = (to: readonly number[], from: readonly number[], length: number): Uint8Array => {
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
function netDriver(options: NetOptions = {}) {
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
    send(bytes: Uint8Array, header = new Uint8Array(spec.HDR_BYTES)): void {
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

test.each([0, 1])('a frame goes out and its answer comes in, behind bridge %i', (bridge) => {
  const driver = netDriver({ network: {}, bridge, features: ~virtio.F_EVENT_IDX });
  const sent = frame(EVERYONE, OURS, 100);
  driver.send(sent);
  expect(driver.link.sentFrames).toEqual([sent]);
  expect(driver.used(spec.TRANSMITQ, 0)).toEqual({ head: 0, length: 0 });
  expect(driver.on.delivered).toHaveLength(1);
  expect([driver.isr(), driver.isr()]).toEqual([virtio.ISR_QUEUE, 0]);
  driver.run(ANSWER_MICROSECONDS);
  expect(driver.on.delivered).toHaveLength(2);
  const data = driver.received(0);
  expect(data).toHaveLength(spec.HDR_BYTES + 100);
  expect([...data.subarray(0, spec.HDR_BYTES)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
  expect([...data.subarray(12, 18)]).toEqual(OURS);
  expect(data.subarray(24)).toEqual(sent.subarray(12));
});

test('with MSI-X every queue has its message, and changes of the link another', () => {
  const driver = netDriver({ messages: 4, features: ~virtio.F_EVENT_IDX });
  const vectors = () => driver.on.delivered.splice(0).map((d) => d.vector);
  const first = driver.on.bus
    .assignmentOf(driver.attached.function)
    .flatMap((r) => (r.type === 'message-interrupt' ? [r.vector] : []));
  driver.send(frame(EVERYONE, OURS, 64));
  expect(vectors()).toEqual([first[2]]);
  driver.arrive(frame(OURS, THEIRS, 64));
  expect(vectors()).toEqual([first[1]]);
  driver.command(spec.CTRL_RX, spec.CTRL_RX_PROMISC, 1);
  expect(vectors()).toEqual([first[3]]);
  driver.link.setCarrier(false);
  expect(vectors()).toEqual([first[0]]);
  expect(driver.isr()).toBe(0);
});

test('the configuration tells address, link and MTU, and its generation changes with it', () => {
  const driver = netDriver();
  const { device, common } = driver;
  expect([0, 1, 2, 3, 4, 5].map((n) => device.get(n, 1))).toEqual(OURS);
  const link = () => device.get(spec.CONFIG_STATUS, 2);
  expect([link(), device.get(spec.CONFIG_MTU, 2)]).toEqual([1, 1500]);
  const generation = common.get(virtio.COMMON_CONFIG_GENERATION, 1);
  driver.link.setCarrier(false);
  expect(link()).toBe(0);
  expect(common.get(virtio.COMMON_CONFIG_GENERATION, 1)).not.toBe(generation);
  expect(driver.isr()).toBe(virtio.ISR_CONFIGURATION);
});

test('merged buffers: a frame spans several, each counted', () => {
  const driver = netDriver({ receiveBytes: 64 });
  driver.arrive(frame(OURS, THEIRS, 150));
  expect(driver.usedIndex(spec.RECEIVEQ)).toBe(3);
  const lengths = [0, 1, 2].map((n) => driver.used(spec.RECEIVEQ, n).length);
  expect(lengths).toEqual([64, 64, 34]);
  expect(driver.received(0)[spec.HDR_NUM_BUFFERS]).toBe(3);
});

test('without merging, a buffer that is too small stays and the frame is lost', () => {
  const driver = netDriver({ features: ~spec.F_MRG_RXBUF, receiveBytes: 100 });
  driver.arrive(frame(OURS, THEIRS, 150));
  driver.arrive(frame(OURS, THEIRS, 88));
  expect(driver.usedIndex(spec.RECEIVEQ)).toBe(1);
  expect(driver.received(0)).toHaveLength(100);
  expect(driver.misuses()).toEqual(['receive-buffer-too-small']);
});

test('frames wait for buffers, a bounded number of them', () => {
  const driver = netDriver({ buffers: 0 });
  for (let n = 0; n < 70; n++) driver.arrive(frame(OURS, THEIRS, 64 + n));
  expect(driver.usedIndex(spec.RECEIVEQ)).toBe(0);
  for (let round = 0; round < 10; round++) {
    for (let n = 0; n < SIZE; n++) {
      driver.offer(spec.RECEIVEQ, n, [
        { at: BUFFERS + n * RX_BYTES, length: RX_BYTES, write: true },
      ]);
    }
    driver.notify(spec.RECEIVEQ);
  }
  expect(driver.usedIndex(spec.RECEIVEQ)).toBe(64);
});

test('a partial checksum is completed', () => {
  const driver = netDriver();
  const bytes = new Uint8Array(64);
  bytes.set([...THEIRS, ...OURS]);
  bytes.set([0x12, 0x34], 34);
  const header = new Uint8Array(spec.HDR_BYTES);
  const view = new DataView(header.buffer);
  view.setUint8(spec.HDR_FLAGS, spec.HDR_F_NEEDS_CSUM);
  view.setUint16(spec.HDR_CSUM_START, 34, true);
  view.setUint16(spec.HDR_CSUM_OFFSET, 16, true);
  driver.send(bytes, header);
  expect([...(driver.link.sentFrames[0]?.subarray(50, 52) ?? [])]).toEqual([0xed, 0xcb]);
});

test.each([
  ['a buffer without a header', new Uint8Array(4), 'header-missing', true],
  ['segments', Uint8Array.of(1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0), 'segmentation-not-negotiated'],
])('%s is refused', (_what, header, problem, breaks = false) => {
  const driver = netDriver();
  driver.send(new Uint8Array(header.length < spec.HDR_BYTES ? 1 : 64), header);
  expect(driver.misuses()).toEqual([problem]);
  expect(driver.link.sentFrames).toHaveLength(0);
  expect(driver.status() & virtio.DEVICE_NEEDS_RESET).toBe(breaks ? 64 : 0);
});

test('receive modes and tables decide what comes in', () => {
  const driver = netDriver();
  const group = [1, 0, 0x5e, 0, 0, 1];
  const comesIn = (to: readonly number[]): boolean => {
    const before = driver.usedIndex(spec.RECEIVEQ);
    driver.arrive(frame(to, THEIRS, 64));
    return driver.usedIndex(spec.RECEIVEQ) > before;
  };
  expect([OURS, EVERYONE, THEIRS, group].map(comesIn)).toEqual([true, true, false, false]);
  const { CTRL_RX, CTRL_MAC } = spec;
  expect(driver.command(CTRL_RX, spec.CTRL_RX_ALLMULTI, 1)).toBe(spec.ACK_OK);
  expect(comesIn(group)).toBe(true);
  driver.command(CTRL_RX, spec.CTRL_RX_ALLMULTI, 0);
  const table = [1, 0, 0, 0, ...THEIRS, 1, 0, 0, 0, ...group];
  expect(driver.command(CTRL_MAC, spec.CTRL_MAC_TABLE_SET, ...table)).toBe(spec.ACK_OK);
  expect([THEIRS, group].map(comesIn)).toEqual([true, true]);
  driver.command(CTRL_RX, spec.CTRL_RX_NOBCAST, 1);
  expect(comesIn(EVERYONE)).toBe(false);
  driver.command(CTRL_MAC, spec.CTRL_MAC_ADDR_SET, 2, 0, 0, 0, 0, 9);
  expect(comesIn(OURS)).toBe(false);
  expect(comesIn([2, 0, 0, 0, 0, 9])).toBe(true);
  expect(driver.device.get(5, 1)).toBe(9);
});

test('VLAN frames come in while their number is in the table, and in promiscuous mode', () => {
  const driver = netDriver();
  const tagged = frame(OURS, THEIRS, 64);
  tagged.set([0x81, 0, 0, 5], 12);
  const { CTRL_VLAN, CTRL_VLAN_ADD, CTRL_VLAN_DEL, CTRL_RX, CTRL_RX_PROMISC } = spec;
  const comesInAfter = (...command: readonly number[]): boolean => {
    expect(driver.command(...command)).toBe(spec.ACK_OK);
    const before = driver.usedIndex(spec.RECEIVEQ);
    driver.arrive(tagged);
    return driver.usedIndex(spec.RECEIVEQ) > before;
  };
  expect(comesInAfter(CTRL_VLAN, CTRL_VLAN_ADD, 6, 0)).toBe(false);
  expect(comesInAfter(CTRL_VLAN, CTRL_VLAN_ADD, 5, 0)).toBe(true);
  expect(comesInAfter(CTRL_VLAN, CTRL_VLAN_ADD, 5, 0)).toBe(true);
  expect(comesInAfter(CTRL_VLAN, CTRL_VLAN_DEL, 5, 0)).toBe(false);
  expect(comesInAfter(CTRL_RX, CTRL_RX_PROMISC, 1)).toBe(true);
});

test.each([
  ['an unknown class', [9, 0, 0]],
  ['an unknown command', [spec.CTRL_RX, 9, 0]],
  ['an address of five bytes', [spec.CTRL_MAC, spec.CTRL_MAC_ADDR_SET, 1, 2, 3, 4, 5]],
  ['a table without end', [spec.CTRL_MAC, spec.CTRL_MAC_TABLE_SET, 255, 255, 255, 255]],
  ['a VLAN beyond 4095', [spec.CTRL_VLAN, spec.CTRL_VLAN_ADD, 0, 0x10]],
])('%s is answered with an error', (_what, command) => {
  expect(netDriver().command(...command)).toBe(spec.ACK_ERR);
});

test('commands of features that were not negotiated are errors', () => {
  const driver = netDriver({ features: ~(spec.F_CTRL_RX | spec.F_CTRL_MAC_ADDR) });
  expect(driver.command(spec.CTRL_RX, spec.CTRL_RX_PROMISC, 1)).toBe(spec.ACK_ERR);
  expect(driver.command(spec.CTRL_MAC, spec.CTRL_MAC_ADDR_SET, ...OURS)).toBe(spec.ACK_ERR);
});

test('once unplugged it sends, receives and answers nothing', () => {
  const driver = netDriver({ network: {} });
  driver.put(TX_BUFFER, new Uint8Array(100));
  driver.offer(spec.TRANSMITQ, 0, [{ at: TX_BUFFER, length: 100 }]);
  driver.attached.unplug();
  driver.link.injectFrame(frame(OURS, THEIRS, 64));
  driver.notify(spec.TRANSMITQ);
  driver.run(100);
  expect(driver.status()).toBe(0xff);
  expect(driver.usedIndex(spec.RECEIVEQ)).toBe(0);
  expect(driver.on.delivered).toEqual([]);
});
