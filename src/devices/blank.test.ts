import { expect, test } from 'vitest';
import { pa } from '../units/address.ts';
import {
  blankDevice,
  blankFor,
  blankFramebuffer,
  blankLarge,
  blankPort,
  blankSmall,
} from './blank.ts';
import { rig, started } from './device.suite.ts';
import { deviceForHardwareId, deviceNamed } from './registry.ts';

const identity = deviceNamed('blank').identity;

test.each([
  ['zeros', 0n],
  ['ones', 0xffff_ffffn],
  ['last-write', 0x1234n],
] as const)('policy %s', (policy, value) => {
  const model = blankDevice({ name: 'tried', identity, ranges: [{ size: 0x1000 }], policy });
  const { read, write } = started(rig(), model);
  write(0x10, 0x1234);
  expect(read(0x10)).toBe(value);
});

test('the seeded policy gives the same sequence for the same seed', () => {
  const ranges = [{ size: 0x1000 }];
  const model = blankDevice({ name: 'tried', identity, ranges, policy: 'seeded' });
  const sequence = (seed: number) => {
    const { read } = started(rig(), model, { seed });
    return Array.from({ length: 4 }, () => read(0));
  };
  expect(sequence(1)).toEqual(sequence(1));
  expect(sequence(1)).not.toEqual(sequence(2));
  expect(new Set(sequence(1)).size).toBe(4);
});

test('a window of 8 GB is large memory above 4 GB and costs only what is written', () => {
  const on = rig();
  const { read, write, rangeOf } = started(on, blankLarge);
  const range = rangeOf(0);
  expect(range).toMatchObject({ type: 'memory-large', length: 0x2_0000_0000, prefetchable: true });
  expect(range.translatedStart).toBeGreaterThan(0xffff_ffff);
  write(0x1_ffff_fff8, 0x1122_3344_5566_7788n, 8);
  expect(read(0x1_ffff_fffc)).toBe(0x1122_3344n);
  for (let page = 0; page < 2000; page++) write(page * 0x1000, 1);
  expect(on.events.some((e) => e.kind === 'device-register' && e.trouble === 'memory-full')).toBe(
    true,
  );
});

test('a frame buffer is memory until the device is lost', () => {
  const on = rig();
  const { attached, read, write, rangeOf } = started(on, blankFramebuffer);
  const first = pa(rangeOf(0).translatedStart);
  expect(on.physical.hostOf(first)).toBeDefined();
  write(0xff_fffc, 0xcafe);
  on.bus.reassign(attached.function);
  expect(read(0xff_fffc)).toBe(0xcafen);
  expect(on.physical.hostOf(first)).toBeUndefined();
  attached.unplug();
  expect(on.physical.hostOf(pa(rangeOf(0).translatedStart))).toBeUndefined();
  expect(read(0xff_fffc)).toBe(0xffff_ffffn);
});

test('registers smaller than a page do not start on one', () => {
  const { rangeOf } = started(rig(), blankSmall);
  expect(rangeOf(0).translatedStart % 0x1000).toBe(0x100);
});

test('ports are ports on bridge 0 and memory behind bridge 1', () => {
  const plain = started(rig(), blankPort);
  expect(plain.rangeOf(0)).toMatchObject({ type: 'port', translatedType: 'port', length: 0x20 });
  expect(plain.rangeOf(0).translatedStart).toBe(plain.rangeOf(0).rawStart);
  const on = rig();
  const behind = started(on, blankPort, { placement: { bridge: 1 } });
  const range = behind.rangeOf(0);
  expect(range).toMatchObject({ type: 'port', translatedType: 'memory' });
  expect(range.translatedStart).toBe(0x10_f000_0000 + range.rawStart);
  behind.write(4, 0xab, 1);
  expect(behind.read(4, 1)).toBe(0xabn);
  expect(on.ports.ranges).toHaveLength(0);
});

test('models are found by name and by hardware id', () => {
  expect(deviceForHardwareId('pci\\ven_1234&dev_11e8')?.name).toBe('edu');
  expect(deviceForHardwareId('PCI\\VEN_1234&DEV_11E8&SUBSYS_00010002')?.name).toBe('edu');
  expect(deviceForHardwareId('PCI\\VEN_8086&DEV_0001')).toBeUndefined();
  expect(() => deviceNamed('nothing')).toThrowError(
    expect.objectContaining({ code: 'bad-argument' }),
  );
});

test('a blank stands in under any hardware id', () => {
  const model = blankFor('PCI\\VEN_8086&DEV_100E&SUBSYS_001E8086&REV_02', { messages: 2 });
  expect(model.identity).toMatchObject({
    vendorId: 0x8086,
    deviceId: 0x100e,
    subsystemId: 0x1e,
    subsystemVendorId: 0x8086,
    revision: 2,
  });
  expect(() => blankFor('USB\\VID_1234')).toThrowError(
    expect.objectContaining({ code: 'bad-argument' }),
  );
});
