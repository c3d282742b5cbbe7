/** Every device model there is, sorted by name. */
import { identityOf, isHardwareId, matchRank } from '../bus/hardware-ids.ts';
import { badArgument } from '../units/errors.ts';
import { blank, blankFramebuffer, blankLarge, blankPort, blankSmall } from './blank.ts';
import type { DeviceModel } from './device.ts';
import { e1000 } from './e1000.ts';
import { edu } from './edu.ts';
import { virtioNet, virtioNetTransitional } from './virtio-net.ts';

export const DEVICES: readonly DeviceModel[] = [
  blank,
  blankFramebuffer,
  blankLarge,
  blankPort,
  blankSmall,
  e1000,
  edu,
  virtioNet,
  virtioNetTransitional,
];

export function deviceNamed(name: string): DeviceModel {
  const found = DEVICES.find((model) => model.name === name);
  if (found !== undefined) return found;
  const known = DEVICES.map((model) => model.name).join(', ');
  throw badArgument(`there is no device ${name}; known are ${known}`);
}

/**
 * The model a hardware or compatible id such as `PCI\VEN_1234&DEV_11E8` names most closely; with a
 * foreign subsystem or revision, the one of the same vendor and device.
 */
export function deviceForHardwareId(id: string): DeviceModel | undefined {
  const ranked = DEVICES.flatMap((model) => {
    const rank = matchRank(model.identity, id);
    return rank === undefined ? [] : [{ model, rank }];
  });
  const closest = ranked.sort((a, b) => a.rank - b.rank)[0]?.model;
  if (closest !== undefined || !isHardwareId(id)) return closest;
  const { vendorId, deviceId } = identityOf(id);
  return DEVICES.find(
    ({ identity }) => identity.vendorId === vendorId && identity.deviceId === deviceId,
  );
}
