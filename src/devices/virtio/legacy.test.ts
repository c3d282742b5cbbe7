import { expect, test } from 'vitest';
import { CAPABILITIES_POINTER, CAPABILITY_VENDOR_SPECIFIC } from '../../bus/pci-spec.ts';
import { pa } from '../../units/address.ts';
import { ticks } from '../../units/ticks.ts';
import { rig, started } from '../device.suite.ts';
import { OURS, THEIRS } from '../net/packets.suite.ts';
import { deviceForHardwareId } from '../registry.ts';
import * as spec from '../spec/virtio.ts';
import * as net from '../spec/virtio-net.ts';
import { ethernetFrame } from '../virtio-net/driver.suite.ts';
import { virtioNetTransitional } from '../virtio-net.ts';

const SIZE = 256;
const AVAIL_AT = SIZE * spec.DESC_BYTES;
/** 4096 + 6 + 512 bytes, up to the next page. */
const USED_AT = 0x2000;
const QUEUES = 0x1_0000;
const BUFFERS = 0x10_0000;
const ANY = spec.F_ANY_LAYOUT;

/** What a legacy driver does before DRIVER_OK: features, and pages for its queues. */
function legacyDriver(features: bigint, { messages = 0 } = {}) {
  const on = rig();
  const device = started(on, virtioNetTransitional, { messages, network: { peer: 'silent' } });
  const { attached, write } = device;
  const link = attached.instance.network;
  if (link === undefined) throw new Error('no link');
  const get = (at: number, size: 1 | 2 | 4) => Number(device.read(at, size));
  const memory = (at: number, size: 1 | 2 | 4 | 8, value?: number): number => {
    if (value !== undefined) on.physical.write(pa(at), size, BigInt(value));
    return Number(on.physical.read(pa(at), size));
  };
  const area = (queue: number): number => QUEUES + queue * 0x4000;
  write(spec.LEGACY_DEVICE_STATUS, 0, 1);
  write(spec.LEGACY_DEVICE_STATUS, spec.ACKNOWLEDGE | spec.DRIVER, 1);
  write(spec.LEGACY_GUEST_FEATURES, features, 4);
  for (const queue of [0, 1, 2]) {
    write(spec.LEGACY_QUEUE_SELECT, queue, 2);
    if (messages > 0) write(spec.LEGACY_QUEUE_MSIX_VECTOR, queue + 1, 2);
    write(spec.LEGACY_QUEUE_PFN, area(queue) / spec.LEGACY_QUEUE_ALIGN, 4);
  }
  const driver = {
    ...device,
    on,
    link,
    get,
    area,
    memory,
    ready: () => write(spec.LEGACY_DEVICE_STATUS, 7, 1),
    /** A buffer of consecutive parts, made available and told of. */
    give(queue: number, parts: readonly number[], isWritable = false): void {
      let at = BUFFERS + queue * 0x1000;
      parts.forEach((length, i) => {
        const descriptor = area(queue) + i * spec.DESC_BYTES;
        memory(descriptor, 8, at);
        memory(descriptor + spec.DESC_LEN, 4, length);
        const next = i + 1 < parts.length ? spec.DESC_F_NEXT : 0;
        memory(descriptor + spec.DESC_FLAGS, 2, next | (isWritable ? spec.DESC_F_WRITE : 0));
        memory(descriptor + spec.DESC_NEXT, 2, i + 1);
        at += length;
      });
      const index = memory(area(queue) + AVAIL_AT + spec.RING_IDX, 2);
      memory(area(queue) + AVAIL_AT + spec.RING_ELEMENTS + index * 2, 2, 0);
      memory(area(queue) + AVAIL_AT + spec.RING_IDX, 2, index + 1);
      write(spec.LEGACY_QUEUE_NOTIFY, queue, 2);
      on.clock.runUntil(ticks(on.clock.now() + 10n));
    },
    put: (queue: number, bytes: Uint8Array) =>
      on.physical.writeBytes(pa(BUFFERS + queue * 0x1000), bytes),
    usedIndex: (queue: number) => memory(area(queue) + USED_AT + spec.RING_IDX, 2),
    usedLength: (queue: number) => memory(area(queue) + USED_AT + spec.RING_ELEMENTS + 4, 4),
    misuses: () => on.events.flatMap((e) => (e.kind === 'device-misuse' ? [e.problem] : [])),
  };
  return driver;
}

const FRAME = ethernetFrame(THEIRS, OURS, 60);

test('ids of drivers for transitional devices lead to it', () => {
  for (const id of ['PCI\\VEN_1AF4&DEV_1000&SUBSYS_00011AF4&REV_00', 'PCI\\VEN_1AF4&DEV_1000']) {
    expect(deviceForHardwareId(id)?.name).toBe('virtio-net-transitional');
  }
  expect(deviceForHardwareId('PCI\\VEN_1AF4&DEV_1041')?.name).toBe('virtio-net');
});

test('it has the structures of a modern device as well', () => {
  const { attached } = legacyDriver(ANY);
  const types: number[] = [];
  const { function: fn } = attached;
  for (let at = fn.readConfig(CAPABILITIES_POINTER, 1); at !== 0; at = fn.readConfig(at + 1, 1)) {
    if (fn.readConfig(at, 1) === CAPABILITY_VENDOR_SPECIFIC) types.push(fn.readConfig(at + 3, 1));
  }
  expect(types.sort()).toEqual([1, 2, 3, 4, 5]);
});

test('features are those of 32 bits, and any layout; what is not offered is told', () => {
  const { get, write, misuses } = legacyDriver(ANY);
  const offered = BigInt(get(spec.LEGACY_HOST_FEATURES, 4));
  expect(offered & (ANY | net.F_MAC | spec.F_EVENT_IDX)).toBe(ANY | net.F_MAC | spec.F_EVENT_IDX);
  expect(misuses()).toEqual([]);
  write(spec.LEGACY_GUEST_FEATURES, ANY | (1n << 30n), 4);
  expect([get(spec.LEGACY_GUEST_FEATURES, 4), misuses()]).toEqual([
    Number(ANY),
    ['feature-not-offered'],
  ]);
});

test('a queue is a page number, and zero takes it away', () => {
  const { get, write } = legacyDriver(ANY);
  const shown = (queue: number) => {
    write(spec.LEGACY_QUEUE_SELECT, queue, 2);
    return [get(spec.LEGACY_QUEUE_SIZE, 2), get(spec.LEGACY_QUEUE_PFN, 4)];
  };
  expect([0, 1, 2, 3].map(shown)).toEqual([
    [256, 0x10],
    [256, 0x14],
    [64, 0x18],
    [0, 0],
  ]);
  write(spec.LEGACY_QUEUE_SELECT, 1, 2);
  write(spec.LEGACY_QUEUE_PFN, 0, 4);
  expect(shown(1)).toEqual([256, 0]);
});

test.each([
  ['ten bytes', 0n, net.LEGACY_HDR_BYTES],
  ['twelve with merged buffers', net.F_MRG_RXBUF, net.HDR_BYTES],
])('frames go both ways behind a header of %s, with the line', (_name, more, header) => {
  const driver = legacyDriver(ANY | more);
  driver.ready();
  const sent = new Uint8Array(header + FRAME.length);
  sent.set(FRAME, header);
  driver.put(net.TRANSMITQ, sent);
  driver.give(net.TRANSMITQ, [sent.length]);
  expect(driver.link.sentFrames).toEqual([FRAME]);
  expect([driver.usedIndex(net.TRANSMITQ), driver.usedLength(net.TRANSMITQ)]).toEqual([1, 0]);
  expect([driver.get(spec.LEGACY_ISR, 1), driver.get(spec.LEGACY_ISR, 1)]).toEqual([1, 0]);
  driver.give(net.RECEIVEQ, [0x800], true);
  const arrived = ethernetFrame(OURS, THEIRS, 60);
  driver.link.injectFrame(arrived);
  driver.on.clock.runUntil(ticks(driver.on.clock.now() + 100n));
  expect(driver.usedLength(net.RECEIVEQ)).toBe(header + arrived.length);
  const got = driver.on.physical.readBytes(pa(BUFFERS + header), arrived.length);
  expect(got).toEqual(arrived);
  expect(driver.misuses()).toEqual([]);
});

test('a driver may use the device before DRIVER_OK', () => {
  const driver = legacyDriver(ANY);
  driver.give(net.TRANSMITQ, [net.LEGACY_HDR_BYTES, FRAME.length]);
  expect(driver.usedIndex(net.TRANSMITQ)).toBe(1);
  expect(driver.get(spec.LEGACY_ISR, 1)).toBe(spec.ISR_QUEUE);
  driver.link.setCarrier(false);
  expect(driver.get(spec.LEGACY_ISR, 1)).toBe(0);
  driver.ready();
  driver.link.setCarrier(true);
  expect(driver.get(spec.LEGACY_ISR, 1)).toBe(spec.ISR_CONFIGURATION);
});

test('without any layout the header has a descriptor of its own', () => {
  const driver = legacyDriver(0n);
  driver.ready();
  driver.give(net.TRANSMITQ, [net.LEGACY_HDR_BYTES, FRAME.length]);
  expect(driver.misuses()).toEqual([]);
  driver.give(net.TRANSMITQ, [net.LEGACY_HDR_BYTES + FRAME.length]);
  expect(driver.misuses()).toEqual(['header-not-alone']);
  driver.give(net.RECEIVEQ, [0x800], true);
  driver.link.injectFrame(ethernetFrame(OURS, THEIRS, 60));
  driver.on.clock.runUntil(ticks(driver.on.clock.now() + 100n));
  expect(driver.misuses()).toEqual(['header-not-alone', 'header-not-alone']);
});

test.each([
  ['the line', 0, spec.LEGACY_CONFIG_WITHOUT_MSIX],
  ['messages', 4, spec.LEGACY_CONFIG_WITH_MSIX],
])(
  'with %s the configuration lies where it has to, and takes another address',
  (_n, messages, at) => {
    const { get, write, misuses } = legacyDriver(ANY, { messages });
    const mac = () => [0, 1, 2, 3, 4, 5].map((n) => get(at + n, 1));
    expect(mac()).toEqual(OURS);
    expect([get(at + 6, 2), get(at + 10, 2)]).toEqual([net.S_LINK_UP, 1500]);
    [2, 0, 0, 9, 8, 7].forEach((byte, n) => {
      write(at + n, byte, 1);
    });
    expect(mac()).toEqual([2, 0, 0, 9, 8, 7]);
    write(at + 6, 0, 2);
    expect([get(at + 6, 2), misuses()]).toEqual([net.S_LINK_UP, []]);
  },
);

test('with messages the vectors are in front of it, and what cannot be reads as none', () => {
  const driver = legacyDriver(ANY, { messages: 4 });
  const { get, write } = driver;
  write(spec.LEGACY_CONFIG_MSIX_VECTOR, 0, 2);
  write(spec.LEGACY_QUEUE_SELECT, 1, 2);
  expect([0x14, 0x16].map((at) => get(at, 2))).toEqual([0, 2]);
  write(spec.LEGACY_QUEUE_MSIX_VECTOR, 9, 2);
  expect(get(spec.LEGACY_QUEUE_MSIX_VECTOR, 2)).toBe(spec.MSI_NO_VECTOR);
  write(spec.LEGACY_QUEUE_MSIX_VECTOR, 2, 2);
  driver.ready();
  driver.give(net.TRANSMITQ, [net.LEGACY_HDR_BYTES, FRAME.length]);
  expect(driver.on.delivered).toHaveLength(1);
});

test('features that need others are told at DRIVER_OK, and a reset forgets everything', () => {
  const driver = legacyDriver(ANY | net.F_HOST_TSO4);
  driver.ready();
  expect(driver.misuses()).toEqual(['feature-alone']);
  driver.write(spec.LEGACY_DEVICE_STATUS, 0, 1);
  expect(driver.get(spec.LEGACY_DEVICE_STATUS, 1)).toBe(0);
  expect(driver.get(spec.LEGACY_GUEST_FEATURES, 4)).toBe(0);
  expect(driver.get(spec.LEGACY_QUEUE_PFN, 4)).toBe(0);
});
