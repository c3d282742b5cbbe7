import { expect, test } from 'vitest';
import { va } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { addFunction, FakeDriver, FakeMachine } from './fake-driver.fixture.ts';
import { IRP_MJ, IRP_MN_PNP } from './function-codes.ts';
import { IRP } from './irp-layout.ts';
import { currentLocation } from './irps.ts';
import { unloadDriver } from './pnp/load.ts';
import { startDevice } from './pnp/pnp-manager.ts';
import { queryStop, removeDevice, stopDevice, surpriseRemoval } from './pnp/removal.ts';
import { closeFile, deviceControl, openFile, readFile, writeFile } from './user/user-requests.ts';

const pnp = (machine: FakeMachine, driver: () => FakeDriver) =>
  new Map([
    [
      IRP_MJ.PNP as number,
      (_device: bigint, irp: bigint) => {
        const { MinorFunction } = currentLocation(machine.kernel, va(irp));
        if (MinorFunction === IRP_MN_PNP.REMOVE_DEVICE) return driver().remove(va(irp));
        return driver().passOn(va(irp));
      },
    ],
  ]);

function started() {
  const machine = new FakeMachine();
  const fn = addFunction(machine);
  const driver: FakeDriver = new FakeDriver(machine, { dispatch: pnp(machine, () => driver) });
  const node = driver.add(fn);
  const answer = machine.run(startDevice(machine.kernel, node));
  return { machine, fn, driver, node, answer };
}

test('a start gives resources, reaches the bus driver and is followed by its queries', () => {
  const { machine, fn, answer } = started();
  expect(answer).toEqual({ status: STATUS.SUCCESS, answered: STATUS.SUCCESS });
  expect(fn.windows[0]?.open?.start).toBeGreaterThan(0);
  expect(machine.events.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['resources', 'lower-start', 'device-object']),
  );
  expect(machine.irpTrace.filter((line) => line.startsWith('sent'))).toEqual([
    'sent IRP_MN_FILTER_RESOURCE_REQUIREMENTS system',
    'sent IRP_MN_START_DEVICE system',
    'sent IRP_MN_QUERY_CAPABILITIES system',
    'sent IRP_MN_QUERY_PNP_DEVICE_STATE system',
    'sent IRP_MN_QUERY_DEVICE_RELATIONS system',
  ]);
});

test('stop closes the windows, a moved restart opens them elsewhere', () => {
  const { machine, fn, node } = started();
  const before = fn.windows[0]?.open?.start;
  expect(machine.run(queryStop(machine.kernel, node)).status).toBe(STATUS.SUCCESS);
  expect(machine.run(stopDevice(machine.kernel, node)).status).toBe(STATUS.SUCCESS);
  expect(fn.windows[0]?.open).toBeUndefined();
  expect(machine.run(startDevice(machine.kernel, node, { move: true })).status).toBe(0);
  expect(fn.windows[0]?.open?.start).not.toBe(before);
});

test('removal detaches, deletes and leaves nothing', () => {
  const { machine, node, driver } = started();
  expect(machine.run(removeDevice(machine.kernel, node)).status).toBe(STATUS.SUCCESS);
  const objects = machine.events.flatMap((e) => (e.kind === 'device-object' ? [e.what] : []));
  expect(objects).toEqual(['create', 'attach', 'detach', 'delete']);
  expect(machine.irpTrace).toContain('passed-down IRP_MN_REMOVE_DEVICE system');
  expect(machine.run(unloadDriver(machine.kernel, driver.driver))).toBe(true);
});

test('a removal by surprise is followed by a removal', () => {
  const { machine, fn, node } = started();
  fn.unplug();
  expect(machine.run(surpriseRemoval(machine.kernel, node)).status).toBe(STATUS.SUCCESS);
  expect(machine.run(removeDevice(machine.kernel, node)).status).toBe(STATUS.SUCCESS);
  expect(machine.bus.functions).toEqual([]);
});

test('user requests carry their buffers both ways', () => {
  const machine = new FakeMachine();
  const fn = addFunction(machine);
  const { mmu } = machine.kernel;
  const done = (_device: bigint, irp: bigint) => driver.complete(va(irp), STATUS.SUCCESS);
  const dispatch = pnp(machine, () => driver);
  dispatch.set(IRP_MJ.CREATE, done);
  dispatch.set(IRP_MJ.CLEANUP, done);
  dispatch.set(IRP_MJ.CLOSE, done);
  dispatch.set(IRP_MJ.DEVICE_CONTROL, (_device, irp) => {
    const { SystemBuffer } = IRP.at(mmu, va(irp));
    mmu.write(SystemBuffer, 4, mmu.read(SystemBuffer, 4) + 1n);
    const isHonest = currentLocation(machine.kernel, va(irp)).Argument3 === 0x22_2000n;
    return driver.complete(va(irp), STATUS.SUCCESS, isHonest ? 4n : 0x2000n);
  });
  dispatch.set(IRP_MJ.READ, (_device, irp) => {
    mmu.write(IRP.at(mmu, va(irp)).SystemBuffer, 2, 0x1122n);
    return driver.complete(va(irp), STATUS.SUCCESS, 2n);
  });
  dispatch.set(IRP_MJ.WRITE, done);
  const driver: FakeDriver = new FakeDriver(machine, { dispatch });
  const node = driver.add(fn);
  const { kernel } = machine;
  expect(machine.run(openFile(kernel, '\\Device\\Edu0')).status).toBe(STATUS.NO_SUCH_DEVICE);
  machine.run(startDevice(kernel, node));
  const { file } = machine.run(openFile(kernel, '\\Device\\Edu0'));
  if (file === null) throw new TypeError('the device opens');
  const input = Uint8Array.of(1, 2, 3, 4);
  const answer = machine.run(deviceControl(kernel, file, 0x22_2000, input, 8));
  expect(answer.information).toBe(4n);
  expect([...answer.output]).toEqual([2, 2, 3, 4, 0, 0, 0, 0]);
  const long = new Uint8Array(0x2000);
  const tooShort = machine.run(deviceControl(kernel, file, 0x22_2004, long, 8));
  expect(tooShort.status).toBe(STATUS.ACCESS_VIOLATION);
  expect([...machine.run(readFile(kernel, file, 4)).output]).toEqual([0x22, 0x11, 0, 0]);
  expect(machine.run(writeFile(kernel, file, input)).status).toBe(STATUS.SUCCESS);
  machine.run(closeFile(kernel, file));
  const names = machine.irpTrace.filter((line) => /sent IRP_MJ/.test(line));
  expect(names.slice(-2)).toEqual(['sent IRP_MJ_CLEANUP system', 'sent IRP_MJ_CLOSE system']);
  machine.run(removeDevice(kernel, node));
});
