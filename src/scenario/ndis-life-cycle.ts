/**
 * The life of a miniport: load, an adapter initialized, restarted, used, paused, asleep, reset, halted for
 * every reason there is, disabled; a second one behind a bridge that translates; the first enabled and
 * pulled out, which a driver may not survive; unload; and, the driver loaded once more, shutdown. Orders are those of "Miniport Adapter States and Operations".
 */
import type { HaltAction } from '../frameworks/ndis/constants.ts';
import { hearsOfBugChecks } from '../frameworks/ndis/life-cycle.ts';
import type { Blocking } from '../kernel/effects.ts';
import type { DriverImage } from '../machine/driver-image.ts';
import type { Va } from '../units/address.ts';
import { isSuccess } from '../units/status.ts';
import { isNdis5 } from './framework.ts';
import {
  adapterOf,
  type Card,
  haltFor,
  initializeAgain,
  load,
  type NdisLife,
  pause,
  plugIn,
  powerCycle,
  pullOut,
  remove,
  restart,
  shutdown,
  startElsewhere,
  stop,
  unload,
  watchCalls,
} from './ndis-steps.ts';
import { suspendWhenIdle } from './ndis-suspend.ts';
import { resetAdapter, useAdapter } from './ndis-use.ts';
import { ndis5LifeCycle } from './ndis5-life-cycle.ts';
import type { Plugged } from './plugged.ts';

export interface NdisRun extends NdisLife {
  readonly image: DriverImage;
  /** The image again, for the driver's second life. */
  loadAgain(): DriverImage;
  /** Makes device number `n` (from 1), on the plain bus or behind the translating bridge. */
  plug(n: number, bridge: number): Plugged;
}

/** Halts that no request of Plug and Play brings about. */
const OTHER_HALTS: readonly HaltAction[] = [
  'NdisHaltDevicePoweredDown',
  'NdisHaltDeviceFailed',
  'NdisHaltDeviceInstanceDeInitialized',
];

/** That of the generation which the driver registers with, as its imports tell. */
export function* ndisLifeCycle(run: NdisRun): Blocking<void> {
  if (isNdis5(run.image.imports)) yield* ndis5LifeCycle(run);
  else yield* ndis6LifeCycle(run);
}

function* ndis6LifeCycle(run: NdisRun): Blocking<void> {
  watchCalls(run);
  const first = yield* load(run, run.image);
  if (isSuccess(first.status)) {
    if (first.isPnp) {
      const one = run.plug(1, 0);
      const isLeft = yield* wholeLife(run, first.driver, one);
      yield* behindBridge(run, first.driver, run.plug(2, 1));
      if (isLeft) yield* enableAndPullOut(run, first.driver, one);
    }
    yield* unload(run, first.driver);
  }
  run.image.unload();
  if (isSuccess(first.status) && first.isPnp) yield* untilShutdown(run);
}

/** Whether the adapter went through all of it and was disabled. */
function* wholeLife(run: NdisRun, driver: Va, plugged: Plugged): Blocking<boolean> {
  const { card } = yield* plugIn(run, driver, plugged);
  if (card === null) return false;
  if (!isSuccess(yield* restart(card))) {
    yield* remove(card);
    return false;
  }
  yield* useAdapter(card);
  yield* suspendWhenIdle(card);
  yield* pause(card);
  yield* restart(card);
  yield* powerCycle(card);
  yield* resetAdapter(card);
  if (!(yield* rebalance(card))) return false;
  for (const action of OTHER_HALTS) if (!(yield* haltAndReturn(card, action))) return false;
  if (!(yield* haltUnused(card))) return false;
  yield* remove(card);
  return true;
}

/** STOP, START at other addresses, used again there; only a device with addresses. */
function* rebalance(card: Card): Blocking<boolean> {
  if (card.node.fn === undefined) return true;
  yield* pause(card);
  yield* stop(card);
  if (!isSuccess(yield* startElsewhere(card))) return false;
  yield* restart(card);
  yield* useAdapter(card);
  return true;
}

function* haltAndReturn(card: Card, action: HaltAction): Blocking<boolean> {
  yield* pause(card);
  yield* haltFor(card, action);
  if (!isSuccess(yield* initializeAgain(card))) return false;
  yield* restart(card);
  return true;
}

/** NDIS may halt an adapter that initialized before it ever ran. */
function* haltUnused(card: Card): Blocking<boolean> {
  yield* pause(card);
  yield* haltFor(card, 'NdisHaltDeviceInitializationFailed');
  return isSuccess(yield* initializeAgain(card));
}

function* enableAndPullOut(run: NdisRun, driver: Va, plugged: Plugged): Blocking<void> {
  const { card } = yield* plugIn(run, driver, plugged);
  if (card === null) return;
  yield* restart(card);
  yield* pullOut(card);
}

function* behindBridge(run: NdisRun, driver: Va, plugged: Plugged): Blocking<void> {
  const { card } = yield* plugIn(run, driver, plugged);
  if (card === null) return;
  if (isSuccess(yield* restart(card))) yield* useAdapter(card);
  yield* pause(card);
  yield* remove(card);
}

/** Shutdown ends everything: no halt and no unload come after it. */
function* untilShutdown(run: NdisRun): Blocking<void> {
  const image = run.loadAgain();
  const { driver, status, isPnp } = yield* load(run, image);
  if (!isSuccess(status) || !isPnp) return;
  const { card: off } = yield* plugIn(run, driver, run.plug(3, 0));
  if (off === null) return;
  yield* restart(off);
  yield* shutdown(off, 'NdisShutdownPowerOff');
  const adapter = adapterOf(off);
  if (adapter === undefined || !hearsOfBugChecks(adapter)) return;
  const { card: crashed } = yield* plugIn(run, driver, run.plug(4, 0));
  if (crashed === null) return;
  yield* restart(crashed);
  yield* shutdown(crashed, 'NdisShutdownBugCheck');
}
