/** What a driver of a virtio device on PCI does, for its tests: capabilities, status, features, queues, rings in memory. */
import { CAPABILITIES_POINTER, CAPABILITY_VENDOR_SPECIFIC } from '../../bus/pci-spec.ts';
import type { AccessSize } from '../../memory/physical.ts';
import { pa } from '../../units/address.ts';
import { ticks } from '../../units/ticks.ts';
import type { AttachOptions } from '../attach.ts';
import { rig, started } from '../device.suite.ts';
import type { DeviceModel } from '../device.ts';
import * as spec from '../spec/virtio.ts';

const QUEUE_AREA = 0x1_0000;
const QUEUE_BYTES = 0x4000;
const AVAIL_AT = 0x2000;
const USED_AT = 0x3000;
export const BUFFERS = 0x10_0000;

interface Structure {
  readonly at: number;
  readonly bar: number;
  readonly offset: number;
  readonly length: number;
}

export interface Buffer {
  readonly at: number;
  readonly length: number;
  readonly write?: boolean;
}

export interface DriverOptions {
  readonly network?: AttachOptions['network'];
  readonly messages?: number;
  readonly bridge?: number;
}

export function virtioDriver(model: DeviceModel, options: DriverOptions = {}) {
  const { network = { peer: 'silent' }, messages = 0, bridge = 0 } = options;
  const on = rig();
  const { attached, read, write } = started(on, model, {
    network,
    messages,
    placement: { bridge },
  });
  const fn = attached.function;
  const structures = new Map<number, Structure>();
  for (let at = fn.readConfig(CAPABILITIES_POINTER, 1); at !== 0; at = fn.readConfig(at + 1, 1)) {
    if (fn.readConfig(at, 1) !== CAPABILITY_VENDOR_SPECIFIC) continue;
    structures.set(fn.readConfig(at + spec.CAP_CFG_TYPE, 1), {
      at,
      bar: fn.readConfig(at + spec.CAP_BAR, 1),
      offset: fn.readConfig(at + spec.CAP_OFFSET, 4),
      length: fn.readConfig(at + spec.CAP_LENGTH, 4),
    });
  }
  const structure = (type: number): Structure => {
    const found = structures.get(type);
    if (found === undefined) throw new Error(`no structure ${type}`);
    return found;
  };
  const accessors = (type: number) => {
    const { bar, offset } = structure(type);
    return {
      get: (at: number, size: AccessSize) => Number(read(offset + at, size, bar)),
      set: (at: number, value: number | bigint, size: AccessSize) =>
        write(offset + at, value, size, bar),
    };
  };
  const common = accessors(spec.CAP_COMMON_CFG);
  const run = (microseconds = 1): void =>
    on.clock.runUntil(ticks(on.clock.now() + BigInt(microseconds) * 10n));
  const bus = (address: number): bigint => BigInt(fn.bridge.busAddressOf(pa(address)));
  const sizes = new Map<number, number>();
  const next = new Map<number, number>();
  const area = (queue: number): number => QUEUE_AREA + queue * QUEUE_BYTES;
  const memory = (at: number, size: AccessSize, value?: number | bigint): number => {
    if (value !== undefined) on.physical.write(pa(at), size, BigInt(value));
    return Number(on.physical.read(pa(at), size));
  };
  const sizeOf = (queue: number): number => sizes.get(queue) ?? 0;

  const driver = {
    on,
    attached,
    structure,
    common,
    run,
    bus,
    memory,
    area,
    device: accessors(spec.CAP_DEVICE_CFG),
    isr: () => accessors(spec.CAP_ISR_CFG).get(0, 1),
    status: () => common.get(spec.COMMON_DEVICE_STATUS, 1),
    setStatus: (bits: number) => common.set(spec.COMMON_DEVICE_STATUS, bits, 1),
    offered(): bigint {
      let bits = 0n;
      for (const select of [0, 1]) {
        common.set(spec.COMMON_DEVICE_FEATURE_SELECT, select, 4);
        bits |= BigInt(common.get(spec.COMMON_DEVICE_FEATURE, 4)) << BigInt(32 * select);
      }
      return bits;
    },
    /** True when the device agrees. */
    negotiate(features: bigint): boolean {
      driver.setStatus(0);
      driver.setStatus(spec.ACKNOWLEDGE);
      driver.setStatus(spec.ACKNOWLEDGE | spec.DRIVER);
      for (const select of [0, 1]) {
        common.set(spec.COMMON_DRIVER_FEATURE_SELECT, select, 4);
        const half = BigInt.asUintN(32, features >> BigInt(32 * select));
        common.set(spec.COMMON_DRIVER_FEATURE, half, 4);
      }
      driver.setStatus(spec.ACKNOWLEDGE | spec.DRIVER | spec.FEATURES_OK);
      return (driver.status() & spec.FEATURES_OK) !== 0;
    },
    setUpQueue(queue: number, size: number, vector: number = spec.MSI_NO_VECTOR): void {
      common.set(spec.COMMON_QUEUE_SELECT, queue, 2);
      common.set(spec.COMMON_QUEUE_SIZE, size, 2);
      common.set(spec.COMMON_QUEUE_MSIX_VECTOR, vector, 2);
      for (const [register, offset] of [
        [spec.COMMON_QUEUE_DESC, 0],
        [spec.COMMON_QUEUE_DRIVER, AVAIL_AT],
        [spec.COMMON_QUEUE_DEVICE, USED_AT],
      ] as const) {
        const address = bus(area(queue) + offset);
        common.set(register, BigInt.asUintN(32, address), 4);
        common.set(register + 4, address >> 32n, 4);
      }
      common.set(spec.COMMON_QUEUE_ENABLE, 1, 2);
      on.physical.writeBytes(pa(area(queue)), new Uint8Array(QUEUE_BYTES));
      sizes.set(queue, size);
      next.set(queue, 0);
    },
    ready: () => driver.setStatus(driver.status() | spec.DRIVER_OK),
    /** A descriptor anywhere in memory. */
    descriptor(at: number, buffer: Buffer, flags: number, nextIndex = 0): void {
      memory(at + spec.DESC_ADDR, 8, bus(buffer.at));
      memory(at + spec.DESC_LEN, 4, buffer.length);
      memory(at + spec.DESC_FLAGS, 2, flags | (buffer.write ? spec.DESC_F_WRITE : 0));
      memory(at + spec.DESC_NEXT, 2, nextIndex);
    },
    /** Chains buffers from descriptor `head` on and makes them available, without notifying. */
    offer(queue: number, head: number, buffers: readonly Buffer[]): void {
      buffers.forEach((buffer, i) => {
        const flags = i + 1 < buffers.length ? spec.DESC_F_NEXT : 0;
        const at = area(queue) + (head + i) * spec.DESC_BYTES;
        driver.descriptor(at, buffer, flags, head + i + 1);
      });
      driver.makeAvailable(queue, head);
    },
    makeAvailable(queue: number, head: number): void {
      const index = next.get(queue) ?? 0;
      const ring = area(queue) + AVAIL_AT;
      memory(ring + spec.RING_ELEMENTS + (index % sizeOf(queue)) * 2, 2, head);
      memory(ring + spec.RING_IDX, 2, (index + 1) & 0xffff);
      next.set(queue, (index + 1) & 0xffff);
    },
    setAvailable: (queue: number, at: number, value: number) =>
      memory(area(queue) + AVAIL_AT + at, 2, value),
    setUsedEvent: (queue: number, value: number) =>
      memory(area(queue) + AVAIL_AT + spec.RING_ELEMENTS + sizeOf(queue) * 2, 2, value),
    availEvent: (queue: number) =>
      memory(area(queue) + USED_AT + spec.RING_ELEMENTS + sizeOf(queue) * 8, 2),
    notify(queue: number): void {
      const { bar, offset, at } = structure(spec.CAP_NOTIFY_CFG);
      const multiplier = fn.readConfig(at + spec.CAP_NOTIFY_OFF_MULTIPLIER, 4);
      common.set(spec.COMMON_QUEUE_SELECT, queue, 2);
      const place = common.get(spec.COMMON_QUEUE_NOTIFY_OFF, 2);
      write(offset + place * multiplier, queue, 2, bar);
      run();
    },
    usedIndex: (queue: number) => memory(area(queue) + USED_AT + spec.RING_IDX, 2),
    used(queue: number, n: number) {
      const at = area(queue) + USED_AT + spec.RING_ELEMENTS + (n % sizeOf(queue)) * 8;
      return { head: memory(at, 4), length: memory(at + 4, 4) };
    },
    misuses: () => on.events.flatMap((e) => (e.kind === 'device-misuse' ? [e.problem] : [])),
    bytes: (at: number, length: number) => on.physical.readBytes(pa(at), length),
    put: (at: number, bytes: Uint8Array) => on.physical.writeBytes(pa(at), bytes),
  };
  return driver;
}
