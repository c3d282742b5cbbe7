/** Sleep and waking as a miniport sees them ("Power Management for Network Adapters"). */
import type { Blocking } from '../../kernel/effects.ts';
import { IRP_MJ, IRP_MN_POWER } from '../../kernel/io/function-codes.ts';
import { sendRequest } from '../../kernel/io/send-request.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { isSuccess, STATUS } from '../../units/status.ts';
import type { Adapter } from './adapter.ts';
import { PAUSE_REASON, POWER_STATE } from './constants.ts';
import { ATTRIBUTE } from './layout.ts';
import { models } from './models.ts';
import { OID } from './oids.ts';
import { enableWakeUp } from './wake-up.ts';

/** SYSTEM_POWER_STATE PowerSystemWorking. */
const WORKING = 1;
const DEVICE_POWER_STATE = 1n;
const POWER_ACTION_SLEEP = 2n;

/** The miniport stays initialized while its device sleeps. */
const staysUp = (adapter: Adapter): boolean =>
  adapter.hasFlag(ATTRIBUTE.NO_HALT_ON_SUSPEND) || adapter.general?.hasPowerManagement === true;

export function* setSystemPower(kernel: Kernel, adapter: Adapter, state: number): Blocking<void> {
  if (state === WORKING) yield* wake(kernel, adapter);
  else yield* sleep(kernel, adapter);
}

function* sleep(kernel: Kernel, adapter: Adapter): Blocking<void> {
  if (adapter.lowPower || adapter.state === 'shutdown') return;
  adapter.lowPower = true;
  if (adapter.state !== 'halted') {
    const model = models(adapter);
    if (!adapter.hasFlag(ATTRIBUTE.NO_PAUSE_ON_SUSPEND) || !staysUp(adapter)) {
      yield* model.pause(kernel, adapter, PAUSE_REASON.LOW_POWER);
    }
    if (staysUp(adapter)) {
      yield* enableWakeUp(kernel, adapter);
      yield* model.set(kernel, adapter, OID.PNP_SET_POWER, stateBytes(POWER_STATE.D3));
    } else yield* model.halt(kernel, adapter, 'NdisHaltDevicePoweredDown');
  }
  yield* setDevicePower(kernel, adapter, POWER_STATE.D3);
}

function* wake(kernel: Kernel, adapter: Adapter): Blocking<void> {
  if (!adapter.lowPower) return;
  yield* setDevicePower(kernel, adapter, POWER_STATE.D0);
  adapter.lowPower = false;
  const model = models(adapter);
  if (adapter.state === 'halted') {
    const status = yield* model.initialize(kernel, adapter);
    if (isSuccess(status)) yield* model.restart(kernel, adapter);
    return;
  }
  yield* model.set(kernel, adapter, OID.PNP_SET_POWER, stateBytes(POWER_STATE.D0));
  if (adapter.state === 'paused') yield* model.restart(kernel, adapter);
}

export const stateBytes = (state: number): Uint8Array => Uint8Array.of(state, 0, 0, 0);

/** IRP_MN_SET_POWER for the device, as its power policy owner. */
export function* setDevicePower(kernel: Kernel, { node }: Adapter, state: number): Blocking<void> {
  yield* sendRequest(kernel, {
    device: node.pdo,
    major: IRP_MJ.POWER,
    minor: IRP_MN_POWER.SET_POWER,
    origin: 'system',
    status: STATUS.NOT_SUPPORTED,
    arguments: [0n, DEVICE_POWER_STATE, BigInt(state), POWER_ACTION_SLEEP],
  });
}
