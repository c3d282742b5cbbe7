/**
 * The life of a WDM driver: load, devices added, started, used, stopped and started elsewhere, lost,
 * removed, unload. Orders are those of "State Transitions for PnP Devices".
 */
import type { AttachedDevice } from '../devices/attach.ts';
import { type Blocking, giveWay, wait } from '../kernel/effects.ts';
import { devices } from '../kernel/io/devices.ts';
import { loadDriver, unloadDriver } from '../kernel/io/pnp/load.ts';
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
import type { UserFile } from '../kernel/io/user/user-requests.ts';
import { setPower } from '../kernel/po/power-manager.ts';
import type { DriverImage } from '../machine/driver-image.ts';
import type { Machine } from '../machine/machine.ts';
import type { Va } from '../units/address.ts';
import { isSuccess, type NtStatus } from '../units/status.ts';
import type { Journal, Step } from './journal.ts';
import type { IoctlRequest } from './options.ts';
import { close, open, read, requests, type Use, useDevice } from './use.ts';

export interface WdmLife {
  readonly machine: Machine;
  readonly image: DriverImage;
  readonly driverName: string;
  readonly ioctls: readonly IoctlRequest[];
  readonly journal: Journal;
  /** Makes device number `n` (from 1), on the plain bus or behind the translating bridge. */
  plug(n: number, bridge: number): AttachedDevice;
}

/** How often a waiting scenario looks: 1 ms. */
const POLL_TICKS = 10_000n;

const answered = ({ answered: status }: PnpAnswer): NtStatus => status;

export function* wdmLifeCycle(life: WdmLife): Blocking<void> {
  const { machine, image, driverName, journal } = life;
  const { kernel } = machine;
  // A driver without Plug and Play looks for its device itself: it has to be there first.
  const first = life.plug(1, 0);
  const step: Step = { phase: 'load', subject: null };
  const loaded = yield* journal.phase(
    step,
    () =>
      journal.call(
        step,
        'DriverEntry',
        () =>
          loadDriver(kernel, {
            name: driverName,
            entryPoint: image.entryPoint,
            base: image.module.base,
            bytes: Number(image.module.end - image.module.base),
          }),
        ({ status }) => status,
      ),
    ({ status }) => status,
  );
  if (isSuccess(loaded.status)) {
    if (loaded.isPnp) yield* pnpDevices(life, loaded.driver, first);
    else yield* legacyDevice(life, loaded.driver);
    yield* unload(life, loaded.driver);
  }
  image.unload();
}

function* legacyDevice(life: WdmLife, driver: Va): Blocking<void> {
  const { kernel } = life.machine;
  const names = devices(kernel)
    .of(driver)
    .map((device) => devices(kernel).nameOf(device))
    .filter((name) => name !== null);
  const step: Step = { phase: 'use', subject: null };
  yield* life.journal.phase(
    step,
    function* () {
      for (const path of names) {
        yield* useDevice({ kernel, journal: life.journal, ioctls: life.ioctls, step, path });
      }
    },
    () => null,
  );
}

function* unload(life: WdmLife, driver: Va): Blocking<void> {
  const step: Step = { phase: 'unload', subject: null };
  const { journal, machine } = life;
  const unloading = (): Blocking<boolean> => unloadDriver(machine.kernel, driver);
  yield* journal.phase(
    step,
    () => journal.call(step, 'DriverUnload', unloading, () => null),
    () => null,
  );
}

function* pnpDevices(life: WdmLife, driver: Va, first: AttachedDevice): Blocking<void> {
  let one = yield* begin(life, driver, first);
  if (one !== null && !(yield* rebalance(one))) one = null;
  let two = yield* begin(life, driver, life.plug(2, 1));
  if (two !== null && !(yield* moveWhileRunning(two))) two = null;
  if (one !== null) yield* lose(one);
  if (two !== null) yield* takeAway(two);
}

/** A started device in the hands of the scenario. */
interface Running {
  readonly life: WdmLife;
  readonly node: DeviceNode;
  readonly attached: AttachedDevice;
}

/** AddDevice, START, use and a power cycle. Nothing when the driver did not get that far. */
function* begin(life: WdmLife, driver: Va, attached: AttachedDevice): Blocking<Running | null> {
  const { machine, journal } = life;
  const { subject } = attached;
  const step: Step = { phase: 'add-device', subject };
  const added = yield* journal.phase(
    step,
    () =>
      journal.call(
        step,
        'AddDevice',
        () => addDevice(machine.kernel, driver, attached.function, { subject }),
        ({ status }) => status,
      ),
    ({ status }) => status,
  );
  if (!isSuccess(added.status)) return null;
  const running = { life, node: added.node, attached };
  if (!(yield* startAs(running, 'start', false))) return null;
  yield* usePhase(running, useDevice);
  yield* powerCycle(running);
  return running;
}

/** START; after a failure the device is removed, as Windows 2000 and later do. */
function* startAs(running: Running, phase: 'start' | 'restart', move: boolean): Blocking<boolean> {
  const { life, node } = running;
  const { status } = yield* pnpStep(running, phase, 'IRP_MN_START_DEVICE', () =>
    startDevice(life.machine.kernel, node, { move }),
  );
  if (isSuccess(status)) return true;
  yield* remove(running);
  return false;
}

function* pnpStep(
  { life, node }: Running,
  phase: string,
  callback: string,
  body: () => Blocking<PnpAnswer>,
): Blocking<PnpAnswer> {
  const step: Step = { phase, subject: node.subject };
  return yield* life.journal.phase(
    step,
    () => life.journal.call(step, callback, body, answered),
    answered,
  );
}

const useOf = (running: Running, phase: string): Use => {
  const { life, node } = running;
  const { kernel } = life.machine;
  return {
    kernel,
    journal: life.journal,
    ioctls: life.ioctls,
    step: { phase, subject: node.subject },
    path: devices(kernel).nameOf(node.pdo) ?? '',
  };
};

function* usePhase<T>(running: Running, body: (use: Use) => Blocking<T>): Blocking<T> {
  const use = useOf(running, 'use');
  return yield* running.life.journal.phase(
    use.step,
    () => body(use),
    () => null,
  );
}

function* powerCycle({ life, node }: Running): Blocking<void> {
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

/** QUERY_STOP, STOP, a request to the stopped device, START elsewhere, use again. */
function* rebalance(running: Running): Blocking<boolean> {
  const { life, node } = running;
  const { kernel } = life.machine;
  const file = yield* usePhase(running, open);
  const asked = yield* pnpStep(running, 'query-stop', 'IRP_MN_QUERY_STOP_DEVICE', () =>
    queryStop(kernel, node),
  );
  if (!isSuccess(asked.status)) {
    yield* pnpStep(running, 'query-stop', 'IRP_MN_CANCEL_STOP_DEVICE', () =>
      cancelStop(kernel, node),
    );
    if (file !== null) yield* close(useOf(running, 'use'), file);
    return true;
  }
  yield* pnpStep(running, 'stop', 'IRP_MN_STOP_DEVICE', () => stopDevice(kernel, node));
  const answer = file === null ? null : requestInBackground(running, 'stop', file);
  yield* giveWay();
  const isStarted = yield* startAs(running, 'restart', true);
  if (answer !== null) yield* answer();
  yield* usePhase(running, function* (use) {
    if (file === null) return;
    if (isStarted) yield* requests(use, file);
    yield* close(use, file);
  });
  return isStarted;
}

/** A read on a thread of its own: the driver may hold it until the device runs again. The result waits for it. */
function requestInBackground(
  running: Running,
  phase: string,
  file: UserFile,
): () => Blocking<void> {
  const { kernel } = running.life.machine;
  let done = false;
  kernel.scheduler.spawn('application', function* () {
    yield* read(useOf(running, phase), file);
    done = true;
  });
  return function* () {
    while (!done) yield* wait([], -POLL_TICKS);
  };
}

/** START again without STOP, as after IoInvalidateDeviceState with changed resource requirements. */
function* moveWhileRunning(running: Running): Blocking<boolean> {
  const isStarted = yield* startAs(running, 'restart', true);
  if (isStarted) yield* usePhase(running, useDevice);
  return isStarted;
}

/** The device is pulled out while an application has it open. */
function* lose(running: Running): Blocking<void> {
  const { life, node, attached } = running;
  const { kernel } = life.machine;
  const file = yield* usePhase(running, open);
  attached.unplug();
  yield* pnpStep(running, 'surprise-removal', 'IRP_MN_SURPRISE_REMOVAL', () =>
    surpriseRemoval(kernel, node),
  );
  if (file !== null) {
    const use = useOf(running, 'surprise-removal');
    yield* read(use, file);
    yield* close(use, file);
  }
  yield* remove(running);
}

/** QUERY_REMOVE and REMOVE, with no application left. */
function* takeAway(running: Running): Blocking<void> {
  const { life, node } = running;
  const { kernel } = life.machine;
  const asked = yield* pnpStep(running, 'query-remove', 'IRP_MN_QUERY_REMOVE_DEVICE', () =>
    queryRemove(kernel, node),
  );
  if (isSuccess(asked.status)) yield* remove(running);
  else {
    yield* pnpStep(running, 'query-remove', 'IRP_MN_CANCEL_REMOVE_DEVICE', () =>
      cancelRemove(kernel, node),
    );
    yield* lose(running);
  }
}

function* remove(running: Running): Blocking<void> {
  const { life, node } = running;
  yield* pnpStep(running, 'remove', 'IRP_MN_REMOVE_DEVICE', () =>
    removeDevice(life.machine.kernel, node),
  );
}
