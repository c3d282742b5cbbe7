/**
 * Names of a device node: what IRP_MN_QUERY_ID and device properties answer ("Identifiers for PCI Devices").
 * A software device is named after its setup class, and answers to the id that it was installed by.
 */
import { compatibleIds, hardwareIds } from '../../../bus/hardware-ids.ts';
import type { DeviceNode } from './nodes.ts';

export const enumerator = ({ fn }: DeviceNode): string => (fn === undefined ? 'ROOT' : 'PCI');

export function deviceId({ fn, installation }: DeviceNode): string {
  if (fn !== undefined) return hardwareIds(fn.spec.identity)[1] ?? '';
  return `ROOT\\${(installation?.setupClass?.name ?? 'UNKNOWN').toUpperCase()}`;
}

export function nodeHardwareIds(node: DeviceNode): readonly string[] {
  const { fn, installation } = node;
  if (fn !== undefined) return hardwareIds(fn.spec.identity);
  return [installation?.hardwareId ?? deviceId(node)];
}

export const nodeCompatibleIds = ({ fn }: DeviceNode): readonly string[] =>
  fn === undefined ? [] : compatibleIds(fn.spec.identity);

const digits = (value: number, count: number): string =>
  value.toString(16).toUpperCase().padStart(count, '0');

/** Built as pci.sys does: a hash of the parent, then device and function. Software devices are counted. */
export function instanceId({ fn, instance }: DeviceNode): string {
  if (fn === undefined) return instance.toString().padStart(4, '0');
  const { bus, device, function: number } = fn.location;
  return `3&${digits(0x11583659 + bus, 8)}&0&${digits((device << 3) | number, 2)}`;
}

/** Path below \Registry\Machine\System\CurrentControlSet\Enum. */
export const instancePath = (node: DeviceNode): string => `${deviceId(node)}\\${instanceId(node)}`;

/** Nothing for a device that is nowhere. */
export function locationText({ fn }: DeviceNode): string | undefined {
  if (fn === undefined) return undefined;
  const { bus, device, function: number } = fn.location;
  return `PCI bus ${bus}, device ${device}, function ${number}`;
}

/** DeviceAddress of a PCI function: device in the high word, function in the low one. */
export const addressOf = ({ fn }: DeviceNode): number | undefined =>
  fn === undefined ? undefined : (fn.location.device << 16) | fn.location.function;

const CLASSES: ReadonlyMap<number, string> = new Map([
  [0x01, 'Mass Storage Controller'],
  [0x02, 'Network Controller'],
  [0x03, 'Video Controller'],
  [0x04, 'Multimedia Controller'],
  [0x05, 'Memory Controller'],
  [0x07, 'Simple Communications Controller'],
  [0x0c, 'Serial Bus Controller'],
]);

export function description({ fn, installation }: DeviceNode): string {
  if (fn === undefined) return installation?.description ?? 'Device';
  return CLASSES.get(fn.spec.identity.classCode >> 16) ?? 'PCI Device';
}
