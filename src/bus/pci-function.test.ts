import { expect, test } from 'vitest';
import type { AccessSize } from '../memory/physical.ts';
import { pa } from '../units/address.ts';
import { busRig, functionSpec, memoryBar } from './bus.suite.ts';
import * as pci from './pci-spec.ts';

const BAR = pci.BASE_ADDRESS_0;

test('the header holds identity, revision, class and subsystem, and none can be written', () => {
  const fn = busRig().bus.add(functionSpec());
  const look = () => [0x00, 0x08, 0x2c, 0x3c].map((at) => fn.readConfig(at, 4));
  expect(look()).toEqual([0x5678_1234, 0x0200_0003, 0xbbbb_aaaa, 0x0000_0100]);
  for (const at of [0x00, 0x08, 0x2c]) fn.writeConfig(at, 4, 0xffff_ffff);
  expect(look()).toEqual([0x5678_1234, 0x0200_0003, 0xbbbb_aaaa, 0x0000_0100]);
});

test.each([
  ['32-bit memory', memoryBar(0, 0x1000), [0xffff_f000]],
  ['prefetchable', memoryBar(0, 0x10_0000, { prefetchable: true }), [0xfff0_0008]],
  ['64-bit', memoryBar(0, 0x4000, { bits: 64 }), [0xffff_c004, 0xffff_ffff]],
  ['8 GB', memoryBar(0, 0x2_0000_0000, { bits: 64 }), [0x0000_0004, 0xffff_fffe]],
  ['ports', memoryBar(0, 0x20, { space: 'port' }), [0xffff_ffe1]],
  ['16 bytes', memoryBar(0, 16), [0xffff_fff0]],
])('sizing a BAR: %s', (_what, bar, answers) => {
  const fn = busRig().bus.add(functionSpec({ bars: [bar] }));
  answers.forEach((_, i) => {
    fn.writeConfig(BAR + 4 * i, 4, 0xffff_ffff);
  });
  expect(answers.map((_, i) => fn.readConfig(BAR + 4 * i, 4))).toEqual(answers);
  expect(fn.readConfig(BAR + 4 * answers.length, 4)).toBe(0);
});

test('a window opens with the command register and follows the BAR', () => {
  const { bus, physical } = busRig();
  const fn = bus.add(functionSpec());
  fn.connect({ read: () => 0x77n, write: () => {}, reset: () => {} });
  const at = (address: number) => physical.read(pa(address), 1);
  fn.writeConfig(BAR, 4, 0xc000_0000);
  expect(at(0xc000_0000)).toBe(0xffn);
  fn.writeConfig(pci.COMMAND, 2, pci.COMMAND_MEMORY_SPACE);
  expect(at(0xc000_0000)).toBe(0x77n);
  fn.writeConfig(BAR, 4, 0xc100_0000);
  expect([at(0xc000_0000), at(0xc100_0000)]).toEqual([0xffn, 0x77n]);
  fn.writeConfig(pci.COMMAND, 2, 0);
  expect(at(0xc100_0000)).toBe(0xffn);
});

test('a BAR over RAM, another window or outside the bridge opens nothing', () => {
  const { bus, physical, events } = busRig();
  const first = bus.add(functionSpec());
  bus.assignResources(first);
  const taken = first.readConfig(BAR, 4);
  const second = bus.add(functionSpec({ name: 'tried#2' }));
  second.writeConfig(pci.COMMAND, 2, pci.COMMAND_MEMORY_SPACE);
  for (const address of [taken, 0x1000, 0xffff_f000]) second.writeConfig(BAR, 4, address);
  expect(physical.windows).toHaveLength(1);
  const troubles = events.flatMap((e) =>
    e.kind === 'device-window' && e.subject === 'tried#2' ? [e.what] : [],
  );
  expect(troubles).toEqual(['not-forwarded', 'conflict', 'not-forwarded', 'not-forwarded']);
});

test('sizing with decoding on does not disturb others', () => {
  const { bus, physical } = busRig();
  const fn = bus.add(functionSpec());
  bus.assignResources(fn);
  const was = fn.readConfig(BAR, 4);
  fn.writeConfig(BAR, 4, 0xffff_ffff);
  expect(physical.windows).toHaveLength(0);
  fn.writeConfig(BAR, 4, was);
  expect(physical.windows).toHaveLength(1);
});

test('capabilities form a list that ends', () => {
  const { bus } = busRig();
  const fn = bus.add(
    functionSpec({
      msi: { messages: 4, maskable: true },
      msix: { messages: 8, bar: 0, tableOffset: 0x800, pendingOffset: 0xc00 },
      express: true,
    }),
  );
  expect(fn.readConfig(pci.STATUS_REGISTER, 2) & pci.STATUS_CAPABILITIES_LIST).not.toBe(0);
  const ids: number[] = [];
  let at = fn.readConfig(pci.CAPABILITIES_POINTER, 1);
  for (; at !== 0 && ids.length < 48; at = fn.readConfig(at + 1, 1)) {
    ids.push(fn.readConfig(at, 1));
  }
  expect(ids).toEqual([0x01, 0x05, 0x11, 0x10]);
  const bare = bus.add(functionSpec({ powerManagement: false }));
  expect(bare.readConfig(pci.CAPABILITIES_POINTER, 1)).toBe(0);
  expect(bare.readConfig(pci.STATUS_REGISTER, 2)).toBe(0);
});

test('configuration space ends at 256 bytes, or 4096 with PCI Express', () => {
  const { bus } = busRig();
  const plain = bus.add(functionSpec());
  const express = bus.add(functionSpec({ express: true }));
  expect(plain.readConfig(0xfe, 4)).toBe(0xffff_0000);
  expect(express.readConfig(0x100, 4)).toBe(0);
  expect(express.readConfig(0x1000, 4)).toBe(0xffff_ffff);
  expect(plain.readConfigBytes(0xf0, 2 ** 40)).toHaveLength(0x10);
  expect(plain.readConfigBytes(0x200, 4)).toHaveLength(0);
});

test('the line is shared: it falls when nobody holds it', () => {
  const { bus, interrupts, delivered } = busRig();
  const one = bus.add(functionSpec(), { device: 2 });
  const two = bus.add(functionSpec({ name: 'tried#2' }), { device: 6 });
  expect(one.line).toBe(two.line);
  const line = one.line ?? 0;
  one.raise();
  two.raise();
  expect(delivered).toHaveLength(1);
  expect(interrupts.sourcesOf(line)).toEqual(['tried#1', 'tried#2']);
  one.lower();
  interrupts.endOfInterrupt(delivered[0]?.vector ?? 0);
  expect(delivered).toHaveLength(2);
  two.lower();
  interrupts.endOfInterrupt(delivered[0]?.vector ?? 0);
  expect(delivered).toHaveLength(2);
});

test('interrupt disable holds the line down, the status bit still tells', () => {
  const { bus, interrupts } = busRig();
  const fn = bus.add(functionSpec());
  fn.raise();
  fn.writeConfig(pci.COMMAND, 2, pci.COMMAND_INTERRUPT_DISABLE);
  expect(interrupts.isLineAsserted(fn.line ?? 0)).toBe(false);
  expect(fn.readConfig(pci.STATUS_REGISTER, 2) & pci.STATUS_INTERRUPT).not.toBe(0);
  fn.writeConfig(pci.COMMAND, 2, 0);
  expect(interrupts.isLineAsserted(fn.line ?? 0)).toBe(true);
});

test('asleep in D3 a function decodes nothing and sends nothing', () => {
  const { bus, physical } = busRig();
  const fn = bus.add(functionSpec({ msi: { messages: 1, maskable: false } }));
  bus.assignResources(fn, { messages: 1 });
  const control = (fn.capabilities.powerManagement ?? 0) + pci.PM_CONTROL_STATUS;
  fn.writeConfig(control, 2, 3);
  expect(fn.powerState).toBe(3);
  expect(physical.windows).toHaveLength(0);
  expect(fn.message(0)).toBe(false);
  fn.writeConfig(control, 2, 0);
  expect(physical.windows).toHaveLength(1);
  expect(fn.message(0)).toBe(true);
});

test('function-level reset clears addresses and the device', () => {
  const { bus, physical } = busRig();
  const fn = bus.add(functionSpec({ express: true }));
  let resets = 0;
  fn.connect({ read: () => 0n, write: () => {}, reset: () => resets++ });
  bus.assignResources(fn);
  const control = (fn.capabilities.express ?? 0) + pci.EXPRESS_DEVICE_CONTROL;
  fn.writeConfig(control, 2, pci.EXPRESS_INITIATE_FUNCTION_LEVEL_RESET);
  expect(resets).toBe(1);
  expect(physical.windows).toHaveLength(0);
  expect(fn.readConfig(BAR, 4)).toBe(0);
  expect(fn.readConfig(control, 2)).toBe(0);
});

test('an access over the end of a small window reads all ones', () => {
  const { bus, physical } = busRig();
  const fn = bus.add(functionSpec({ bars: [memoryBar(0, 0x10)] }));
  const seen: AccessSize[] = [];
  fn.connect({ read: (_bar, _at, size) => BigInt(seen.push(size)), write: () => {}, reset() {} });
  bus.assignResources(fn);
  const start = fn.readConfig(BAR, 4);
  expect(physical.read(pa(start + 0xe), 4)).toBe(0xffff_ffffn);
  expect(seen).toEqual([]);
});
