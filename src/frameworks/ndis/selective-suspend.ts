/** NDIS selective suspend: an idle adapter is put to sleep on its own and woken when it is needed ("NDIS Selective Suspend"). */
import type { Blocking } from '../../kernel/effects.ts';
import { queueWork } from '../../kernel/ex/work-item.ts';
import { type Kernel, part } from '../../kernel/kernel.ts';
import type { Service } from '../../kernel/service.ts';
import { ptr, struct, u32 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { isSuccess, type NtStatus, ntStatus } from '../../units/status.ts';
import { type Adapter, adapters } from './adapter.ts';
import { callMiniport } from './call.ts';
import { POWER_STATE } from './constants.ts';
import { type Entries, entryOf, type MiniportDriver } from './miniport-driver.ts';
import { tellMisuse } from './misuse.ts';
import { models } from './models.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';
import { HEADER, OBJECT } from './object-header.ts';
import { OID } from './oids.ts';
import { until } from './patience.ts';
import { setDevicePower, stateBytes } from './power.ts';

const SS_CHARACTERISTICS = struct({
  name: 'NDIS_MINIPORT_SS_CHARACTERISTICS',
  size: { x64: 24, x86: 16 },
  fields: {
    Header: HEADER,
    Flags: u32,
    IdleNotificationHandler: ptr(),
    CancelIdleNotificationHandler: ptr(),
  },
});

/** Handlers of the drivers that have set them, by driver handle. */
const handlers = part(() => new Map<Va, Entries>());

/** NDIS_MINIPORT_SS_CHARACTERISTICS given to NdisSetOptionalHandlers. */
export function setIdleHandlers(kernel: Kernel, { handle }: MiniportDriver, at: Va): NtStatus {
  const view = SS_CHARACTERISTICS.at(kernel.mmu, at);
  if (view.Header.Size < SS_CHARACTERISTICS.bytes) return NDIS_STATUS.INVALID_PARAMETER;
  const { IdleNotificationHandler, CancelIdleNotificationHandler } = view;
  if (IdleNotificationHandler === NULL || CancelIdleNotificationHandler === NULL) {
    return NDIS_STATUS.INVALID_PARAMETER;
  }
  handlers(kernel).set(handle, {
    MiniportIdleNotification: IdleNotificationHandler,
    MiniportCancelIdleNotification: CancelIdleNotificationHandler,
  });
  return NDIS_STATUS.SUCCESS;
}

/** The miniport has the handlers, and says that this adapter can be suspended. */
export const canSuspend = (kernel: Kernel, { driver, general }: Adapter): boolean =>
  general?.selectiveSuspend === true && handlers(kernel).has(driver.handle);

/** `notified` until the miniport confirms, `asleep` until it completes, then `waking` until the adapter is in D0. */
type Stage = 'notified' | 'asleep' | 'waking' | 'awake';

interface Idle {
  stage: Stage;
}

/** The last notification of each adapter. */
const notifications = part(() => new Map<Adapter, Idle>());

const TAKES_NO_VETO = 0n;

function* callIdle(
  kernel: Kernel,
  adapter: Adapter,
  routine: string,
  args: readonly bigint[],
): Blocking<NtStatus> {
  const { subject, driver } = adapter;
  const entry = entryOf(handlers(kernel).get(driver.handle) ?? {}, routine);
  return ntStatus(yield* callMiniport(kernel, { routine, subject, entry, args }));
}

/** True when the adapter sleeps; false when the miniport answered that it is not idle or cannot. */
export function* suspend(kernel: Kernel, adapter: Adapter): Blocking<boolean> {
  const routine = 'MiniportIdleNotification';
  const idle: Idle = { stage: 'notified' };
  notifications(kernel).set(adapter, idle);
  const status = yield* callIdle(kernel, adapter, routine, [adapter.context, TAKES_NO_VETO]);
  if (status !== NDIS_STATUS.PENDING) {
    notifications(kernel).delete(adapter);
    if (isSuccess(status)) tellMisuse(kernel, routine, 'not-pending', 'success is no answer');
    return false;
  }
  const never = `${routine} of ${adapter.subject} answered pending and was never confirmed`;
  yield* until(() => idle.stage !== 'notified', never);
  return true;
}

/** Somebody needs the adapter: the notification is cancelled, the miniport completes it, the device wakes. */
export function* resume(kernel: Kernel, adapter: Adapter): Blocking<void> {
  const idle = notifications(kernel).get(adapter);
  if (idle === undefined) return;
  const routine = 'MiniportCancelIdleNotification';
  if (idle.stage === 'asleep') yield* callIdle(kernel, adapter, routine, [adapter.context]);
  const never = `${routine} of ${adapter.subject} came back and the notification was never completed`;
  yield* until(() => idle.stage === 'awake', never);
  notifications(kernel).delete(adapter);
}

/** NDIS_PM_PARAMETERS, revision 2: wake for anything that the filters let through. */
const PM_PARAMETERS_BYTES = 20;
const WAKE_UP_FLAGS = 12;
const SELECTIVE_SUSPEND_ENABLED = 0x10;

function pmParameters(): Uint8Array {
  const bytes = new Uint8Array(PM_PARAMETERS_BYTES);
  bytes.set([OBJECT.DEFAULT, 2, PM_PARAMETERS_BYTES, 0]);
  bytes[WAKE_UP_FLAGS] = SELECTIVE_SUSPEND_ENABLED;
  return bytes;
}

const CONFIRM = 'NdisMIdleNotificationConfirm';

/** Comes back when the device is in the state. */
const NdisMIdleNotificationConfirm = ndisService({
  name: CONFIRM,
  params: { MiniportAdapterHandle: ndisHandle, IdlePowerState: u32 },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  *run(kernel, { MiniportAdapterHandle, IdlePowerState }) {
    const adapter = adapters(kernel).get(MiniportAdapterHandle);
    const idle = adapter === undefined ? undefined : notifications(kernel).get(adapter);
    if (adapter === undefined || idle?.stage !== 'notified') {
      const problem = adapter === undefined ? 'wrong-handle' : 'nothing-pending';
      tellMisuse(kernel, CONFIRM, problem);
      return undefined;
    }
    if (IdlePowerState <= POWER_STATE.D0 || IdlePowerState > POWER_STATE.D3) {
      tellMisuse(kernel, CONFIRM, 'wrong-power-state', String(IdlePowerState));
    }
    yield* fallAsleep(kernel, adapter, Math.min(IdlePowerState, POWER_STATE.D3));
    idle.stage = 'asleep';
    return undefined;
  },
});

function* fallAsleep(kernel: Kernel, adapter: Adapter, state: number): Blocking<void> {
  const model = models(adapter);
  const parameters = yield* model.set(kernel, adapter, OID.PM_PARAMETERS, pmParameters());
  if (!isSuccess(parameters.status)) tellMisuse(kernel, 'OID_PM_PARAMETERS', 'refused');
  const power = yield* model.set(kernel, adapter, OID.PNP_SET_POWER, stateBytes(state));
  if (!isSuccess(power.status)) tellMisuse(kernel, 'OID_PNP_SET_POWER', 'refused');
  yield* setDevicePower(kernel, adapter, state);
}

const COMPLETE = 'NdisMIdleNotificationComplete';

/** NDIS wakes the device afterwards, on a thread of its own. */
const NdisMIdleNotificationComplete = ndisService({
  name: COMPLETE,
  params: { MiniportAdapterHandle: ndisHandle },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { MiniportAdapterHandle }) {
    const adapter = adapters(kernel).get(MiniportAdapterHandle);
    const idle = adapter === undefined ? undefined : notifications(kernel).get(adapter);
    if (adapter === undefined || idle?.stage !== 'asleep') {
      const problem = adapter === undefined ? 'wrong-handle' : 'nothing-pending';
      tellMisuse(kernel, COMPLETE, problem);
      return;
    }
    idle.stage = 'waking';
    queueWork(kernel, () => wakeUp(kernel, adapter, idle));
  },
});

function* wakeUp(kernel: Kernel, adapter: Adapter, idle: Idle): Blocking<void> {
  yield* setDevicePower(kernel, adapter, POWER_STATE.D0);
  yield* models(adapter).set(kernel, adapter, OID.PNP_SET_POWER, stateBytes(POWER_STATE.D0));
  idle.stage = 'awake';
}

export const selectiveSuspendServices: readonly Service[] = [
  NdisMIdleNotificationConfirm,
  NdisMIdleNotificationComplete,
];
