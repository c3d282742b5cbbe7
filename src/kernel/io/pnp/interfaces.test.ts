import { expect, test } from 'vitest';
import { readUnicodeString, readUtf16z } from '../../../layout/nt.ts';
import { NULL, type Va } from '../../../units/address.ts';
import { STATUS } from '../../../units/status.ts';
import { pool } from '../../ex/pool.ts';
import { namespace } from '../../ob/namespace.ts';
import { allocate } from '../../test-kernel.ts';
import { addFunction, FakeDriver, FakeMachine } from '../fake-driver.fixture.ts';
import { guidBytes, guidText } from './guids.ts';

const CLASS = '{4B1E60A5-0F0C-4B0E-9D5E-6C2E5C3A7E11}';

function registered() {
  const machine = new FakeMachine();
  const node = new FakeDriver(machine).add(addFunction(machine));
  const { kernel } = machine;
  const guid = allocate(kernel, 16);
  kernel.mmu.writeBytes(guid, guidBytes(CLASS));
  const link = allocate(kernel, 16);
  expect(machine.call('IoRegisterDeviceInterface', node.pdo, guid, NULL, link)).toBe(0n);
  return { machine, kernel, node, guid, link };
}

test('a GUID reads as it is written', () => {
  expect(guidText(guidBytes(CLASS))).toBe(CLASS);
  expect([...guidBytes(CLASS).slice(0, 8)]).toEqual([
    0xa5, 0x60, 0x1e, 0x4b, 0x0c, 0x0f, 0x0e, 0x4b,
  ]);
});

test('an enabled interface is a link to the device', () => {
  const { machine, kernel, node, link } = registered();
  const name = readUnicodeString(kernel.mmu, link);
  expect(name).toMatch(/^\\\?\?\\PCI#VEN_1234&DEV_11E8&SUBSYS_11001AF4#.*#\{4b1e60a5/);
  expect(namespace(kernel).resolve(name)).toBeUndefined();
  expect(machine.call('IoSetDeviceInterfaceState', link, 1)).toBe(0n);
  expect(namespace(kernel).resolve(name)?.named).toEqual({ kind: 'object', at: node.pdo });
  const again = machine.call('IoSetDeviceInterfaceState', link, 1);
  expect(again).toBe(BigInt(STATUS.OBJECT_NAME_EXISTS));
  expect(machine.call('IoSetDeviceInterfaceState', link, 0)).toBe(0n);
  expect(namespace(kernel).resolve(name)).toBeUndefined();
});

test('enabled interfaces of a class are listed in pool that the driver frees', () => {
  const { machine, kernel, guid, link } = registered();
  const out = allocate(kernel, 8);
  const list = (flags: number): string => {
    expect(machine.call('IoGetDeviceInterfaces', guid, NULL, flags, out)).toBe(0n);
    const at = kernel.mmu.pointer(out);
    expect(pool(kernel).block(at)?.byDriver).toBe(true);
    return readUtf16z(kernel.mmu, at);
  };
  expect(list(0)).toBe('');
  expect(list(1)).toBe(readUnicodeString(kernel.mmu, link));
  machine.call('IoSetDeviceInterfaceState', link, 1);
  expect(list(0)).toBe(readUnicodeString(kernel.mmu, link));
});

test('arrivals and departures are told to those who asked', () => {
  const { machine, kernel, guid, link } = registered();
  const told: string[] = [];
  const callback = machine.routine((notification: Va) => {
    told.push(guidText(kernel.mmu.readBytes(notification, 20).slice(4)));
    return 0;
  });
  machine.call('IoSetDeviceInterfaceState', link, 1);
  const entry = allocate(kernel, 8);
  const register = (flags: number) =>
    machine.call('IoRegisterPlugPlayNotification', 2, flags, guid, NULL, callback, NULL, entry);
  expect(register(1)).toBe(0n);
  expect(told).toHaveLength(1);
  machine.call('IoSetDeviceInterfaceState', link, 0);
  machine.runThreads();
  expect(told.map((text) => text.slice(0, 9))).toEqual(['{CB3A4004', '{CB3A4005']);
  machine.call('IoUnregisterPlugPlayNotification', kernel.mmu.pointer(entry));
  machine.call('IoSetDeviceInterfaceState', link, 1);
  machine.runThreads();
  expect(told).toHaveLength(2);
});

test('properties say how much room they need', () => {
  const { machine, kernel, node } = registered();
  const buffer = allocate(kernel, 512);
  const length = allocate(kernel, 4);
  const get = (property: number, room: number) =>
    machine.call('IoGetDeviceProperty', node.pdo, property, room, buffer, length);
  expect(get(14, 4)).toBe(0n);
  expect(kernel.mmu.u32(buffer)).toBe(0);
  expect(get(15, 2)).toBe(BigInt(STATUS.BUFFER_TOO_SMALL));
  expect(kernel.mmu.u32(length)).toBe(8);
  expect(get(1, 512)).toBe(0n);
  expect(readUtf16z(kernel.mmu, buffer)).toBe('PCI\\VEN_1234&DEV_11E8&SUBSYS_11001AF4&REV_10');
  expect(get(9, 512)).toBe(BigInt(STATUS.OBJECT_NAME_NOT_FOUND));
  const notPdo = machine.call('IoGetDeviceProperty', NULL, 1, 512, buffer, length);
  expect(notPdo).toBe(BigInt(STATUS.INVALID_DEVICE_REQUEST));
});
