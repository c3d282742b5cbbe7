import { expect, test } from 'vitest';
import { ANSWER_TIME } from './net/link.ts';
import { OURS, THEIRS } from './net/packets.suite.ts';
import * as virtio from './spec/virtio.ts';
import * as spec from './spec/virtio-net.ts';
import { BUFFERS, virtioDriver } from './virtio/driver.suite.ts';
import {
  EVERYONE,
  ethernetFrame as frame,
  netDriver,
  RX_BYTES,
  SIZE,
  TX_BUFFER,
} from './virtio-net/driver.suite.ts';
import { virtioNet } from './virtio-net.ts';

const ANSWER_MICROSECONDS = Number(ANSWER_TIME / 10n);

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

test('a buffer without a header breaks the device', () => {
  const driver = netDriver();
  driver.send(new Uint8Array(1), new Uint8Array(4));
  expect(driver.misuses()).toEqual(['header-missing']);
  expect(driver.link.sentFrames).toHaveLength(0);
  expect(driver.status() & virtio.DEVICE_NEEDS_RESET).toBe(virtio.DEVICE_NEEDS_RESET);
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

test.each([
  ['segments without checksums', ~spec.F_CSUM],
  ['ECN without segments', ~(spec.F_HOST_TSO4 | spec.F_HOST_TSO6)],
  ['a control command without its queue', ~spec.F_CTRL_VQ],
])('a driver that accepts %s finds no agreement', (_what, features) => {
  const driver = virtioDriver(virtioNet);
  expect(driver.negotiate(driver.offered() & features)).toBe(false);
  expect(new Set(driver.misuses())).toEqual(new Set(['feature-alone']));
  expect(driver.negotiate(driver.offered())).toBe(true);
});
