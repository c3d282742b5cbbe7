import { expect, test } from 'vitest';
import * as spec from '../spec/virtio.ts';
import { virtioNet } from '../virtio-net.ts';
import { BUFFERS, virtioDriver } from './driver.suite.ts';

const QUEUE = 1;
const SIZE = 8;
const { F_VERSION_1, F_EVENT_IDX, F_INDIRECT_DESC } = spec;

/** A driver with one running queue, that of transmission, and a buffer that passes for a frame. */
function running(features = F_VERSION_1, messages = 0) {
  const driver = virtioDriver(virtioNet, { messages });
  expect(driver.negotiate(features)).toBe(true);
  driver.common.set(spec.COMMON_CONFIG_MSIX_VECTOR, 0, 2);
  driver.setUpQueue(QUEUE, SIZE, 1);
  driver.ready();
  driver.run();
  return driver;
}

type Driver = ReturnType<typeof running>;
const GOOD = { at: BUFFERS, length: 100 };

test('capabilities lead to every structure, within its BAR', () => {
  const driver = virtioDriver(virtioNet);
  for (const type of [1, 2, 3, 4]) {
    const { bar, offset, length } = driver.structure(type);
    const size = driver.attached.function.windowOf(bar)?.spec.size ?? 0;
    expect(length).toBeGreaterThan(0);
    expect(offset + length).toBeLessThanOrEqual(size);
  }
});

test('structures are reached through configuration space too', () => {
  const driver = virtioDriver(virtioNet);
  const { at } = driver.structure(spec.CAP_PCI_CFG);
  const fn = driver.attached.function;
  const { bar, offset } = driver.structure(spec.CAP_COMMON_CFG);
  const access = (field: number, size: number) => {
    fn.writeConfig(at + spec.CAP_BAR, 1, bar);
    fn.writeConfig(at + spec.CAP_OFFSET, 4, offset + field);
    fn.writeConfig(at + spec.CAP_LENGTH, 4, size);
    return at + spec.CAP_PCI_CFG_DATA;
  };
  expect(fn.readConfig(access(spec.COMMON_NUM_QUEUES, 2), 4) & 0xffff).toBe(3);
  fn.writeConfig(access(spec.COMMON_DEVICE_STATUS, 1), 1, spec.ACKNOWLEDGE);
  expect(driver.status()).toBe(spec.ACKNOWLEDGE);
  expect(fn.readConfig(access(spec.COMMON_DEVICE_STATUS, 1), 1)).toBe(spec.ACKNOWLEDGE);
  fn.writeConfig(access(1, 2), 2, 0xffff);
  expect(driver.common.get(spec.COMMON_DEVICE_FEATURE_SELECT, 4)).toBe(0);
});

test('features that are not offered, or none of version 1, are not agreed to', () => {
  const driver = virtioDriver(virtioNet);
  expect(driver.offered() & F_VERSION_1).toBe(F_VERSION_1);
  expect(driver.negotiate(0n)).toBe(false);
  expect(driver.negotiate(F_VERSION_1 | (1n << 63n))).toBe(false);
  expect(driver.negotiate(F_VERSION_1 | F_EVENT_IDX)).toBe(true);
  driver.common.set(spec.COMMON_DRIVER_FEATURE, 0, 4);
  expect(driver.common.get(spec.COMMON_DRIVER_FEATURE, 4)).toBe(1);
});

test('writing zero resets: features, vectors, queues', () => {
  const driver = running();
  driver.setStatus(0);
  const { common } = driver;
  expect(driver.status()).toBe(0);
  common.set(spec.COMMON_QUEUE_SELECT, QUEUE, 2);
  expect(common.get(spec.COMMON_QUEUE_ENABLE, 2)).toBe(0);
  expect(common.get(spec.COMMON_QUEUE_SIZE, 2)).toBe(256);
  expect(common.get(spec.COMMON_QUEUE_MSIX_VECTOR, 2)).toBe(spec.MSI_NO_VECTOR);
  expect(common.get(spec.COMMON_QUEUE_DESC, 4)).toBe(0);
  expect(common.get(spec.COMMON_CONFIG_MSIX_VECTOR, 2)).toBe(spec.MSI_NO_VECTOR);
});

test('half of an address belongs to the selected queue', () => {
  const { common } = virtioDriver(virtioNet);
  common.set(spec.COMMON_QUEUE_DESC, 0x1_0000_1000n, 8);
  common.set(spec.COMMON_QUEUE_SELECT, 1, 2);
  common.set(spec.COMMON_QUEUE_DESC, 0x2000, 4);
  expect(common.get(spec.COMMON_QUEUE_DESC, 8)).toBe(0x2000);
  common.set(spec.COMMON_QUEUE_SELECT, 0, 2);
  common.set(spec.COMMON_QUEUE_DESC + 4, 3, 4);
  expect(common.get(spec.COMMON_QUEUE_DESC, 8)).toBe(0x3_0000_1000);
});

test('queues and vectors that are not there', () => {
  const { common } = virtioDriver(virtioNet);
  common.set(spec.COMMON_QUEUE_SELECT, 9, 2);
  expect(common.get(spec.COMMON_QUEUE_SIZE, 2)).toBe(0);
  common.set(spec.COMMON_QUEUE_ENABLE, 1, 2);
  expect(common.get(spec.COMMON_QUEUE_ENABLE, 2)).toBe(0);
  common.set(spec.COMMON_CONFIG_MSIX_VECTOR, 4, 2);
  expect(common.get(spec.COMMON_CONFIG_MSIX_VECTOR, 2)).toBe(spec.MSI_NO_VECTOR);
  common.set(spec.COMMON_CONFIG_MSIX_VECTOR, 3, 2);
  expect(common.get(spec.COMMON_CONFIG_MSIX_VECTOR, 2)).toBe(3);
});

test('a size that is no power of two, and rings that are not aligned, are refused', () => {
  const driver = virtioDriver(virtioNet);
  const { common } = driver;
  common.set(spec.COMMON_QUEUE_SIZE, 100, 2);
  expect(common.get(spec.COMMON_QUEUE_SIZE, 2)).toBe(256);
  common.set(spec.COMMON_QUEUE_DESC, 0x1008, 4);
  common.set(spec.COMMON_QUEUE_ENABLE, 1, 2);
  expect(common.get(spec.COMMON_QUEUE_ENABLE, 2)).toBe(0);
  expect(driver.misuses()).toEqual(['queue-size', 'ring-alignment']);
});

test('buffers given before DRIVER_OK are used after it', () => {
  const driver = virtioDriver(virtioNet);
  driver.negotiate(F_VERSION_1);
  driver.setUpQueue(QUEUE, SIZE);
  driver.offer(QUEUE, 0, [GOOD]);
  driver.notify(QUEUE);
  expect(driver.usedIndex(QUEUE)).toBe(0);
  driver.ready();
  driver.run();
  expect(driver.usedIndex(QUEUE)).toBe(1);
});

test('DRIVER_OK without FEATURES_OK starts nothing', () => {
  const driver = virtioDriver(virtioNet);
  driver.setUpQueue(QUEUE, SIZE);
  driver.offer(QUEUE, 0, [GOOD]);
  driver.setStatus(spec.ACKNOWLEDGE | spec.DRIVER | spec.DRIVER_OK);
  driver.notify(QUEUE);
  expect(driver.usedIndex(QUEUE)).toBe(0);
  expect(driver.misuses()).toEqual(['driver-ok-before-features-ok']);
});

test('indexes wrap: more buffers than the ring, and than 16 bits, hold', () => {
  const driver = running();
  for (let n = 0; n < 3 * SIZE; n++) {
    driver.offer(QUEUE, n % SIZE, [GOOD]);
    driver.notify(QUEUE);
    expect(driver.used(QUEUE, n).head).toBe(n % SIZE);
  }
  expect(driver.usedIndex(QUEUE)).toBe(3 * SIZE);
});

test('an indirect table stands for its chain', () => {
  const driver = running(F_VERSION_1 | F_INDIRECT_DESC);
  const table = BUFFERS + 0x8000;
  driver.descriptor(table, { at: BUFFERS, length: 12 }, spec.DESC_F_NEXT, 1);
  driver.descriptor(table + 16, { at: BUFFERS + 0x100, length: 64 }, 0);
  driver.descriptor(driver.area(QUEUE), { at: table, length: 32 }, spec.DESC_F_INDIRECT);
  driver.makeAvailable(QUEUE, 0);
  driver.notify(QUEUE);
  expect(driver.attached.instance.network?.sentFrames[0]).toHaveLength(64);
});

test('NO_INTERRUPT is heeded without event indexes', () => {
  const driver = running();
  driver.setAvailable(QUEUE, spec.RING_FLAGS, spec.AVAIL_F_NO_INTERRUPT);
  driver.offer(QUEUE, 0, [GOOD]);
  driver.notify(QUEUE);
  expect(driver.usedIndex(QUEUE)).toBe(1);
  expect(driver.on.delivered).toEqual([]);
});

test('with event indexes, interrupts come when the used index passes the event', () => {
  const driver = running(F_VERSION_1 | F_EVENT_IDX);
  driver.setUsedEvent(QUEUE, 2);
  for (let n = 0; n < 4; n++) {
    driver.offer(QUEUE, n, [GOOD]);
    driver.notify(QUEUE);
    driver.isr();
    expect(driver.on.delivered).toHaveLength(n < 2 ? 0 : 1);
    expect(driver.availEvent(QUEUE)).toBe(n + 1);
  }
});

const at = (driver: Driver, n: number): number => driver.area(QUEUE) + n * spec.DESC_BYTES;

const BROKEN: readonly (readonly [string, string, (driver: Driver) => void])[] = [
  [
    'a loop',
    'descriptor-loop',
    (driver) => driver.descriptor(at(driver, 0), GOOD, spec.DESC_F_NEXT, 0),
  ],
  [
    'a next beyond the table',
    'descriptor-index',
    (driver) => driver.descriptor(at(driver, 0), GOOD, spec.DESC_F_NEXT, SIZE),
  ],
  [
    'an available index far ahead',
    'available-index',
    (driver) => driver.setAvailable(QUEUE, spec.RING_IDX, SIZE + 1),
  ],
  [
    'a head beyond the table',
    'descriptor-index',
    (driver) => driver.setAvailable(QUEUE, spec.RING_ELEMENTS, 0xffff),
  ],
  [
    'a buffer outside memory',
    'buffer-outside-memory',
    (driver) => driver.descriptor(at(driver, 0), { at: 0x7000_0000, length: 8 }, 0),
  ],
  [
    'a buffer of 4 GB',
    'chain-too-long',
    (driver) => driver.descriptor(at(driver, 0), { at: BUFFERS, length: 0xffff_ffff }, 0),
  ],
  [
    'a readable buffer after a writable one',
    'readable-after-writable',
    (driver) => {
      driver.descriptor(at(driver, 0), { ...GOOD, write: true }, spec.DESC_F_NEXT, 1);
      driver.descriptor(at(driver, 1), GOOD, 0);
    },
  ],
  [
    'a table inside a table',
    'indirect-nested',
    (driver) => {
      driver.descriptor(BUFFERS, { at: BUFFERS, length: 16 }, spec.DESC_F_INDIRECT);
      driver.descriptor(at(driver, 0), { at: BUFFERS, length: 16 }, spec.DESC_F_INDIRECT);
    },
  ],
  [
    'a table of a strange length',
    'indirect-length',
    (driver) => driver.descriptor(at(driver, 0), { at: BUFFERS, length: 24 }, spec.DESC_F_INDIRECT),
  ],
  [
    'a table outside memory',
    'indirect-outside-memory',
    (driver) =>
      driver.descriptor(at(driver, 0), { at: 0x7000_0000, length: 16 }, spec.DESC_F_INDIRECT),
  ],
  [
    'a table that goes on outside',
    'indirect-with-next',
    (driver) =>
      driver.descriptor(
        at(driver, 0),
        { at: BUFFERS, length: 16 },
        spec.DESC_F_INDIRECT | spec.DESC_F_NEXT,
      ),
  ],
];

test.each(BROKEN)('%s breaks the device until it is reset', (_what, problem, breakRing) => {
  const driver = running(F_VERSION_1 | F_INDIRECT_DESC);
  driver.offer(QUEUE, 0, [GOOD]);
  breakRing(driver);
  driver.notify(QUEUE);
  expect(driver.misuses()).toEqual([problem]);
  expect(driver.status() & spec.DEVICE_NEEDS_RESET).toBe(spec.DEVICE_NEEDS_RESET);
  expect(driver.isr()).toBe(spec.ISR_CONFIGURATION);
  expect(driver.usedIndex(QUEUE)).toBe(0);
  driver.notify(QUEUE);
  expect(driver.misuses()).toHaveLength(1);
  expect(driver.negotiate(F_VERSION_1)).toBe(true);
  driver.setUpQueue(QUEUE, SIZE);
  driver.ready();
  driver.offer(QUEUE, 0, [GOOD]);
  driver.notify(QUEUE);
  expect(driver.usedIndex(QUEUE)).toBe(1);
});

test('a table is refused where indirect descriptors were not negotiated', () => {
  const driver = running();
  driver.offer(QUEUE, 0, [GOOD]);
  driver.descriptor(at(driver, 0), { at: BUFFERS, length: 16 }, spec.DESC_F_INDIRECT);
  driver.notify(QUEUE);
  expect(driver.misuses()).toEqual(['indirect-not-negotiated']);
});

test('rings outside memory break the device; a bus that may not be mastered only refuses', () => {
  const driver = running();
  const fn = driver.attached.function;
  driver.offer(QUEUE, 0, [GOOD]);
  fn.writeConfig(0x04, 2, 0x2);
  driver.notify(QUEUE);
  expect(driver.misuses()).toEqual([]);
  expect(driver.on.events).toContainEqual(expect.objectContaining({ trouble: 'bus-master-off' }));
  fn.writeConfig(0x04, 2, 0x6);
  driver.common.set(spec.COMMON_QUEUE_SELECT, 0, 2);
  driver.common.set(spec.COMMON_QUEUE_DESC, 0x7000_0000, 4);
  driver.common.set(spec.COMMON_QUEUE_ENABLE, 1, 2);
  driver.notify(0);
  expect(driver.misuses()).toEqual(['ring-outside-memory']);
});

test('a message that a queue has not been given is not sent', () => {
  const driver = running(F_VERSION_1, 4);
  driver.common.set(spec.COMMON_QUEUE_SELECT, QUEUE, 2);
  driver.common.set(spec.COMMON_QUEUE_MSIX_VECTOR, spec.MSI_NO_VECTOR, 2);
  driver.offer(QUEUE, 0, [GOOD]);
  driver.notify(QUEUE);
  expect(driver.usedIndex(QUEUE)).toBe(1);
  expect(driver.on.delivered).toEqual([]);
});
