/** The steps of a WDM driver's life, each announced as its phase and noted in the journal. */
import type { Blocking } from '../kernel/effects.ts';
import { devices } from '../kernel/io/devices.ts';
import { type LoadedDriver, loadDriver, unloadDriver } from '../kernel/io/pnp/load.ts';
import type { DeviceNode } from '../kernel/io/pnp/nodes.ts';
import { addDevice, type PnpAnswer, startDevice } from '../kernel/io/pnp/pnp-manager.ts';
import {
  cancelRemove,
  cancelStop,
  queryRemove,
  queryStop,
  removeDevice,
  stopDevice,
  surpriseRemoval,
} from '../kernel/io/pnp/removal.ts';
import { setPower } from '../kernel/po/power-manager.ts';
import type { DriverImage } from '../machine/driver-image.ts';
import type { Machine } from '../machine/machine.ts';
import type { Va } from '../units/address.ts';
import type { NtStatus } from '../units/status.ts';
import type { DeviceSetup } from './installed.ts';
import type { Journal, Step } from './journal.ts';
import type { IoctlRequest } from './options.ts';
import type { Plugged } from './plugged.ts';
import type { Use } from './use.ts';

/** What every step works with. */
export interface Life {
  readonly machine: Machine;
  readonly image: DriverImage;
  readonly driverName: string;
  readonly ioctls: readonly IoctlRequest[];
  readonly journal: Journal;
  /** How its devices are installed. */
  readonly setup?: DeviceSetup;
}

/** A device that the driver has been given. */
export interface Held {
  readonly life: Life;
  readonly node: DeviceNode;
  readonly plugged: Plugged;
}

const answered = ({ answered: status }: PnpAnswer): NtStatus => status;

function* whole<T>(
  { journal }: Life,
  step: Step,
  callback: string,
  body: () => Blocking<T>,
  statusOf: (result: T) => NtStatus | null,
): Blocking<T> {
  return yield* journal.phase(step, () => journal.call(step, callback, body, statusOf), statusOf);
}

/** DriverEntry. */
export function* load(life: Life): Blocking<LoadedDriver> {
  const { image, machine, driverName } = life;
  const loading = (): Blocking<LoadedDriver> =>
    loadDriver(machine.kernel, {
      name: driverName,
      entryPoint: image.entryPoint,
      base: image.module.base,
      bytes: Number(image.module.end - image.module.base),
    });
  const step = { phase: 'load', subject: null };
  return yield* whole(life, step, 'DriverEntry', loading, ({ status }) => status);
}

/** DriverUnload; false for a driver that has none. */
export function* unload(life: Life, driver: Va): Blocking<boolean> {
  const unloading = (): Blocking<boolean> => unloadDriver(life.machine.kernel, driver);
  const step = { phase: 'unload', subject: null };
  return yield* whole(life, step, 'DriverUnload', unloading, () => null);
}

/** AddDevice. */
export function* add(
  life: Life,
  driver: Va,
  plugged: Plugged,
): Blocking<{ readonly held: Held; readonly status: NtStatus }> {
  const { subject, device } = plugged;
  const adding = (): ReturnType<typeof addDevice> =>
    addDevice(life.machine.kernel, driver, device, { subject, ...life.setup });
  const step = { phase: 'add-device', subject };
  const { node, status } = yield* whole(life, step, 'AddDevice', adding, (it) => it.status);
  return { held: { life, node, plugged }, status };
}

function* pnp(
  { life, node }: Held,
  phase: string,
  callback: string,
  body: () => Blocking<PnpAnswer>,
): Blocking<PnpAnswer> {
  return yield* whole(life, { phase, subject: node.subject }, callback, body, answered);
}

const kernelOf = ({ life }: Held) => life.machine.kernel;

/** START: the first one, or again with other resources. */
export const start = (held: Held, phase: 'start' | 'restart'): Blocking<PnpAnswer> =>
  pnp(held, phase, 'IRP_MN_START_DEVICE', () =>
    startDevice(kernelOf(held), held.node, { move: phase === 'restart' }),
  );

const plainly =
  (
    phase: string,
    callback: string,
    act: (kernel: Machine['kernel'], node: DeviceNode) => Blocking<PnpAnswer>,
  ) =>
  (held: Held): Blocking<PnpAnswer> =>
    pnp(held, phase, callback, () => act(kernelOf(held), held.node));

export const askToStop = plainly('query-stop', 'IRP_MN_QUERY_STOP_DEVICE', queryStop);
export const takeBackStop = plainly('query-stop', 'IRP_MN_CANCEL_STOP_DEVICE', cancelStop);
export const stop = plainly('stop', 'IRP_MN_STOP_DEVICE', stopDevice);
export const askToRemove = plainly('query-remove', 'IRP_MN_QUERY_REMOVE_DEVICE', queryRemove);
export const takeBackRemove = plainly('query-remove', 'IRP_MN_CANCEL_REMOVE_DEVICE', cancelRemove);
export const remove = plainly('remove', 'IRP_MN_REMOVE_DEVICE', removeDevice);
const tellOfLoss = plainly('surprise-removal', 'IRP_MN_SURPRISE_REMOVAL', surpriseRemoval);

/** The hardware goes, then the driver is told. */
export function* lose(held: Held): Blocking<PnpAnswer> {
  held.plugged.unplug();
  return yield* tellOfLoss(held);
}

/** To D3 and back. */
export function* powerCycle({ life, node }: Held): Blocking<void> {
  const step: Step = { phase: 'power', subject: node.subject };
  const { journal, machine } = life;
  yield* journal.phase(
    step,
    function* () {
      for (const state of ['D3', 'D0'] as const) {
        const setting = (): Blocking<PnpAnswer> => setPower(machine.kernel, node, state);
        yield* journal.call(step, `IRP_MN_SET_POWER ${state}`, setting, answered);
      }
    },
    () => null,
  );
}

/** How an application reaches the device, in the given phase. */
export function useOf({ life, node }: Held, phase: string): Use {
  const { kernel } = life.machine;
  return {
    kernel,
    journal: life.journal,
    ioctls: life.ioctls,
    step: { phase, subject: node.subject },
    path: devices(kernel).nameOf(node.pdo) ?? '',
  };
}

/** A phase in which an application works with the device. */
export function* use<T>(held: Held, body: (use: Use) => Blocking<T>): Blocking<T> {
  const own = useOf(held, 'use');
  return yield* held.life.journal.phase(
    own.step,
    () => body(own),
    () => null,
  );
}
