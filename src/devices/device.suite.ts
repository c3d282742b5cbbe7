/** A bus to try devices on, and what every device model has to hold. */
import { expect, test } from 'vitest';
import { TimerQueue } from '../bus/device-clock.ts';
import { type DeliveredInterrupt, InterruptRouter } from '../bus/interrupts.ts';
import { PciBus, type Placement } from '../bus/pci-bus.ts';
import { BASE_ADDRESS_0, COMMAND, VENDOR_ID } from '../bus/pci-spec.ts';
import { allOnes, PortSpace } from '../bus/port-space.ts';
import type { RangeResource } from '../bus/resources.ts';
import type { DeviceEvent } from '../events/device.ts';
import { type AccessSize, PhysicalMemory } from '../memory/physical.ts';
import { PAGE_SIZE, type Pa, pa } from '../units/address.ts';
import { ticks } from '../units/ticks.ts';
import { type AttachedDevice, type AttachOptions, attachDevice } from './attach.ts';
import type { DeviceModel } from './device.ts';

const RAM_BYTES = 0x40_0000;

export function rig() {
  const physical = new PhysicalMemory(RAM_BYTES);
  const ports = new PortSpace();
  const interrupts = new InterruptRouter();
  const clock = new TimerQueue();
  const events: DeviceEvent[] = [];
  const delivered: DeliveredInterrupt[] = [];
  interrupts.onInterrupt = (interrupt) => delivered.push(interrupt);
  const report = (event: DeviceEvent) => events.push(event);
  const bus = new PciBus({ physical, ports, interrupts, report });
  return { physical, ports, interrupts, clock, events, delivered, report, bus };
}

export type Rig = ReturnType<typeof rig>;

/** A device in a slot, started, with its first range at hand. */
export function started(
  on: Rig,
  model: DeviceModel,
  options: { readonly messages?: number; readonly placement?: Placement } & Pick<
    AttachOptions,
    'answer' | 'seed' | 'network'
  > = {},
) {
  const { messages = 0, placement = {}, ...rest } = options;
  const { clock, report } = on;
  const attached = attachDevice(on.bus, model, {
    subject: `${model.name}#1`,
    clock,
    report,
    placement,
    ...rest,
  });
  const resources = on.bus.assignResources(attached.function, { messages });
  if (resources === undefined) throw new Error('no addresses left');
  return { attached, resources, ...accessors(on, attached) };
}

/** Loads and stores at offsets of a BAR, whichever space the processor reaches it through. */
function accessors(on: Rig, attached: AttachedDevice) {
  const rangeOf = (bar: number): RangeResource => {
    const resources = on.bus.assignmentOf(attached.function);
    const range = resources.find((r): r is RangeResource => 'bar' in r && r.bar === bar);
    if (range === undefined) throw new Error(`no BAR ${bar}`);
    return range;
  };
  const at = (bar: number, offset: number): Pa => pa(rangeOf(bar).translatedStart + offset);
  const isPort = (bar: number): boolean => rangeOf(bar).translatedType === 'port';
  const read = (offset: number, size: AccessSize = 4, bar = 0): bigint =>
    isPort(bar) && size !== 8
      ? BigInt(on.ports.read(at(bar, offset), size))
      : on.physical.read(at(bar, offset), size);
  const write = (offset: number, value: bigint | number, size: AccessSize = 4, bar = 0): void => {
    if (isPort(bar) && size !== 8) on.ports.write(at(bar, offset), size, Number(value));
    else on.physical.write(at(bar, offset), size, BigInt(value));
  };
  return { rangeOf, read, write };
}

/** Such an access reaches devices byte by byte; the memory layer splits it. */
const crossesPage = (offset: number, size: number): boolean =>
  (offset % PAGE_SIZE) + size > PAGE_SIZE;

const SECOND = ticks(10_000_000n);

export function deviceSuite(model: DeviceModel): void {
  const { name } = model;

  test(`${name}: every BAR tells its size when written with ones`, () => {
    const on = rig();
    const fn = attachDevice(on.bus, model, { subject: name, clock: on.clock }).function;
    for (const bar of fn.spec.bars) {
      const at = BASE_ADDRESS_0 + bar.index * 4;
      fn.writeConfig(at, 4, 0xffff_ffff);
      let answer = BigInt(fn.readConfig(at, 4) & (bar.space === 'port' ? ~0x3 : ~0xf));
      answer = BigInt.asUintN(32, answer);
      if (bar.bits === 64) {
        fn.writeConfig(at + 4, 4, 0xffff_ffff);
        answer |= BigInt(fn.readConfig(at + 4, 4)) << 32n;
      }
      expect(BigInt.asUintN(bar.bits, ~answer) + 1n).toBe(BigInt(bar.size));
    }
  });

  test(`${name}: identity stands in configuration space`, () => {
    const on = rig();
    const fn = attachDevice(on.bus, model, { subject: name, clock: on.clock }).function;
    const { vendorId, deviceId } = model.identity;
    expect(fn.readConfig(VENDOR_ID, 4)).toBe(deviceId * 0x1_0000 + vendorId);
    fn.writeConfig(VENDOR_ID, 4, 0);
    expect(fn.readConfig(VENDOR_ID, 4)).toBe(deviceId * 0x1_0000 + vendorId);
  });

  test(`${name}: nothing is decoded before resources are assigned, nor after disable`, () => {
    const on = rig();
    const { attached } = started(on, model);
    const openRanges = () => on.physical.windows.length + on.ports.ranges.length;
    expect(openRanges()).toBe(attached.function.spec.bars.length);
    on.bus.disable(attached.function);
    expect(openRanges()).toBe(0);
    expect(on.bus.assignResources(attached.function)).toHaveLength(
      on.bus.assignmentOf(attached.function).length,
    );
    expect(openRanges()).toBe(attached.function.spec.bars.length);
  });

  test(`${name}: a rebalance moves every range`, () => {
    const on = rig();
    const { attached, resources } = started(on, model);
    const starts = (list: typeof resources) =>
      list.flatMap((r) => ('bar' in r ? [r.translatedStart] : []));
    const moved = on.bus.reassign(attached.function) ?? [];
    expect(moved).toHaveLength(resources.length);
    for (const start of starts(moved)) expect(starts(resources)).not.toContain(start);
  });

  test.each([0, 1])(
    `${name}: behind bridge %i, all offsets and widths have an answer`,
    (bridge) => {
      const on = rig();
      const { attached, read, write } = started(on, model, { placement: { bridge } });
      for (const { index, size: length } of attached.function.spec.bars) {
        for (const size of [1, 2, 4, 8] as const) {
          for (const offset of [0, 1, 3, 4, 0x7c, length - size, length - 1]) {
            if (crossesPage(offset, size)) continue;
            const value = read(offset, size, index);
            expect(value).toBe(BigInt.asUintN(size * 8, value));
            write(offset, 0x5a5a_5a5a_5a5a_5a5an, size, index);
          }
        }
      }
      on.clock.runUntil(SECOND);
    },
  );

  test(`${name}: once unplugged it reads all ones everywhere and stays silent`, () => {
    const on = rig();
    const { attached, read, write } = started(on, model);
    attached.unplug();
    const before = on.delivered.length;
    const { spec } = attached.function;
    expect(on.bus.readConfig(attached.function.location, VENDOR_ID, 4)).toBe(0xffff_ffff);
    attached.function.writeConfig(COMMAND, 2, 0);
    for (const bar of spec.bars) {
      for (let offset = 0; offset < Math.min(bar.size, 0x100); offset += 4) {
        write(offset, 0xffff_ffff, 4, bar.index);
        expect(read(offset, 4, bar.index)).toBe(allOnes(4));
      }
    }
    attached.function.raise();
    attached.function.message(0);
    on.clock.runUntil(SECOND);
    expect(on.delivered).toHaveLength(before);
    on.bus.remove(attached.function);
    expect(on.physical.windows).toHaveLength(0);
    expect(on.ports.ranges).toHaveLength(0);
  });

  test(`${name}: state survives a trip through JSON`, () => {
    const on = rig();
    const { attached, read, write } = started(on, model, { seed: 7 });
    const bars = attached.function.spec.bars.filter((bar) => bar.backing === 'device');
    for (const { index } of bars) for (let i = 0; i < 0x20; i += 4) write(i, i * 0x1357, 4, index);
    const saved = JSON.stringify(attached.instance.snapshot());
    const look = () =>
      bars.map(({ index }) => Array.from({ length: 8 }, (_, i) => read(i * 4, 4, index)));
    const first = look();
    attached.instance.reset();
    attached.instance.restore(JSON.parse(saved));
    expect(look()).toEqual(first);
    attached.instance.restore(JSON.parse(saved));
    expect(JSON.stringify(attached.instance.snapshot())).toBe(saved);
  });

  test(`${name}: declared registers come back to their reset values`, () => {
    const on = rig();
    const { attached, read, write } = started(on, model);
    const readable = [...model.registers].flatMap(([bar, rows]) =>
      rows.filter((row) => row.access !== 'wo').map((row) => ({ bar, row })),
    );
    const look = () => readable.map(({ bar, row }) => read(row.at, row.size, bar));
    const fresh = look();
    for (const { bar, row } of readable) write(row.at, 0x7777, row.size, bar);
    attached.instance.reset();
    expect(look()).toEqual(fresh);
  });
}
