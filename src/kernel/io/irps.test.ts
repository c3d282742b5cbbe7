import { expect, test } from 'vitest';
import { NULL, type Va, va, vaAdd } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { isRunEnd } from '../end.ts';
import { allocate } from '../test-kernel.ts';
import { addFunction, FakeDriver, FakeMachine } from './fake-driver.fixture.ts';
import { IRP_MJ, IRP_MN_PNP } from './function-codes.ts';
import { IO_STACK_LOCATION, IRP, IRP_FLAGS, irpBytes } from './irp-layout.ts';
import { currentLocation } from './irps.ts';
import { DEVICE_OBJECT } from './layout.ts';
import { startDevice } from './pnp/pnp-manager.ts';

function withDriver(pnp?: (driver: FakeDriver, irp: Va) => number) {
  const machine = new FakeMachine();
  const route = (_device: Va, irp: Va) => (pnp ?? pass)(driver, irp);
  const pass = (to: FakeDriver, irp: Va) => to.passOn(irp);
  const driver: FakeDriver = new FakeDriver(machine, { dispatch: new Map([[IRP_MJ.PNP, route]]) });
  const node = driver.add(addFunction(machine));
  return { machine, driver, node, kernel: machine.kernel, mmu: machine.kernel.mmu };
}

const endOf = (run: () => unknown): unknown => {
  try {
    run();
    return undefined;
  } catch (thrown) {
    return isRunEnd(thrown) ? thrown : undefined;
  }
};

test('a packet has its stack locations behind it and stands above the first', () => {
  const { machine, mmu } = withDriver();
  const irp = va(machine.call('IoAllocateIrp', 3, 0));
  const view = IRP.at(mmu, irp);
  expect(view.Type).toBe(6);
  expect(view.Size).toBe(0xd0 + 3 * 0x48);
  expect([view.StackCount, view.CurrentLocation]).toEqual([3, 4]);
  expect(view.CurrentStackLocation).toBe(vaAdd(irp, irpBytes(3)));
  expect(machine.call('IoAllocateIrp', 0, 0)).toBe(0n);
});

test('a completion routine may stop completion, and who has the packet goes on with it', () => {
  const statuses: number[] = [];
  const { machine, node } = withDriver((driver, irp) => {
    const location = currentLocation(machine.kernel, irp);
    if (location.MinorFunction !== IRP_MN_PNP.START_DEVICE) return driver.passOn(irp);
    driver.forward(irp, () => STATUS.MORE_PROCESSING_REQUIRED);
    statuses.push(IRP.at(machine.kernel.mmu, irp).IoStatus.Status);
    return driver.complete(irp, STATUS.INSUFFICIENT_RESOURCES);
  });
  const answer = machine.run(startDevice(machine.kernel, node));
  expect(statuses).toEqual([STATUS.SUCCESS]);
  expect(answer).toEqual({
    status: STATUS.INSUFFICIENT_RESOURCES,
    answered: STATUS.INSUFFICIENT_RESOURCES,
  });
});

test('a pended request is waited for and answered with its final status', () => {
  const { machine, node } = withDriver((driver, irp) => {
    const location = currentLocation(machine.kernel, irp);
    if (location.MinorFunction !== IRP_MN_PNP.START_DEVICE) return driver.passOn(irp);
    location.Control |= 1;
    const later = machine.routine(() => driver.passOn(irp));
    const item = machine.call('IoAllocateWorkItem', driver.fdo);
    machine.call('IoQueueWorkItem', item, later, 1, NULL);
    return STATUS.PENDING;
  });
  const answer = machine.run(startDevice(machine.kernel, node));
  expect(answer).toEqual({ status: STATUS.SUCCESS, answered: STATUS.SUCCESS });
});

test('completing twice stops the machine', () => {
  const { machine, node } = withDriver((driver, irp) => {
    driver.complete(irp, STATUS.SUCCESS);
    return driver.complete(irp, STATUS.SUCCESS);
  });
  const end = endOf(() => machine.run(startDevice(machine.kernel, node)));
  expect(end).toMatchObject({ runEnd: 'bugcheck', code: 0x44 });
});

test('a packet without a location left stops the machine', () => {
  const { machine, driver, mmu } = withDriver();
  const irp = va(machine.call('IoAllocateIrp', 1, 0));
  IRP.at(mmu, irp).CurrentLocation = 1;
  const end = endOf(() => machine.call('IofCallDriver', driver.fdo, irp));
  expect(end).toMatchObject({ runEnd: 'bugcheck', code: 0x35 });
});

test('a device object deleted while attached is found out', () => {
  const { machine, driver, node } = withDriver();
  machine.call('IoDeleteDevice', driver.fdo);
  const end = endOf(() => machine.run(startDevice(machine.kernel, node)));
  expect(end).toMatchObject({ runEnd: 'bugcheck', detail: expect.stringContaining('edu#1') });
});

test('a driver’s own control request is buffered, answered and freed', () => {
  const { machine, driver, mmu, kernel } = withDriver();
  const device = driver.lower;
  const input = allocate(kernel, 4);
  const output = allocate(kernel, 8);
  const event = allocate(kernel, 24);
  const iosb = allocate(kernel, 16);
  const args = [0x22_2000, device, input, 4, output, 8, 0, event, iosb];
  const irp = va(machine.call('IoBuildDeviceIoControlRequest', ...args));
  const view = IRP.at(mmu, irp);
  expect(view.Flags & IRP_FLAGS.BUFFERED_IO).not.toBe(0);
  const answer = BigInt(STATUS.INVALID_DEVICE_REQUEST);
  expect(machine.call('IofCallDriver', device, irp)).toBe(answer);
  expect(BigInt(mmu.u32(iosb))).toBe(answer);
  expect(machine.kernel.scheduler.signals).toContain(event);
  expect(mmu.isReadable(irp, 1)).toBe(false);
  expect(machine.irpTrace.slice(-2)).toEqual([
    'sent IRP_MJ_DEVICE_CONTROL driver',
    'completed IRP_MJ_DEVICE_CONTROL driver',
  ]);
});

test('the last associated packet completes its master', () => {
  const { machine, driver, mmu } = withDriver();
  const master = va(machine.call('IoAllocateIrp', 2, 0));
  const event = allocate(machine.kernel, 24);
  IRP.at(mmu, master).UserEvent = event;
  mmu.write(vaAdd(master, IRP.offsetOf('SystemBuffer')), 4, 2n);
  for (let i = 0; i < 2; i++) {
    expect(machine.kernel.scheduler.signals).not.toContain(event);
    const part = va(machine.call('IoMakeAssociatedIrp', master, 1));
    const next = vaAdd(IRP.at(mmu, part).CurrentStackLocation, -IO_STACK_LOCATION.bytes);
    IO_STACK_LOCATION.at(mmu, next).MajorFunction = IRP_MJ.READ;
    machine.call('IofCallDriver', driver.lower, part);
  }
  expect(machine.kernel.scheduler.signals).toContain(event);
});

test('attaching on top counts the stack, and a device not ready refuses', () => {
  const { driver, mmu } = withDriver();
  const upper = DEVICE_OBJECT.at(mmu, driver.fdo);
  expect(upper.StackSize).toBe(2);
  expect(DEVICE_OBJECT.at(mmu, driver.lower).AttachedDevice).toBe(driver.fdo);
});
