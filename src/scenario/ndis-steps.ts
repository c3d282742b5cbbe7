/** The steps of a miniport's life, each announced as its phase; every call of the miniport goes into the journal. */
import { type Adapter, adapters } from '../frameworks/ndis/adapter.ts';
import { callWatch, type MiniportCall } from '../frameworks/ndis/call.ts';
import type { HaltAction, ShutdownAction } from '../frameworks/ndis/constants.ts';
import { models } from '../frameworks/ndis/models.ts';
import type { Blocking } from '../kernel/effects.ts';
import { type LoadedDriver, loadDriver, unloadDriver } from '../kernel/io/pnp/load.ts';
import { type DeviceNode, isThere } from '../kernel/io/pnp/nodes.ts';
import { addDevice, startDevice } from '../kernel/io/pnp/pnp-manager.ts';
import {
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
import { isSuccess, type NtStatus, ntStatus, STATUS } from '../units/status.ts';
import type { DeviceSetup } from './installed.ts';
import type { Journal } from './journal.ts';
import { setFilters } from './ndis-oids.ts';
import type { IoctlRequest } from './options.ts';
import type { Plugged } from './plugged.ts';

export interface NdisLife {
  readonly machine: Machine;
  readonly driverName: string;
  readonly journal: Journal;
  /** How its devices are installed. */
  readonly setup: DeviceSetup;
  readonly ioctls: readonly IoctlRequest[];
}

/** An adapter in the hands of the scenario. */
export interface Card {
  readonly life: NdisLife;
  readonly plugged: Plugged;
  node: DeviceNode;
}

/** Routines whose RAX is a status. */
const STATUS_ROUTINES =
  /^Miniport(SetOptions|Initialize(Ex)?|Pause|Restart|Reset(Ex)?|OidRequest|AddDevice|StartDevice|IdleNotification|QueryInformation|SetInformation|Send)$/;

/** Notes every call that NDIS makes of the miniport under the phase that runs. */
export function watchCalls({ machine, journal }: NdisLife): void {
  callWatch(machine.kernel).watch = {
    around: (call, body) =>
      journal.call(
        { phase: machine.phase, subject: call.subject },
        labelOf(call),
        body,
        (result) => (STATUS_ROUTINES.test(call.routine) ? ntStatus(result) : null),
      ),
  };
}

const labelOf = ({ routine, detail }: MiniportCall): string =>
  detail === undefined ? routine : `${routine} ${detail}`;

export function* phase<T>(
  { machine, journal }: NdisLife,
  name: string,
  subject: string | null,
  body: () => Blocking<T>,
  statusOf: (result: T) => NtStatus | null = () => null,
): Blocking<T> {
  const outer = machine.phase;
  const result = yield* journal.phase({ phase: name, subject }, body, statusOf);
  machine.phase = outer;
  return result;
}

export function* load(life: NdisLife, image: DriverImage): Blocking<LoadedDriver> {
  const { machine, journal, driverName } = life;
  const step = { phase: 'load', subject: null };
  const facts = {
    name: driverName,
    entryPoint: image.entryPoint,
    base: image.module.base,
    bytes: Number(image.module.end - image.module.base),
  };
  const loading = (): Blocking<LoadedDriver> => loadDriver(machine.kernel, facts);
  const statusOf = ({ status }: LoadedDriver): NtStatus => status;
  return yield* journal.phase(
    step,
    () => journal.call(step, 'DriverEntry', loading, statusOf),
    statusOf,
  );
}

export function* unload(life: NdisLife, driver: Va): Blocking<void> {
  yield* phase(life, 'unload', null, () => unloadDriver(life.machine.kernel, driver));
}

export const adapterOf = ({ life, node }: Card): Adapter | undefined =>
  adapters(life.machine.kernel).byNode(node);

const subjectOf = ({ node }: Card): string => node.subject;

/** An adapter, or none with the reason. */
export interface PluggedIn {
  readonly card: Card | null;
  readonly status: NtStatus;
}

/** AddDevice and START. A device whose miniport did not initialize is removed. */
export function* plugIn(life: NdisLife, driver: Va, plugged: Plugged): Blocking<PluggedIn> {
  const { kernel } = life.machine;
  const { subject } = plugged;
  const bringUp = function* (): Blocking<PluggedIn> {
    const { node, status } = yield* addDevice(kernel, driver, plugged.device, {
      subject,
      ...life.setup,
    });
    if (!isSuccess(status)) return { card: null, status };
    const card = { life, plugged, node };
    const { status: started } = yield* startDevice(kernel, node);
    return { card, status: started };
  };
  const statusOf = ({ status }: PluggedIn): NtStatus => status;
  const { card, status } = yield* phase(life, 'initialize', subject, bringUp, statusOf);
  if (card !== null && !isSuccess(status)) yield* remove(card);
  return { card: isSuccess(status) ? card : null, status };
}

/** START again after STOP, at other addresses. A device whose miniport refuses is removed. */
export function* startElsewhere(card: Card): Blocking<NtStatus> {
  const { kernel } = card.life.machine;
  const starting = () => startDevice(kernel, card.node, { move: true });
  const { status } = yield* phase(
    card.life,
    'initialize',
    subjectOf(card),
    starting,
    (answer) => answer.status,
  );
  if (!isSuccess(status)) yield* remove(card);
  return status;
}

/**
 * What NDIS does by itself, without Plug and Play: the adapter's resources stay as they are. A device
 * whose miniport refuses is removed.
 */
export function* initializeAgain(card: Card): Blocking<NtStatus> {
  const status = yield* withAdapter(card, 'initialize', (adapter, kernel) =>
    models(adapter).initialize(kernel, adapter),
  );
  if (status === null || !isSuccess(status)) yield* remove(card);
  return status ?? STATUS.NO_SUCH_DEVICE;
}

type Kernel = Machine['kernel'];

/** A phase of an adapter's; null when there is no adapter any more. */
export function* withAdapter<T>(
  card: Card,
  name: string,
  body: (adapter: Adapter, kernel: Kernel) => Blocking<T>,
  statusOf?: (result: T) => NtStatus | null,
): Blocking<T | null> {
  const adapter = adapterOf(card);
  if (adapter === undefined) return null;
  const { kernel } = card.life.machine;
  return yield* phase(card.life, name, subjectOf(card), () => body(adapter, kernel), statusOf);
}

/** What the miniport answers: it may refuse. */
export function* restart(card: Card): Blocking<NtStatus> {
  const status = yield* withAdapter(card, 'restart', (adapter, kernel) =>
    models(adapter).restart(kernel, adapter),
  );
  return status ?? STATUS.NO_SUCH_DEVICE;
}

export function* pause(card: Card): Blocking<NtStatus> {
  const status = yield* withAdapter(card, 'pause', (adapter, kernel) =>
    models(adapter).pause(kernel, adapter),
  );
  return status ?? STATUS.NO_SUCH_DEVICE;
}

/**
 * CheckForHang, Reset, and what a protocol does when addresses and filters went with it; then, still in
 * the phase, what the caller does besides.
 */
export function* reset(
  card: Card,
  then: (adapter: Adapter, kernel: Kernel) => Blocking<unknown> = nothing,
): Blocking<NtStatus> {
  const resetting = function* (adapter: Adapter, kernel: Kernel): Blocking<NtStatus> {
    const model = models(adapter);
    yield* model.checkForHang(kernel, adapter);
    const { status, addressingReset } = yield* model.reset(kernel, adapter);
    if (isSuccess(status) && addressingReset) yield* setFilters(kernel, adapter);
    yield* then(adapter, kernel);
    return status;
  };
  const status = yield* withAdapter(card, 'reset', resetting, (answered) => answered);
  return status ?? STATUS.NO_SUCH_DEVICE;
}

function* nothing(): Blocking<void> {}

/** NDIS halts a paused adapter for a reason that is no request of Plug and Play. */
export function* haltFor(card: Card, action: HaltAction): Blocking<void> {
  yield* withAdapter(card, 'halt', (adapter, kernel) =>
    models(adapter).halt(kernel, adapter, action),
  );
}

/** QUERY_STOP and STOP: NdisHaltDeviceStopped. */
export function* stop(card: Card): Blocking<void> {
  const { kernel } = card.life.machine;
  yield* phase(card.life, 'halt', subjectOf(card), function* () {
    yield* queryStop(kernel, card.node);
    yield* stopDevice(kernel, card.node);
  });
}

/** QUERY_REMOVE and REMOVE: NdisHaltDeviceDisabled, unless the adapter is halted already. */
export function* remove(card: Card): Blocking<void> {
  const { kernel } = card.life.machine;
  yield* phase(card.life, 'halt', subjectOf(card), function* () {
    if (isThere(card.node)) yield* queryRemove(kernel, card.node);
    yield* removeDevice(kernel, card.node);
  });
}

export function* pullOut(card: Card): Blocking<void> {
  const { kernel } = card.life.machine;
  yield* phase(card.life, 'surprise-removal', subjectOf(card), function* () {
    card.plugged.unplug();
    yield* surpriseRemoval(kernel, card.node);
    yield* removeDevice(kernel, card.node);
  });
}

export type PowerState = 'D3' | 'D0';

/** The system falls asleep or wakes, and the adapter with it. */
export function* power(card: Card, states: readonly PowerState[]): Blocking<void> {
  const { kernel } = card.life.machine;
  yield* phase(card.life, 'power', subjectOf(card), function* () {
    for (const state of states) yield* setPower(kernel, card.node, state);
  });
}

export const powerCycle = (card: Card): Blocking<void> => power(card, ['D3', 'D0']);

export function* shutdown(card: Card, action: ShutdownAction): Blocking<void> {
  yield* withAdapter(card, 'shutdown', (adapter, kernel) =>
    models(adapter).shutdown(kernel, adapter, action),
  );
}
