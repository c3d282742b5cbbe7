import { expect, test } from 'vitest';
import { NULL, type Va } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { addFunction, FakeDriver, FakeMachine } from '../io/fake-driver.fixture.ts';
import { IRP_MJ, IRP_MN_POWER } from '../io/function-codes.ts';
import { currentLocation } from '../io/irps.ts';
import { startDevice } from '../io/pnp/pnp-manager.ts';
import { invoke, serviceNamed } from '../test-kernel.ts';
import { setPower } from './power-manager.ts';
import { powerServices } from './power-services.ts';

const DEVICE_POWER = 1n;
const D0 = 1;
const D3 = 4;

test('a policy owner follows the system into sleep and out of it', () => {
  const machine = new FakeMachine();
  const fn = addFunction(machine);
  const completions: bigint[] = [];
  const done = machine.routine((_device, _minor, state) => {
    completions.push(state);
    return 0;
  });
  const power = (_device: Va, irp: Va) => {
    const { MinorFunction, Argument2, Argument3 } = currentLocation(machine.kernel, irp);
    if (MinorFunction === IRP_MN_POWER.SET_POWER && Argument2 !== DEVICE_POWER) {
      const state = Argument3 === 1n ? D0 : D3;
      const request = serviceNamed(powerServices, 'PoRequestPowerIrp');
      const args = [driver.fdo, IRP_MN_POWER.SET_POWER, state, done, NULL, NULL];
      expect(invoke(machine.kernel, request, args)).toBe(BigInt(STATUS.PENDING));
    }
    return driver.passOn(irp);
  };
  const driver: FakeDriver = new FakeDriver(machine, {
    dispatch: new Map([[IRP_MJ.POWER, power]]),
  });
  const node = driver.add(fn);
  machine.run(startDevice(machine.kernel, node));
  expect(fn.powerState).toBe(0);
  expect(machine.run(setPower(machine.kernel, node, 'D3')).status).toBe(STATUS.SUCCESS);
  machine.runThreads();
  expect(fn.powerState).toBe(3);
  expect(fn.windows[0]?.open).toBeUndefined();
  machine.run(setPower(machine.kernel, node, 'D0'));
  machine.runThreads();
  expect(fn.powerState).toBe(0);
  expect(completions).toEqual([BigInt(D3), BigInt(D0)]);
});
