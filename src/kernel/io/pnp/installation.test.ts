import { expect, test } from 'vitest';
import { REG } from '../../zw/registry-key.ts';
import { dwordData } from '../../zw/registry-values.ts';
import { addFunction, FakeDriver, FakeMachine } from '../fake-driver.fixture.ts';
import { driverValues } from './installation.ts';
import type { Installation } from './nodes.ts';
import { addDevice } from './pnp-manager.ts';
import { deviceKey, propertyOf } from './properties.ts';

const value = (
  root: Installation['values'][number]['root'],
  name: string,
  type: Installation['values'][number]['type'],
  ...values: readonly string[]
) => ({ root, subkey: '', name, type, values });

const INSTALLATION: Installation = {
  description: 'A card',
  manufacturer: 'Acme',
  provider: 'Acme Networks',
  setupClass: { name: 'Sample', guid: '{78A1C341-4539-11D3-B88D-00C04FAD5171}' },
  hardwareId: 'PCI\\VEN_1234&DEV_11E8',
  section: 'Install',
  values: [
    value('device', 'Text', 'REG_SZ', 'a'),
    value('device', 'Number', 'REG_DWORD', '0x10'),
    value('device', 'Bytes', 'REG_DWORD', '01', '02', '00', '00'),
    value('device', 'Binary', 'REG_BINARY', 'ff', '0x1'),
    value('hardware', 'Limit', 'REG_DWORD', '-1'),
    value('service', 'Not here', 'REG_SZ', ''),
  ],
};

function installed() {
  const machine = new FakeMachine();
  const { kernel } = machine;
  const own = new FakeDriver(machine);
  const fn = addFunction(machine);
  const options = { subject: 'edu#1', installation: INSTALLATION };
  const add = () => machine.run(addDevice(kernel, own.driver, fn, options)).node;
  const remove = () => {
    machine.call('IoDetachDevice', own.lower);
    machine.call('IoDeleteDevice', own.fdo);
  };
  return { kernel, add, remove };
}

test('values are in the keys of the device before its driver hears of it', () => {
  const { kernel, add } = installed();
  const node = add();
  const software = deviceKey(kernel, node, 'driver');
  expect(software.path).toMatch(/\\Class\\\{78A1C341-.*\}\\0000$/);
  expect(software.values.map(({ name }) => name)).toEqual([
    ...['DriverDesc', 'ProviderName', 'MatchingDeviceId', 'InfSection'],
    ...['Text', 'Number', 'Bytes', 'Binary'],
  ]);
  expect(software.value('Number')?.data).toEqual(Uint8Array.of(0x10, 0, 0, 0));
  expect(software.value('Bytes')?.data).toEqual(Uint8Array.of(1, 2, 0, 0));
  expect(software.value('Binary')?.data).toEqual(Uint8Array.of(0xff, 1));
  const { values } = deviceKey(kernel, node, 'device');
  expect(values).toEqual([{ name: 'Limit', type: REG.DWORD, data: new Uint8Array(4).fill(0xff) }]);
});

test('a device that comes back has its key, and in it what its driver wrote', () => {
  const { kernel, add, remove } = installed();
  const before = deviceKey(kernel, add(), 'driver');
  before.set({ name: 'Number', ...dwordData(7) }, 0n);
  remove();
  const after = deviceKey(kernel, add(), 'driver');
  expect(after).toBe(before);
  expect(after.value('Number')?.data).toEqual(Uint8Array.of(7, 0, 0, 0));
});

test('properties are those of the INF', () => {
  const { kernel, add } = installed();
  const node = add();
  const text = (property: number): string =>
    new TextDecoder('utf-16le').decode(propertyOf(kernel, node, property)).replace(/\0$/, '');
  expect([0, 5, 8].map(text)).toEqual(['A card', 'Sample', 'Acme']);
});

test('values of the service and the machine have a place without a device', () => {
  const values = driverValues('Own', 'own.sys', [
    { ...value('service', 'A', 'REG_MULTI_SZ', 'x', 'y'), subkey: 'Parameters' },
    { ...value('machine', 'B', 'REG_EXPAND_SZ', '%SystemRoot%'), subkey: 'Software' },
    value('device', 'C', 'REG_SZ', ''),
  ]);
  const service = '\\Registry\\Machine\\System\\CurrentControlSet\\Services\\Own';
  expect(values.map(({ path, name, type }) => [path, name, type])).toEqual([
    [service, 'ImagePath', REG.EXPAND_SZ],
    [`${service}\\Parameters`, 'A', REG.MULTI_SZ],
    ['\\Registry\\Machine\\Software', 'B', REG.EXPAND_SZ],
  ]);
});
