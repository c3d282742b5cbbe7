import { expect, test } from 'vitest';
import { STATUS } from '../../../units/status.ts';
import { mdlAt, mdlVirtual } from '../../mm/mdl.ts';
import { addFunction, FakeDriver, FakeMachine } from '../fake-driver.fixture.ts';
import { IRP_MJ } from '../function-codes.ts';
import { IRP } from '../irp-layout.ts';
import { startDevice } from '../pnp/pnp-manager.ts';
import { deviceControl, openFile } from './user-requests.ts';

/** CTL_CODE(FILE_DEVICE_UNKNOWN, 0, METHOD_IN_DIRECT, FILE_ANY_ACCESS). */
const IN_DIRECT = 0x22_0001;

test('what the output buffer holds beforehand reaches a driver of METHOD_IN_DIRECT', () => {
  const machine = new FakeMachine();
  const { kernel } = machine;
  const seen: Uint8Array[] = [];
  const own: FakeDriver = new FakeDriver(machine, {
    dispatch: new Map([
      [IRP_MJ.CREATE, (_device, irp) => own.complete(irp, STATUS.SUCCESS)],
      [
        IRP_MJ.DEVICE_CONTROL,
        (_device, irp) => {
          const mdl = mdlAt(kernel, IRP.at(kernel.mmu, irp).MdlAddress);
          seen.push(kernel.mmu.readBytes(mdlVirtual(mdl), mdl.ByteCount));
          return own.complete(irp, STATUS.SUCCESS);
        },
      ],
    ]),
  });
  machine.run(startDevice(kernel, own.add(addFunction(machine))));
  const { file } = machine.run(openFile(kernel, '\\Device\\Edu0'));
  if (file === null) throw new TypeError('the device does not open');
  const output = Uint8Array.of(1, 2, 3);
  const answer = machine.run(deviceControl(kernel, file, IN_DIRECT, new Uint8Array(), output));
  expect([answer.status, ...seen]).toEqual([STATUS.SUCCESS, output]);
});
