import { expect, test } from 'vitest';
import { readUtf16z } from '../../../layout/nt.ts';
import { NULL, type Va, va, vaAdd } from '../../../units/address.ts';
import { STATUS } from '../../../units/status.ts';
import { allocate } from '../../test-kernel.ts';
import { addFunction, FakeDriver, FakeMachine } from '../fake-driver.fixture.ts';
import { IRP_MJ, IRP_MN_PNP as MN } from '../function-codes.ts';
import { sendRequest } from '../send-request.ts';
import { guidBytes } from './guids.ts';
import { queryCapabilities } from './pnp-manager.ts';
import { DEVICE_CAPABILITIES } from './query-answers.ts';

function added() {
  const machine = new FakeMachine();
  const fn = addFunction(machine);
  const node = new FakeDriver(machine).add(fn);
  const ask = (minor: number, ...args: readonly bigint[]) =>
    machine.run(
      sendRequest(machine.kernel, {
        device: node.pdo,
        major: IRP_MJ.PNP,
        minor,
        arguments: args,
        origin: 'system',
        status: STATUS.NOT_SUPPORTED,
      }),
    );
  return { machine, kernel: machine.kernel, fn, node, ask };
}

test('ids and texts name the function', () => {
  const { kernel, ask } = added();
  const text = (minor: number, type: bigint) =>
    readUtf16z(kernel.mmu, va(ask(minor, type).information));
  expect(text(MN.QUERY_ID, 0n)).toBe('PCI\\VEN_1234&DEV_11E8&SUBSYS_11001AF4');
  expect(text(MN.QUERY_ID, 3n)).toMatch(/^3&[0-9A-F]{8}&0&10$/);
  expect(text(MN.QUERY_DEVICE_TEXT, 1n)).toBe('PCI bus 0, device 2, function 0');
});

test('what a PCI function does not know keeps the status of its sender', () => {
  const { ask } = added();
  expect(ask(MN.EJECT)).toMatchObject({ status: STATUS.NOT_SUPPORTED, completed: true });
  expect(ask(MN.QUERY_ID, 5n).status).toBe(STATUS.NOT_SUPPORTED);
});

test('capabilities give address and power states', () => {
  const { machine, kernel, node, ask } = added();
  expect(machine.run(queryCapabilities(kernel, node)).status).toBe(STATUS.SUCCESS);
  const at = allocate(kernel, 64);
  ask(MN.QUERY_CAPABILITIES, at);
  const view = DEVICE_CAPABILITIES.at(kernel.mmu, at);
  expect(view.Address).toBe(2 << 16);
  expect([1, 2, 4].map((state) => view.DeviceState.get(state))).toEqual([1, 4, 4]);
});

test('configuration space is read and written by request', () => {
  const { kernel, fn, ask } = added();
  const at = allocate(kernel, 4);
  expect(ask(MN.READ_CONFIG, 0n, at, 0n, 4n)).toMatchObject({ information: 4n });
  expect(kernel.mmu.u32(at)).toBe(0x11e8_1234);
  kernel.mmu.write(at, 1, 0x40n);
  expect(ask(MN.WRITE_CONFIG, 0n, at, 0x0cn, 1n)).toMatchObject({ information: 1n });
  expect(fn.readConfig(0x0c, 1)).toBe(0x40);
});

test('the bus interface is a table of routines that can be called', () => {
  const { machine, kernel, node, ask } = added();
  const guid = allocate(kernel, 16);
  kernel.mmu.writeBytes(guid, guidBytes('{496B8280-6F25-11D0-BEAF-08002BE2092F}'));
  const table = allocate(kernel, 64);
  const size = 64n | (1n << 16n);
  expect(ask(MN.QUERY_INTERFACE, guid, size, table, NULL).status).toBe(STATUS.SUCCESS);
  expect(kernel.mmu.u16(table)).toBe(64);
  const context = kernel.mmu.pointer(vaAdd(table, 8));
  expect(context).toBe(node.pdo);
  const buffer: Va = allocate(kernel, 4);
  expect(machine.call('PciInterfaceGetBusData', context, 0, buffer, 0, 2)).toBe(2n);
  expect(kernel.mmu.u16(buffer)).toBe(0x1234);
  kernel.mmu.writeBytes(guid, guidBytes('{00000000-6F25-11D0-BEAF-08002BE2092F}'));
  expect(ask(MN.QUERY_INTERFACE, guid, size, table, NULL).status).toBe(STATUS.NOT_SUPPORTED);
});
