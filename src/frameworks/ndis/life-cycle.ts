/** Takes an NDIS 6 miniport's adapter through its states ("Miniport Adapter States and Operations"). */
import type { Blocking } from '../../kernel/effects.ts';
import { allocateForKernel, pool } from '../../kernel/ex/pool.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { HIGH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { isSuccess, type NtStatus, ntStatus } from '../../units/status.ts';
import type { Adapter, AdapterState, Outstanding } from './adapter.ts';
import { generalAttributesView } from './attributes.ts';
import { callMiniport } from './call.ts';
import {
  DEVICE_PNP_EVENT,
  type DevicePnpEvent,
  HALT_ACTION,
  type HaltAction,
  PAUSE_REASON,
  SHUTDOWN_ACTION,
  type ShutdownAction,
} from './constants.ts';
import { makeInitParameters } from './init-parameters.ts';
import {
  ATTRIBUTE,
  PAUSE_PARAMETERS,
  PNP_EVENT,
  RESTART_ATTRIBUTES,
  RESTART_GENERAL_ATTRIBUTES,
  RESTART_PARAMETERS,
} from './layout.ts';
import { entryOf, isAtLeast } from './miniport-driver.ts';
import { OBJECT, setHeader } from './object-header.ts';
import { until } from './patience.ts';
import { tellPollsLeft } from './poll.ts';

export function setState(kernel: Kernel, adapter: Adapter, state: AdapterState): void {
  adapter.state = state;
  kernel.emit({ kind: 'adapter-state', subject: adapter.subject, state });
}

export function* call(
  kernel: Kernel,
  adapter: Adapter,
  routine: string,
  args: readonly bigint[],
  irql?: number,
): Blocking<bigint> {
  const entry = entryOf(adapter.driver.entries, routine);
  const { subject } = adapter;
  const raised = irql === undefined ? {} : { irql };
  return yield* callMiniport(kernel, { routine, subject, entry, args, ...raised });
}

export const outstanding = (): Outstanding => ({
  done: false,
  status: NDIS_STATUS.PENDING,
  flag: false,
});

/** The answer of something that may pend: at once, or when the miniport completes it. */
export function* settle(
  adapter: Adapter,
  waiting: Outstanding,
  returned: NtStatus,
  what: string,
): Blocking<NtStatus> {
  if (returned !== NDIS_STATUS.PENDING) return returned;
  const never = `${what} of ${adapter.subject} answered pending and was never completed`;
  yield* until(() => waiting.done, never);
  return waiting.status;
}

/** MiniportInitializeEx. After a failure the miniport has to have released everything itself. */
export function* initialize(kernel: Kernel, adapter: Adapter): Blocking<NtStatus> {
  adapter.registration = null;
  adapter.general = null;
  adapter.offloads = null;
  adapter.failed = false;
  setState(kernel, adapter, 'initializing');
  const parameters = makeInitParameters(kernel, adapter);
  const args = [adapter.handle, adapter.driver.context, parameters.at];
  const status = ntStatus(yield* call(kernel, adapter, 'MiniportInitializeEx', args));
  parameters.free();
  setState(kernel, adapter, status === NDIS_STATUS.SUCCESS ? 'paused' : 'halted');
  return orFailure(status);
}

/** NDIS takes anything but success for a failure, also codes that Windows counts as successful. */
const orFailure = (status: NtStatus): NtStatus =>
  status !== NDIS_STATUS.SUCCESS && isSuccess(status) ? NDIS_STATUS.FAILURE : status;

/** Why NDIS calls, for those who cannot read the argument. */
function tellReason(kernel: Kernel, adapter: Adapter, routine: string, reason: string): void {
  kernel.emit({ kind: 'miniport-reason', subject: adapter.subject, routine, reason });
}

/** MiniportHaltEx, from the paused state. */
export function* halt(kernel: Kernel, adapter: Adapter, action: HaltAction): Blocking<void> {
  tellReason(kernel, adapter, 'MiniportHaltEx', action);
  const args = [adapter.context, BigInt(HALT_ACTION[action])];
  yield* call(kernel, adapter, 'MiniportHaltEx', args);
  tellPollsLeft(kernel, adapter);
  setState(kernel, adapter, 'halted');
}

export function* pause(
  kernel: Kernel,
  adapter: Adapter,
  reason: number = PAUSE_REASON.NDIS,
): Blocking<NtStatus> {
  if (adapter.state !== 'running') return NDIS_STATUS.SUCCESS;
  setState(kernel, adapter, 'pausing');
  const at = allocateForKernel(kernel, PAUSE_PARAMETERS.bytes, 'NDpp');
  setHeader(kernel, at, OBJECT.DEFAULT, 1, PAUSE_PARAMETERS.bytes);
  PAUSE_PARAMETERS.at(kernel.mmu, at).PauseReason = reason;
  const waiting = outstanding();
  adapter.pausing = waiting;
  const returned = yield* call(kernel, adapter, 'MiniportPause', [adapter.context, at]);
  const status = yield* settle(adapter, waiting, ntStatus(returned), 'MiniportPause');
  adapter.pausing = null;
  pool(kernel).free(at);
  setState(kernel, adapter, 'paused');
  return status;
}

export function* restart(kernel: Kernel, adapter: Adapter): Blocking<NtStatus> {
  setState(kernel, adapter, 'restarting');
  const { at, free } = makeRestartParameters(kernel, adapter);
  const waiting = outstanding();
  adapter.restarting = waiting;
  const returned = yield* call(kernel, adapter, 'MiniportRestart', [adapter.context, at]);
  const status = yield* settle(adapter, waiting, ntStatus(returned), 'MiniportRestart');
  adapter.restarting = null;
  free();
  setState(kernel, adapter, status === NDIS_STATUS.SUCCESS ? 'running' : 'paused');
  return orFailure(status);
}

/** The general attributes as NDIS passes them up the stack when it restarts it. */
function makeRestartParameters(kernel: Kernel, adapter: Adapter) {
  const { mmu } = kernel;
  const at = allocateForKernel(kernel, RESTART_PARAMETERS.bytes, 'NDrp');
  setHeader(kernel, at, OBJECT.DEFAULT, 1, 20);
  const bytes = RESTART_ATTRIBUTES.bytes + RESTART_GENERAL_ATTRIBUTES.bytes;
  const attributes = allocateForKernel(kernel, bytes, 'NDra');
  const head = RESTART_ATTRIBUTES.at(mmu, attributes);
  head.Oid = OID_GEN_MINIPORT_RESTART_ATTRIBUTES;
  head.DataLength = RESTART_GENERAL_ATTRIBUTES.bytes;
  const data = vaAdd(attributes, RESTART_ATTRIBUTES.bytes);
  setHeader(kernel, data, OBJECT.RESTART_GENERAL_ATTRIBUTES, 2, RESTART_GENERAL_ATTRIBUTES.bytes);
  const general = generalAttributesView(kernel, adapter);
  if (general !== undefined) {
    const view = RESTART_GENERAL_ATTRIBUTES.at(mmu, data);
    view.MtuSize = general.view.MtuSize;
    view.MaxXmitLinkSpeed = general.view.MaxXmitLinkSpeed;
    view.MaxRcvLinkSpeed = general.view.MaxRcvLinkSpeed;
    view.LookaheadSize = general.view.LookaheadSize;
    view.MacOptions = general.view.MacOptions;
    view.SupportedPacketFilters = general.view.SupportedPacketFilters;
    view.MaxMulticastListSize = general.view.MaxMulticastListSize;
    view.AccessType = general.view.AccessType;
    view.ConnectionType = general.view.ConnectionType;
    view.SupportedStatistics = general.view.SupportedStatistics;
    general.free();
  }
  RESTART_PARAMETERS.at(mmu, at).RestartAttributes = attributes;
  return {
    at,
    free() {
      pool(kernel).free(attributes);
      pool(kernel).free(at);
    },
  };
}

const OID_GEN_MINIPORT_RESTART_ATTRIBUTES = 0x0001_021d;

export interface ResetAnswer {
  readonly status: NtStatus;
  /** The miniport wants its filters and addresses set again. */
  readonly addressingReset: boolean;
}

export function* reset(kernel: Kernel, adapter: Adapter): Blocking<ResetAnswer> {
  const at = allocateForKernel(kernel, 1, 'NDrs');
  const waiting = outstanding();
  adapter.resetting = waiting;
  const args = [adapter.context, at];
  const returned = yield* call(kernel, adapter, 'MiniportResetEx', args);
  const status = yield* settle(adapter, waiting, ntStatus(returned), 'MiniportResetEx');
  const addressingReset = waiting.done ? waiting.flag : kernel.mmu.u8(at) !== 0;
  adapter.resetting = null;
  pool(kernel).free(at);
  return { status, addressingReset };
}

/** TRUE when the miniport says that its hardware hangs. */
export function* checkForHang(kernel: Kernel, adapter: Adapter): Blocking<boolean> {
  const args = [adapter.context];
  return ((yield* call(kernel, adapter, 'MiniportCheckForHangEx', args)) & 0xffn) !== 0n;
}

export function* pnpEvent(
  kernel: Kernel,
  adapter: Adapter,
  event: DevicePnpEvent,
  information: Va = NULL,
  length = 0,
): Blocking<void> {
  const at = allocateForKernel(kernel, PNP_EVENT.bytes, 'NDpe');
  setHeader(kernel, at, OBJECT.DEFAULT, 1, 44);
  const view = PNP_EVENT.at(kernel.mmu, at);
  view.DevicePnPEvent = DEVICE_PNP_EVENT[event];
  view.InformationBuffer = information;
  view.InformationBufferLength = length;
  tellReason(kernel, adapter, 'MiniportDevicePnPEventNotify', event);
  yield* call(kernel, adapter, 'MiniportDevicePnPEventNotify', [adapter.context, at]);
  pool(kernel).free(at);
}

/** Since 6.30 a miniport is called in a bug check only when it asks to be. */
export const hearsOfBugChecks = (adapter: Adapter): boolean =>
  !isAtLeast(adapter.driver, 6, 30) || adapter.hasFlag(ATTRIBUTE.REGISTER_BUGCHECK_CALLBACK);

/** One that is initialized, or on its way into or out of that. */
export const isShutDownByCrash = (adapter: Adapter): boolean =>
  !['halted', 'initializing', 'shutdown'].includes(adapter.state) && hearsOfBugChecks(adapter);

/** Nothing follows for this adapter; a bug check calls at HIGH_LEVEL. */
export function* shutdown(
  kernel: Kernel,
  adapter: Adapter,
  action: ShutdownAction,
): Blocking<void> {
  const irql = action === 'NdisShutdownBugCheck' ? HIGH_LEVEL : PASSIVE_LEVEL;
  const args = [adapter.context, BigInt(SHUTDOWN_ACTION[action])];
  tellReason(kernel, adapter, 'MiniportShutdownEx', action);
  yield* call(kernel, adapter, 'MiniportShutdownEx', args, irql);
  setState(kernel, adapter, 'shutdown');
}
