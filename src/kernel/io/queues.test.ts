import { expect, test } from 'vitest';
import { NULL, type Va, va, vaAdd } from '../../units/address.ts';
import { DISPATCH_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import { allocate } from '../test-kernel.ts';
import { addFunction, FakeDriver, FakeMachine } from './fake-driver.fixture.ts';
import { IRP_MJ } from './function-codes.ts';
import { IRP } from './irp-layout.ts';
import { DRIVER_OBJECT } from './layout.ts';
import { startDevice } from './pnp/pnp-manager.ts';
import { closeFile, openFile, readFile } from './user/user-requests.ts';

/** A started driver whose reads go to `read`; other file requests succeed. */
function withReads(read: (machine: FakeMachine, device: Va, irp: Va) => number) {
  const machine = new FakeMachine();
  const succeed = (_device: Va, irp: Va) => driver.complete(irp, STATUS.SUCCESS);
  const dispatch = new Map([
    [IRP_MJ.CREATE as number, succeed],
    [IRP_MJ.CLEANUP as number, succeed],
    [IRP_MJ.CLOSE as number, succeed],
    [IRP_MJ.READ as number, (device: Va, irp: Va) => read(machine, device, irp)],
  ]);
  const driver: FakeDriver = new FakeDriver(machine, { dispatch });
  const node = driver.add(addFunction(machine));
  machine.run(startDevice(machine.kernel, node));
  const { file } = machine.run(openFile(machine.kernel, '\\\\.\\GLOBALROOT'));
  expect(file).toBeNull();
  const opened = machine.run(openFile(machine.kernel, '\\Device\\Edu0')).file;
  if (opened === null) throw new TypeError('the device opens');
  return { machine, driver, file: opened };
}

/** Routines of a cancel-safe queue over a list of the test's. */
function queueRoutines(machine: FakeMachine, list: Va[], complete: (irp: Va) => void) {
  const { mmu } = machine.kernel;
  return [
    machine.routine((_csq, irp) => {
      list.push(irp);
      return 0;
    }),
    machine.routine((_csq, irp) => {
      list.splice(list.indexOf(irp), 1);
      return 0;
    }),
    machine.routine((_csq, irp) => list[list.indexOf(irp) + 1] ?? NULL),
    machine.routine((_csq, irqlAt) => {
      mmu.write(irqlAt, 1, BigInt(machine.kernel.irql));
      machine.kernel.setIrql(DISPATCH_LEVEL);
      return 0;
    }),
    machine.routine((_csq, irql) => {
      machine.kernel.setIrql(Number(irql));
      return 0;
    }),
    machine.routine((_csq, irp) => {
      complete(irp);
      return 0;
    }),
  ];
}

test('a packet in a cancel-safe queue is completed by whoever removes it', () => {
  const list: Va[] = [];
  let csq = NULL;
  const { machine, driver, file } = withReads((m, _device, irp) => {
    m.call('IoCsqInsertIrp', csq, irp, NULL);
    const worker = m.routine(() => {
      const next = va(m.call('IoCsqRemoveNextIrp', csq, NULL));
      IRP.at(m.kernel.mmu, next).IoStatus.Status = STATUS.SUCCESS;
      driver.complete(next, STATUS.SUCCESS, 0n);
      return 0;
    });
    const item = m.call('IoAllocateWorkItem', driver.fdo);
    m.call('IoQueueWorkItem', item, worker, 1, NULL);
    return STATUS.PENDING;
  });
  csq = allocate(machine.kernel, 64);
  const routines = queueRoutines(machine, list, () => {});
  machine.call('IoCsqInitialize', csq, ...routines);
  const answer = machine.run(readFile(machine.kernel, file, 4));
  expect(answer).toMatchObject({ status: STATUS.SUCCESS, cancelled: false, completed: true });
  expect(list).toEqual([]);
});

test('a packet that stays in the queue is cancelled through it', () => {
  const list: Va[] = [];
  let csq = NULL;
  const { machine, driver, file } = withReads((m, _device, irp) => {
    m.call('IoCsqInsertIrp', csq, irp, NULL);
    return STATUS.PENDING;
  });
  csq = allocate(machine.kernel, 64);
  const complete = (irp: Va) => {
    driver.complete(irp, STATUS.CANCELLED);
  };
  machine.call('IoCsqInitialize', csq, ...queueRoutines(machine, list, complete));
  const answer = machine.run(readFile(machine.kernel, file, 4));
  expect(answer).toMatchObject({ status: STATUS.CANCELLED, cancelled: true, completed: true });
  expect(machine.kernel.irql).toBe(0);
  machine.run(closeFile(machine.kernel, file));
});

test('a packet that the driver never gives back stays with it', () => {
  const { machine, file } = withReads(() => STATUS.PENDING);
  const answer = machine.run(readFile(machine.kernel, file, 4));
  expect(answer).toMatchObject({ status: STATUS.PENDING, cancelled: true, completed: false });
});

test('StartIo gets one packet after the other at DISPATCH_LEVEL', () => {
  const seen: { irp: Va; irql: number }[] = [];
  const { machine, driver, file } = withReads((m, device, irp) => {
    m.call('IoStartPacket', device, irp, NULL, NULL);
    return seen.length > 0 ? STATUS.SUCCESS : STATUS.PENDING;
  });
  const { kernel } = machine;
  DRIVER_OBJECT.at(kernel.mmu, driver.driver).DriverStartIo = machine.routine((device, irp) => {
    seen.push({ irp, irql: kernel.irql });
    driver.complete(irp, STATUS.SUCCESS);
    machine.call('IoStartNextPacket', device, 0);
    return 0;
  });
  expect(machine.run(readFile(kernel, file, 4)).status).toBe(STATUS.SUCCESS);
  expect(machine.run(readFile(kernel, file, 4)).status).toBe(STATUS.SUCCESS);
  expect(seen.map(({ irql }) => irql)).toEqual([DISPATCH_LEVEL, DISPATCH_LEVEL]);
});

test('a device queue gives entries back by key', () => {
  const machine = new FakeMachine();
  const { kernel } = machine;
  const queue = allocate(kernel, 40);
  const entries = [0, 1, 2, 3].map(() => allocate(kernel, 24));
  const [first, ...others] = entries;
  machine.call('KeInitializeDeviceQueue', queue);
  expect(machine.call('KeInsertDeviceQueue', queue, first ?? NULL)).toBe(0n);
  for (const [i, key] of [30, 10, 20].entries()) {
    const entry = others[i] ?? NULL;
    expect(machine.call('KeInsertByKeyDeviceQueue', queue, entry, key)).toBe(1n);
  }
  const keyed = (key: number) => machine.call('KeRemoveByKeyDeviceQueue', queue, key);
  expect(keyed(15)).toBe(others[2]);
  expect(keyed(25)).toBe(others[0]);
  expect(machine.call('KeRemoveEntryDeviceQueue', queue, others[1] ?? NULL)).toBe(1n);
  expect(machine.call('KeRemoveDeviceQueue', queue)).toBe(0n);
  expect(kernel.mmu.u8(vaAdd(queue, 32))).toBe(0);
});
