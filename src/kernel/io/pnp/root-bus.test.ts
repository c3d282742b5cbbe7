import { expect, test } from 'vitest';
import { readUtf16z } from '../../../layout/nt.ts';
import { NULL, va } from '../../../units/address.ts';
import { STATUS } from '../../../units/status.ts';
import { allocate } from '../../test-kernel.ts';
import { FakeDriver, type FakeDriverOptions, FakeMachine } from '../fake-driver.fixture.ts';
import { IRP_MJ, IRP_MN_PNP as MN } from '../function-codes.ts';
import { currentLocation } from '../irps.ts';
import { sendRequest } from '../send-request.ts';
import { GUID_TEXT, guidText } from './guids.ts';
import type { Installation, SoftwareDevice } from './nodes.ts';
import { addDevice, startDevice } from './pnp-manager.ts';
import { deviceKey, propertyOf } from './properties.ts';
import { DEVICE_CAPABILITIES } from './query-answers.ts';
import { removeDevice, stopDevice, surpriseRemoval } from './removal.ts';

const INSTALLATION: Installation = {
  description: 'A tunnel',
  manufacturer: 'Acme',
  provider: 'Acme',
  setupClass: { name: 'Net', guid: '{4D36E972-E325-11CE-BFC1-08002BE10318}' },
  hardwareId: 'Tunnel',
  section: 'Install',
  values: [],
};

/** A device of the driver's that is software alone; PnP requests by the number of what they bring. */
function added(driverOptions: FakeDriverOptions = {}) {
  const machine = new FakeMachine();
  const { kernel } = machine;
  const own = new FakeDriver(machine, driverOptions);
  const device: SoftwareDevice = { present: true };
  const options = { subject: 'software#1', installation: INSTALLATION };
  const add = () => machine.run(addDevice(kernel, own.driver, device, options)).node;
  const node = add();
  const ask = (minor: number, ...args: readonly bigint[]) =>
    machine.run(
      sendRequest(kernel, {
        device: node.pdo,
        major: IRP_MJ.PNP,
        minor,
        arguments: args,
        origin: 'system',
        status: STATUS.NOT_SUPPORTED,
      }),
    );
  return { machine, kernel, own, device, node, add, ask };
}

test('ids are those of the root bus and of the INF', () => {
  const { kernel, node, ask } = added();
  const text = (type: bigint) => readUtf16z(kernel.mmu, va(ask(MN.QUERY_ID, type).information));
  expect([text(0n), text(1n), text(2n), text(3n)]).toEqual(['ROOT\\NET', 'Tunnel', '', '0000']);
  expect(readUtf16z(kernel.mmu, va(ask(MN.QUERY_DEVICE_TEXT, 0n).information))).toBe('A tunnel');
  expect(ask(MN.QUERY_DEVICE_TEXT, 1n).status).toBe(STATUS.NOT_SUPPORTED);
  expect(deviceKey(kernel, node, 'device').path).toContain('\\Enum\\ROOT\\NET\\0000\\');
});

test('it is on the internal bus, at no address', () => {
  const { kernel, node, ask } = added();
  const at = va(ask(MN.QUERY_BUS_INFORMATION).information);
  expect(guidText(kernel.mmu.readBytes(at, 16))).toBe(GUID_TEXT.BUS_TYPE_INTERNAL);
  const capabilities = allocate(kernel, DEVICE_CAPABILITIES.bytes);
  const view = DEVICE_CAPABILITIES.at(kernel.mmu, capabilities);
  view.Address = 0xffff_ffff;
  expect(ask(MN.QUERY_CAPABILITIES, capabilities).status).toBe(STATUS.SUCCESS);
  expect(view.Address).toBe(0xffff_ffff);
  const properties = [3, 4, 10, 16].map((number) => propertyOf(kernel, node, number));
  expect(properties).toEqual([undefined, undefined, undefined, undefined]);
});

test('what only hardware has is not supported', () => {
  const { kernel, ask } = added();
  const minors = [MN.QUERY_RESOURCE_REQUIREMENTS, MN.QUERY_INTERFACE, MN.READ_CONFIG];
  const at = allocate(kernel, 64);
  expect(minors.map((minor) => ask(minor, at, 64n, at, 0n).status)).toEqual(
    minors.map(() => STATUS.NOT_SUPPORTED),
  );
});

test('it starts without resources, and not once it is gone', () => {
  const lists: bigint[][] = [];
  const { machine, kernel, own, device, node } = added({
    dispatch: new Map([
      [
        IRP_MJ.PNP,
        (_device, irp) => {
          const { MinorFunction, Argument1, Argument2 } = currentLocation(kernel, irp);
          if (MinorFunction === MN.START_DEVICE) lists.push([Argument1, Argument2]);
          return own.passOn(irp);
        },
      ],
    ]),
  });
  expect(machine.run(startDevice(kernel, node)).status).toBe(STATUS.SUCCESS);
  expect(node.resources).toEqual([]);
  expect(machine.run(stopDevice(kernel, node)).status).toBe(STATUS.SUCCESS);
  expect(machine.run(startDevice(kernel, node, { move: true })).status).toBe(STATUS.SUCCESS);
  expect(lists).toEqual([
    [NULL, NULL],
    [NULL, NULL],
  ]);
  device.present = false;
  expect(machine.run(startDevice(kernel, node)).status).toBe(STATUS.NO_SUCH_DEVICE);
});

test('a device that comes back is the one it was, another is the next', () => {
  const { machine, kernel, own, node, device, add } = added();
  const takeOff = () => {
    machine.call('IoDetachDevice', own.lower);
    machine.call('IoDeleteDevice', own.fdo);
  };
  device.present = false;
  machine.run(surpriseRemoval(kernel, node));
  takeOff();
  machine.run(removeDevice(kernel, node));
  expect(add().instance).toBe(node.instance);
  takeOff();
  const other = addDevice(kernel, own.driver, { present: true }, { subject: 'software#2' });
  expect(machine.run(other).node.instance).toBe(node.instance + 1);
});
