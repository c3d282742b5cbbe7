/** The power manager: puts the system to sleep and wakes it as one device sees it, and sends what drivers request. */
import { NULL, type Va } from '../../units/address.ts';
import { isSuccess, STATUS } from '../../units/status.ts';
import { type Blocking, callGuest, giveWay, wait } from '../effects.ts';
import { queueWork } from '../ex/work-item.ts';
import { callDriver } from '../io/call-driver.ts';
import { devices } from '../io/devices.ts';
import { IRP_MJ, IRP_MN_POWER as MN } from '../io/function-codes.ts';
import { IRP } from '../io/irp-layout.ts';
import { irps, nextLocation } from '../io/irps.ts';
import { DEVICE_OBJECT } from '../io/layout.ts';
import type { DeviceNode } from '../io/pnp/nodes.ts';
import { answerOf, type PnpAnswer } from '../io/pnp/pnp-manager.ts';
import { sendRequest } from '../io/send-request.ts';
import { shielded } from '../io/shield.ts';
import type { Kernel } from '../kernel.ts';

/** SYSTEM_POWER_STATE, POWER_STATE_TYPE and POWER_ACTION (wdm.h). */
const PowerSystemWorking = 1;
const PowerSystemSleeping3 = 4;
const SystemPowerState = 0n;
const DevicePowerState = 1n;
const PowerActionSleep = 2n;

/**
 * Puts the system to sleep (`D3`) or wakes it (`D0`): the device follows when its driver, as the owner of
 * its power policy, requests that state. Gives the answer to IRP_MN_SET_POWER, or to the query that failed.
 */
export function* setPower(
  kernel: Kernel,
  node: DeviceNode,
  state: 'D0' | 'D3',
): Blocking<PnpAnswer> {
  const system = state === 'D0' ? PowerSystemWorking : PowerSystemSleeping3;
  if (state === 'D3') {
    const asked = yield* sendSystemPower(kernel, node, MN.QUERY_POWER, system);
    if (!isSuccess(asked.status)) {
      yield* sendSystemPower(kernel, node, MN.SET_POWER, PowerSystemWorking);
      return asked;
    }
  }
  return yield* sendSystemPower(kernel, node, MN.SET_POWER, system);
}

function* sendSystemPower(
  kernel: Kernel,
  node: DeviceNode,
  minor: number,
  state: number,
): Blocking<PnpAnswer> {
  const sending = sendRequest(kernel, {
    device: node.pdo,
    major: IRP_MJ.POWER,
    minor,
    origin: 'system',
    status: STATUS.NOT_SUPPORTED,
    arguments: [0n, SystemPowerState, BigInt(state), PowerActionSleep],
  });
  const answer = answerOf(yield* shielded(kernel, sending));
  yield* settle(kernel, node);
  return answer;
}

/** A millisecond of virtual time, and how many of them a device's own power request may take. */
const MILLISECOND = 10_000n;
const PATIENCE = 1000;

/** Device power requests that the driver made on the way go on in workers: they come to their end first. */
function* settle(kernel: Kernel, { subject }: DeviceNode): Blocking<void> {
  yield* giveWay();
  for (let i = 0; i < PATIENCE && isPowerPending(kernel, subject); i++) {
    yield* wait([], -MILLISECOND);
  }
}

function isPowerPending(kernel: Kernel, subject: string): boolean {
  for (const { name, subject: of } of irps(kernel).pending()) {
    if (of === subject && name !== null && POWER_NAMES.has(name)) return true;
  }
  return false;
}

/** A wake request stays pending until the device wakes the system. */
const POWER_NAMES: ReadonlySet<string> = new Set(['IRP_MN_SET_POWER', 'IRP_MN_QUERY_POWER']);

export interface PowerRequest {
  readonly device: Va;
  readonly minor: number;
  readonly state: number;
  readonly completion: Va;
  readonly context: Va;
}

/** Makes the packet for a driver's request and has a worker send it; nothing when RAM is used up. */
export function requestPowerIrp(kernel: Kernel, request: PowerRequest): Va | undefined {
  const { device, minor, state } = request;
  const top = devices(kernel).topOf(device);
  const { StackSize } = DEVICE_OBJECT.at(kernel.mmu, top);
  const irp = irps(kernel).allocate(StackSize + 1, 'system');
  if (irp === undefined) return undefined;
  IRP.at(kernel.mmu, irp).IoStatus.Status = STATUS.NOT_SUPPORTED;
  const location = nextLocation(kernel, irp);
  location.MajorFunction = IRP_MJ.POWER;
  location.MinorFunction = minor;
  const isWake = minor === MN.WAIT_WAKE;
  location.Argument1 = isWake ? BigInt(state) : 0n;
  location.Argument2 = isWake ? 0n : DevicePowerState;
  location.Argument3 = isWake ? 0n : BigInt(state);
  const record = irps(kernel).record(irp);
  record.threaded = true;
  record.finish = () => tellRequester(kernel, irp, request);
  queueWork(kernel, () => callDriver(kernel, top, irp));
  return irp;
}

function* tellRequester(kernel: Kernel, irp: Va, request: PowerRequest): Blocking<void> {
  const { device, minor, state, completion, context } = request;
  if (completion === NULL) return;
  const iosb = IRP.at(kernel.mmu, irp).IoStatus.$address;
  const args = [device, BigInt(minor), BigInt(state), context, iosb];
  const subject = devices(kernel).subjectOf(device);
  yield* callGuest(completion, args, 'RequestPowerComplete', subject);
}
