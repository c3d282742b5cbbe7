/** Major and minor function codes by name (wdm.h). */

export const IRP_MJ = {
  CREATE: 0x00,
  CREATE_NAMED_PIPE: 0x01,
  CLOSE: 0x02,
  READ: 0x03,
  WRITE: 0x04,
  QUERY_INFORMATION: 0x05,
  SET_INFORMATION: 0x06,
  QUERY_EA: 0x07,
  SET_EA: 0x08,
  FLUSH_BUFFERS: 0x09,
  QUERY_VOLUME_INFORMATION: 0x0a,
  SET_VOLUME_INFORMATION: 0x0b,
  DIRECTORY_CONTROL: 0x0c,
  FILE_SYSTEM_CONTROL: 0x0d,
  DEVICE_CONTROL: 0x0e,
  INTERNAL_DEVICE_CONTROL: 0x0f,
  SHUTDOWN: 0x10,
  LOCK_CONTROL: 0x11,
  CLEANUP: 0x12,
  CREATE_MAILSLOT: 0x13,
  QUERY_SECURITY: 0x14,
  SET_SECURITY: 0x15,
  POWER: 0x16,
  SYSTEM_CONTROL: 0x17,
  DEVICE_CHANGE: 0x18,
  QUERY_QUOTA: 0x19,
  SET_QUOTA: 0x1a,
  PNP: 0x1b,
} as const;

/** Minor functions of IRP_MJ_PNP. */
export const IRP_MN_PNP = {
  START_DEVICE: 0x00,
  QUERY_REMOVE_DEVICE: 0x01,
  REMOVE_DEVICE: 0x02,
  CANCEL_REMOVE_DEVICE: 0x03,
  STOP_DEVICE: 0x04,
  QUERY_STOP_DEVICE: 0x05,
  CANCEL_STOP_DEVICE: 0x06,
  QUERY_DEVICE_RELATIONS: 0x07,
  QUERY_INTERFACE: 0x08,
  QUERY_CAPABILITIES: 0x09,
  QUERY_RESOURCES: 0x0a,
  QUERY_RESOURCE_REQUIREMENTS: 0x0b,
  QUERY_DEVICE_TEXT: 0x0c,
  FILTER_RESOURCE_REQUIREMENTS: 0x0d,
  READ_CONFIG: 0x0f,
  WRITE_CONFIG: 0x10,
  EJECT: 0x11,
  SET_LOCK: 0x12,
  QUERY_ID: 0x13,
  QUERY_PNP_DEVICE_STATE: 0x14,
  QUERY_BUS_INFORMATION: 0x15,
  DEVICE_USAGE_NOTIFICATION: 0x16,
  SURPRISE_REMOVAL: 0x17,
  QUERY_LEGACY_BUS_INFORMATION: 0x18,
  DEVICE_ENUMERATED: 0x19,
} as const;

/** Minor functions of IRP_MJ_POWER. */
export const IRP_MN_POWER = {
  WAIT_WAKE: 0x00,
  POWER_SEQUENCE: 0x01,
  SET_POWER: 0x02,
  QUERY_POWER: 0x03,
} as const;

const invert = (prefix: string, codes: Readonly<Record<string, number>>) =>
  new Map(Object.entries(codes).map(([name, code]) => [code, `${prefix}${name}`]));

const MAJORS = invert('IRP_MJ_', IRP_MJ);
const MINORS: ReadonlyMap<number, ReadonlyMap<number, string>> = new Map([
  [IRP_MJ.PNP, invert('IRP_MN_', IRP_MN_PNP)],
  [IRP_MJ.POWER, invert('IRP_MN_', IRP_MN_POWER)],
]);

/** Minor name for PnP and power, else the major one. */
export function irpName(major: number, minor: number): string {
  const majorName = MAJORS.get(major) ?? `IRP_MJ 0x${major.toString(16)}`;
  const minors = MINORS.get(major);
  if (minors === undefined) return majorName;
  return minors.get(minor) ?? `${majorName} minor 0x${minor.toString(16)}`;
}
