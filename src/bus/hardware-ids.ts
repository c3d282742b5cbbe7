/** Names by which Windows matches a PCI function to an INF ("Identifiers for PCI Devices", Windows driver documentation). */
import { badArgument } from '../units/errors.ts';
import type { PciIdentity } from './function-spec.ts';

const digits = (value: number, count: number): string =>
  value.toString(16).toUpperCase().padStart(count, '0');

/** Most specific first. */
export function hardwareIds(identity: PciIdentity): readonly string[] {
  const { vendorId, deviceId, subsystemId, subsystemVendorId, revision, classCode } = identity;
  const base = `PCI\\VEN_${digits(vendorId, 4)}&DEV_${digits(deviceId, 4)}`;
  const subsystem = `${base}&SUBSYS_${digits(subsystemId, 4)}${digits(subsystemVendorId, 4)}`;
  return [
    `${subsystem}&REV_${digits(revision, 2)}`,
    subsystem,
    `${base}&CC_${digits(classCode, 6)}`,
    `${base}&CC_${digits(classCode >> 8, 4)}`,
  ];
}

export function compatibleIds(identity: PciIdentity): readonly string[] {
  const { vendorId, deviceId, revision, classCode } = identity;
  const vendor = `PCI\\VEN_${digits(vendorId, 4)}`;
  const base = `${vendor}&DEV_${digits(deviceId, 4)}`;
  const full = digits(classCode, 6);
  const short = digits(classCode >> 8, 4);
  return [
    `${base}&REV_${digits(revision, 2)}`,
    base,
    `${vendor}&CC_${full}`,
    `${vendor}&CC_${short}`,
    vendor,
    `PCI\\CC_${full}`,
    `PCI\\CC_${short}`,
  ];
}

/** How specifically an id of an INF names the function: 0 is best; nothing when it does not. */
export function matchRank(identity: PciIdentity, id: string): number | undefined {
  const rank = [...hardwareIds(identity), ...compatibleIds(identity)].indexOf(id.toUpperCase());
  return rank === -1 ? undefined : rank;
}

const HARDWARE_ID =
  /^PCI\\VEN_([0-9A-F]{4})&DEV_([0-9A-F]{4})(?:&SUBSYS_([0-9A-F]{4})([0-9A-F]{4}))?(?:&REV_([0-9A-F]{2}))?(?:&CC_([0-9A-F]{4})([0-9A-F]{2})?)?$/i;

export const isHardwareId = (id: string): boolean => HARDWARE_ID.test(id);

/** What a hardware id says of a function; what it leaves open is zero, the subsystem that of the chip. */
export function identityOf(hardwareId: string): PciIdentity {
  const found = HARDWARE_ID.exec(hardwareId);
  if (found === null) {
    throw badArgument(`${hardwareId} is no PCI hardware id such as PCI\\VEN_1234&DEV_11E8`);
  }
  const [, vendor, device, subsystem, subsystemVendor, revision, classCode, interfaceCode] = found;
  const number = (text: string | undefined, otherwise: number): number =>
    text === undefined ? otherwise : Number.parseInt(text, 16);
  const vendorId = number(vendor, 0);
  const deviceId = number(device, 0);
  return {
    vendorId,
    deviceId,
    classCode: number(classCode, 0xff00) * 0x100 + number(interfaceCode, 0),
    revision: number(revision, 0),
    subsystemVendorId: number(subsystemVendor, vendorId),
    subsystemId: number(subsystem, deviceId),
  };
}
