/** Stopping and removing devices: queries, STOP, SURPRISE_REMOVAL and REMOVE. */
import { NULL } from '../../../units/address.ts';
import { isSuccess } from '../../../units/status.ts';
import type { Blocking } from '../../effects.ts';
import { hardware } from '../../hal/hardware.ts';
import type { Kernel } from '../../kernel.ts';
import { devices } from '../devices.ts';
import { IRP_MN_PNP as MN } from '../function-codes.ts';
import { DEVICE_OBJECT } from '../layout.ts';
import { shielded } from '../shield.ts';
import { GUID_TEXT } from './guids.ts';
import type { DeviceNode } from './nodes.ts';
import { announceTarget } from './notifications.ts';
import { type PnpAnswer, sendPnp } from './pnp-manager.ts';

const plainly =
  (minor: number) =>
  (kernel: Kernel, node: DeviceNode): Blocking<PnpAnswer> =>
    shielded(kernel, sendPnp(kernel, node, minor));

export const queryStop = plainly(MN.QUERY_STOP_DEVICE);
export const cancelStop = plainly(MN.CANCEL_STOP_DEVICE);

/** Asks those who registered for the device's file objects first; any of them may refuse. */
export function* queryRemove(kernel: Kernel, node: DeviceNode): Blocking<PnpAnswer> {
  const { TARGET_DEVICE_QUERY_REMOVE, TARGET_DEVICE_REMOVE_CANCELLED } = GUID_TEXT;
  const asking = announceTarget(kernel, node, TARGET_DEVICE_QUERY_REMOVE);
  const status = yield* shielded(kernel, asking);
  const answer = isSuccess(status)
    ? yield* shielded(kernel, sendPnp(kernel, node, MN.QUERY_REMOVE_DEVICE))
    : { status, answered: status };
  if (!isSuccess(answer.status)) {
    yield* shielded(kernel, announceTarget(kernel, node, TARGET_DEVICE_REMOVE_CANCELLED));
  }
  return answer;
}

export function* cancelRemove(kernel: Kernel, node: DeviceNode): Blocking<PnpAnswer> {
  const answer = yield* shielded(kernel, sendPnp(kernel, node, MN.CANCEL_REMOVE_DEVICE));
  const event = GUID_TEXT.TARGET_DEVICE_REMOVE_CANCELLED;
  yield* shielded(kernel, announceTarget(kernel, node, event));
  return answer;
}

/** STOP, for a rebalance: the driver must not fail it. */
export function* stopDevice(kernel: Kernel, node: DeviceNode): Blocking<PnpAnswer> {
  const answer = yield* shielded(kernel, sendPnp(kernel, node, MN.STOP_DEVICE));
  node.state = 'stopped';
  if (node.fn !== undefined) hardware(kernel).bus.disable(node.fn);
  return answer;
}

/** Tells the driver that its device is gone; the hardware itself is the caller's to unplug first. */
export function* surpriseRemoval(kernel: Kernel, node: DeviceNode): Blocking<PnpAnswer> {
  const answer = yield* shielded(kernel, sendPnp(kernel, node, MN.SURPRISE_REMOVAL));
  node.state = 'surprise-removed';
  const event = GUID_TEXT.TARGET_DEVICE_REMOVE_COMPLETE;
  yield* shielded(kernel, announceTarget(kernel, node, event));
  return answer;
}

/** REMOVE. Afterwards the PDO goes, unless something is still attached to it. */
export function* removeDevice(kernel: Kernel, node: DeviceNode): Blocking<PnpAnswer> {
  return yield* shielded(kernel, remove(kernel, node));
}

function* remove(kernel: Kernel, node: DeviceNode): Blocking<PnpAnswer> {
  const answer = yield* sendPnp(kernel, node, MN.REMOVE_DEVICE);
  giveBack(kernel, node);
  node.state = 'removed';
  const isAlone = DEVICE_OBJECT.at(kernel.mmu, node.pdo).AttachedDevice === NULL;
  if (isSuccess(answer.status) && isAlone) yield* devices(kernel).delete(node.pdo);
  return answer;
}

/** Addresses and interrupts of a function; its slot too, when it was pulled out. */
function giveBack(kernel: Kernel, { fn }: DeviceNode): void {
  if (fn === undefined) return;
  const { bus } = hardware(kernel);
  if (fn.plugged) bus.release(fn);
  else if (bus.functions.includes(fn)) bus.remove(fn);
}
