/**
 * The life of an NDIS 5 miniport, which knows neither pausing nor reasons for a halt: initialized, used,
 * asleep, reset, moved, disabled and enabled, pulled out; a second adapter behind a bridge that
 * translates; unload; and, the driver loaded once more, shutdown.
 */
import type { Blocking } from '../kernel/effects.ts';
import type { Va } from '../units/address.ts';
import { isSuccess } from '../units/status.ts';
import type { NdisRun } from './ndis-life-cycle.ts';
import {
  type Card,
  haltFor,
  initializeAgain,
  load,
  plugIn,
  powerCycle,
  pullOut,
  remove,
  shutdown,
  startElsewhere,
  stop,
  unload,
  watchCalls,
} from './ndis-steps.ts';
import { resetAdapter, useAdapter } from './ndis-use.ts';
import type { Plugged } from './plugged.ts';

export function* ndis5LifeCycle(run: NdisRun): Blocking<void> {
  watchCalls(run);
  const { driver, status, isPnp } = yield* load(run, run.image);
  const serves = isSuccess(status) && isPnp;
  if (serves) {
    yield* wholeLife(run, driver, run.plug(1, 0));
    yield* behindBridge(run, driver, run.plug(2, 1));
  }
  if (isSuccess(status)) yield* unload(run, driver);
  run.image.unload();
  if (serves) yield* untilShutdown(run);
}

function* wholeLife(run: NdisRun, driver: Va, plugged: Plugged): Blocking<void> {
  const { card } = yield* plugIn(run, driver, plugged);
  if (card === null) return;
  yield* useAdapter(card);
  yield* powerCycle(card);
  yield* resetAdapter(card);
  if (!(yield* rebalance(card))) return;
  if (!(yield* haltUnused(card))) return;
  yield* remove(card);
  const { card: again } = yield* plugIn(run, driver, plugged);
  if (again !== null) yield* pullOut(again);
}

/** STOP and START at other addresses, where the device has any. */
function* rebalance(card: Card): Blocking<boolean> {
  if (card.node.fn === undefined) return true;
  yield* stop(card);
  if (!isSuccess(yield* startElsewhere(card))) return false;
  yield* useAdapter(card);
  return true;
}

/** NDIS may halt an adapter as soon as it has initialized. */
function* haltUnused(card: Card): Blocking<boolean> {
  yield* haltFor(card, 'NdisHaltDeviceInitializationFailed');
  return isSuccess(yield* initializeAgain(card));
}

function* behindBridge(run: NdisRun, driver: Va, plugged: Plugged): Blocking<void> {
  const { card } = yield* plugIn(run, driver, plugged);
  if (card === null) return;
  yield* useAdapter(card);
  yield* remove(card);
}

/** Shutdown ends everything: no halt and no unload come after it. */
function* untilShutdown(run: NdisRun): Blocking<void> {
  const image = run.loadAgain();
  const { driver, status, isPnp } = yield* load(run, image);
  if (!isSuccess(status) || !isPnp) return;
  const { card: off } = yield* plugIn(run, driver, run.plug(3, 0));
  if (off !== null) yield* shutdown(off, 'NdisShutdownPowerOff');
  const { card: crashed } = yield* plugIn(run, driver, run.plug(4, 0));
  if (crashed !== null) yield* shutdown(crashed, 'NdisShutdownBugCheck');
}
