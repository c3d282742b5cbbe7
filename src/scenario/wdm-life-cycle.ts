/**
 * The life of a WDM driver: load, devices added, started, used, stopped and started elsewhere, lost,
 * removed, unload. Orders are those of "State Transitions for PnP Devices".
 */
import { type Blocking, giveWay, wait } from '../kernel/effects.ts';
import { devices } from '../kernel/io/devices.ts';
import type { UserFile } from '../kernel/io/user/user-requests.ts';
import type { Va } from '../units/address.ts';
import { isSuccess } from '../units/status.ts';
import type { Plugged } from './plugged.ts';
import { close, open, read, requests, useDevice } from './use.ts';
import {
  add,
  askToRemove,
  askToStop,
  type Held,
  type Life,
  load,
  lose,
  powerCycle,
  remove,
  start,
  stop,
  takeBackRemove,
  takeBackStop,
  unload,
  use,
  useOf,
} from './wdm-steps.ts';

export interface WdmLife extends Life {
  /** Makes device number `n` (from 1), on the plain bus or behind the translating bridge. */
  plug(n: number, bridge: number): Plugged;
}

/** How often a waiting scenario looks: 1 ms. */
const POLL_TICKS = 10_000n;

export function* wdmLifeCycle(life: WdmLife): Blocking<void> {
  // A driver without Plug and Play looks for its device itself: it has to be there first.
  const first = life.plug(1, 0);
  const loaded = yield* load(life);
  if (isSuccess(loaded.status)) {
    if (loaded.isPnp) yield* pnpDevices(life, loaded.driver, first);
    else yield* legacyDevices(life, loaded.driver);
    yield* unload(life, loaded.driver);
  }
  life.image.unload();
}

function* legacyDevices(life: WdmLife, driver: Va): Blocking<void> {
  const { journal, ioctls, machine } = life;
  const { kernel } = machine;
  const step = { phase: 'use', subject: null };
  if (devices(kernel).of(driver).length === 0) journal.noteNothingMade();
  yield* journal.phase(
    step,
    function* () {
      for (const device of devices(kernel).of(driver)) {
        const path = devices(kernel).nameOf(device);
        if (path !== null) yield* useDevice({ kernel, journal, ioctls, step, path });
      }
    },
    () => null,
  );
}

function* pnpDevices(life: WdmLife, driver: Va, first: Plugged): Blocking<void> {
  let one = yield* begin(life, driver, first);
  if (hasResources(one) && !(yield* rebalance(one))) one = null;
  let two = yield* begin(life, driver, life.plug(2, 1));
  if (hasResources(two) && !(yield* moveWhileRunning(two))) two = null;
  if (one !== null) {
    yield* pullOut(one);
    // A driver for a single device takes the next when that one is gone.
    two ??= yield* begin(life, driver, life.plug(3, 0));
  }
  if (two !== null) yield* takeAway(two);
}

/** Only for resources is a device stopped or started anew. */
const hasResources = (held: Held | null): held is Held =>
  held !== null && held.node.fn !== undefined;

/** AddDevice, START, use and a power cycle. Nothing when the driver did not get that far. */
function* begin(life: WdmLife, driver: Va, plugged: Plugged): Blocking<Held | null> {
  const { held, status } = yield* add(life, driver, plugged);
  if (!isSuccess(status) || !(yield* startOrRemove(held, 'start'))) return null;
  yield* use(held, useDevice);
  yield* powerCycle(held);
  return held;
}

/** START; after a failure the device is removed, as Windows 2000 and later do. */
function* startOrRemove(held: Held, phase: 'start' | 'restart'): Blocking<boolean> {
  const { status } = yield* start(held, phase);
  if (isSuccess(status)) return true;
  yield* remove(held);
  return false;
}

/** QUERY_STOP while an application has the device open; a driver that refuses is asked again when nobody has. */
function* rebalance(held: Held): Blocking<boolean> {
  const file = yield* use(held, open);
  if (yield* mayStop(held)) return yield* move(held, file);
  if (file === null) return true;
  yield* close(useOf(held, 'use'), file);
  return (yield* mayStop(held)) ? yield* move(held, null) : true;
}

/** QUERY_STOP, taken back when the driver refuses. */
function* mayStop(held: Held): Blocking<boolean> {
  const asked = yield* askToStop(held);
  if (isSuccess(asked.status)) return true;
  yield* takeBackStop(held);
  return false;
}

/** STOP, a request to the stopped device, START elsewhere, use again. */
function* move(held: Held, file: UserFile | null): Blocking<boolean> {
  yield* stop(held);
  const answer = file === null ? null : requestInBackground(held, file);
  yield* giveWay();
  const isStarted = yield* startOrRemove(held, 'restart');
  if (answer !== null) yield* answer();
  yield* use(held, function* (application) {
    if (file === null) return isStarted ? yield* useDevice(application) : undefined;
    if (isStarted) yield* requests(application, file);
    yield* close(application, file);
  });
  return isStarted;
}

/** A read on a thread of its own: the driver may hold it until the device runs again. The result waits for it. */
function requestInBackground(held: Held, file: UserFile): () => Blocking<void> {
  let done = false;
  held.life.machine.kernel.scheduler.spawn('application', function* () {
    yield* read(useOf(held, 'stop'), file);
    done = true;
  });
  return function* () {
    while (!done) yield* wait([], -POLL_TICKS);
  };
}

/** START again without STOP, as after IoInvalidateDeviceState with changed resource requirements. */
function* moveWhileRunning(held: Held): Blocking<boolean> {
  const isStarted = yield* startOrRemove(held, 'restart');
  if (isStarted) yield* use(held, useDevice);
  return isStarted;
}

/** The device is pulled out while an application has it open. */
function* pullOut(held: Held): Blocking<void> {
  const file = yield* use(held, open);
  yield* lose(held);
  if (file !== null) {
    const application = useOf(held, 'surprise-removal');
    yield* read(application, file);
    yield* close(application, file);
  }
  yield* remove(held);
}

/** QUERY_REMOVE and REMOVE, with no application left. */
function* takeAway(held: Held): Blocking<void> {
  const asked = yield* askToRemove(held);
  if (isSuccess(asked.status)) yield* remove(held);
  else {
    yield* takeBackRemove(held);
    yield* pullOut(held);
  }
}
