import fc from 'fast-check';
import { expect, test } from 'vitest';
import { busAddress, pa } from '../units/address.ts';
import { busRig, functionSpec, memoryBar } from './bus.suite.ts';
import { claimConfigPorts } from './config-ports.ts';
import type { BarSpec } from './function-spec.ts';
import { BASE_ADDRESS_0, CONFIG_ADDRESS_PORT, CONFIG_DATA_PORT } from './pci-spec.ts';
import type { RangeResource } from './resources.ts';

const ranges = (resources: readonly object[] | undefined): readonly RangeResource[] =>
  (resources ?? []).filter((r): r is RangeResource => 'bar' in r);

test('bridge 0 passes addresses through, bridge 1 translates above 4 GB', () => {
  const { bus, physical } = busRig();
  const plain = bus.add(functionSpec());
  const far = bus.add(functionSpec({ name: 'tried#2' }), { bridge: 1 });
  const [one] = ranges(bus.assignResources(plain));
  const [two] = ranges(bus.assignResources(far));
  expect(one?.translatedStart).toBe(one?.rawStart);
  expect(one?.rawStart).toBeGreaterThanOrEqual(0xc000_0000);
  expect(two?.translatedStart).toBe(0x10_0000_0000 + (two?.rawStart ?? 0));
  expect(far.location.bus).toBe(0x40);
  expect(far.readConfig(BASE_ADDRESS_0, 4)).toBe(two?.rawStart);
  expect(physical.windowAt(pa(two?.rawStart ?? 0))).toBeUndefined();
});

test('a device behind bridge 1 names RAM by another address', () => {
  const { bus, physical, events } = busRig();
  const fn = bus.add(functionSpec(), { bridge: 1 });
  bus.assignResources(fn);
  const there = fn.bridge.busAddressOf(pa(0x2000));
  expect(there).not.toBe(0x2000);
  fn.dma.write(there, Uint8Array.of(1, 2, 3));
  expect(physical.readBytes(pa(0x2000), 3)).toEqual(Uint8Array.of(1, 2, 3));
  expect(fn.dma.read(busAddress(0x2000), 2)).toEqual(Uint8Array.of(0xff, 0xff));
  expect(events.at(-1)).toMatchObject({ trouble: 'outside-ram', physical: null });
});

test('transfers are bounded', () => {
  const { bus, events } = busRig();
  const fn = bus.add(functionSpec());
  bus.assignResources(fn);
  expect(fn.dma.read(busAddress(0), 2 ** 40)).toHaveLength(0x100_0000);
  expect(events.at(-1)).toMatchObject({ trouble: 'too-long' });
  fn.dma.read(busAddress(0xf_fff0), 0x20);
  expect(events.at(-1)).toMatchObject({ trouble: 'outside-ram' });
});

test('mechanism #1 reaches functions on both buses', () => {
  const { bus, ports } = busRig();
  claimConfigPorts(ports, bus);
  bus.add(functionSpec(), { device: 5 });
  bus.add(functionSpec({ name: 'tried#2' }), { bridge: 1, device: 7 });
  const select = (b: number, device: number, register: number) =>
    ports.write(
      CONFIG_ADDRESS_PORT,
      4,
      (0x8000_0000 | (b << 16) | (device << 11) | register) >>> 0,
    );
  select(0, 5, 0);
  expect(ports.read(CONFIG_DATA_PORT, 4)).toBe(0x5678_1234);
  expect(ports.read(CONFIG_DATA_PORT + 2, 2)).toBe(0x5678);
  select(0x40, 7, 0);
  expect(ports.read(CONFIG_DATA_PORT, 2)).toBe(0x1234);
  select(0, 6, 0);
  expect(ports.read(CONFIG_DATA_PORT, 4)).toBe(0xffff_ffff);
  select(0, 5, 0x3c);
  ports.write(CONFIG_DATA_PORT, 1, 0x55);
  expect(ports.read(CONFIG_DATA_PORT, 1)).toBe(0x55);
  ports.write(CONFIG_ADDRESS_PORT, 4, 0);
  expect(ports.read(CONFIG_DATA_PORT, 4)).toBe(0xffff_ffff);
  ports.write(CONFIG_ADDRESS_PORT, 1, 0x80);
  expect(ports.read(CONFIG_ADDRESS_PORT, 4)).toBe(0);
});

test('assigning again gives the same, reassigning gives others, releasing gives back', () => {
  const { bus, physical } = busRig();
  const fn = bus.add(functionSpec());
  const first = bus.assignResources(fn);
  bus.disable(fn);
  expect(physical.windows).toHaveLength(0);
  expect(bus.assignResources(fn)).toEqual(first);
  const second = bus.reassign(fn);
  expect(ranges(second)[0]?.rawStart).not.toBe(ranges(first)[0]?.rawStart);
  expect(physical.windows).toHaveLength(1);
  bus.release(fn);
  expect(bus.assignmentOf(fn)).toEqual([]);
  expect(physical.windows).toHaveLength(0);
});

test('slots are unique and removal frees them', () => {
  const { bus } = busRig();
  const fn = bus.add(functionSpec(), { device: 4 });
  expect(() => bus.add(functionSpec(), { device: 4 })).toThrowError(
    expect.objectContaining({ code: 'bad-argument' }),
  );
  bus.remove(fn);
  expect(bus.functionAt(fn.location)).toBeUndefined();
  expect(bus.readConfig(fn.location, 0, 2)).toBe(0xffff);
  expect(bus.add(functionSpec(), { device: 4 }).location).toEqual(fn.location);
  expect([0, 0x40, 1].map((n) => bus.hasBus(n))).toEqual([true, true, false]);
});

test('a lost device’s windows stay, reading ones, until it is removed', () => {
  let changes = 0;
  const { bus, physical, events } = busRig({ windowsChanged: () => changes++ });
  const fn = bus.add(functionSpec());
  fn.connect({ read: () => 1n, write: () => {}, reset: () => {} });
  const start = pa(ranges(bus.assignResources(fn))[0]?.translatedStart ?? 0);
  fn.unplug();
  expect(physical.read(start, 4)).toBe(0xffff_ffffn);
  expect(events.at(-1)).toMatchObject({ kind: 'device-register', trouble: 'unplugged' });
  expect(fn.dma.read(busAddress(0), 1)).toEqual(Uint8Array.of(0xff));
  bus.remove(fn);
  expect(physical.windows).toHaveLength(0);
  expect(changes).toBeGreaterThanOrEqual(3);
});

test('addresses run out as a value', () => {
  const { bus } = busRig();
  const spec = functionSpec({ bars: [memoryBar(0, 0x2000_0000)] });
  expect(bus.assignResources(bus.add(spec))).toBeDefined();
  expect(bus.assignResources(bus.add(spec))).toBeUndefined();
});

const anyBar = fc
  .record({ log: fc.integer({ min: 4, max: 24 }), port: fc.boolean(), wide: fc.boolean() })
  .map(({ log, port, wide }): Omit<BarSpec, 'index'> => {
    const bits = wide && !port ? 64 : 32;
    const size = port ? 2 ** Math.min(log, 8) : 2 ** log;
    return { space: port ? 'port' : 'memory', size, bits, prefetchable: wide, backing: 'device' };
  });

test('whatever the BARs, ranges are aligned, apart, and open where they are described', () => {
  const devices = fc.array(
    fc.record({ bars: fc.array(anyBar, { maxLength: 3 }), bridge: fc.integer({ min: 0, max: 1 }) }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(devices, (list) => {
      const { bus, physical, ports, events } = busRig();
      const given = list.flatMap(({ bars, bridge }, n) => {
        const spec = functionSpec({
          name: `tried#${n}`,
          bars: bars.map((bar, i) => ({ ...bar, index: i * 2 })),
        });
        return ranges(bus.assignResources(bus.add(spec, { bridge })));
      });
      for (const range of given) {
        expect(range.rawStart % range.length).toBe(0);
        const open =
          range.translatedType === 'port'
            ? ports.rangeAt(range.translatedStart)
            : physical.windowAt(pa(range.translatedStart));
        expect(open?.base).toBe(range.translatedStart);
        expect(open?.length).toBe(range.length);
      }
      expect(events.filter((e) => e.kind === 'device-window' && e.what === 'conflict')).toEqual([]);
    }),
  );
});
