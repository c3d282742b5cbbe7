/** Device properties and keys: what the PnP manager knows of a device beyond its driver (IoGetDeviceProperty). */
import { utf16Bytes } from '../../../layout/nt.ts';
import type { Kernel } from '../../kernel.ts';
import { CONTROL_PATH, registry } from '../../zw/registry.ts';
import type { RegistryKey } from '../../zw/registry-key.ts';
import { devices } from '../devices.ts';
import { busOf } from './bus-type.ts';
import { configList } from './config-list.ts';
import { guidBytes } from './guids.ts';
import * as ids from './node-ids.ts';
import type { DeviceNode } from './nodes.ts';

const ENUM_PATH = '\\Registry\\Machine\\System\\CurrentControlSet\\Enum';
/** Setup class of devices that no INF has put into another one, and those of PCI base classes whose INFs all agree. */
const UNKNOWN = { name: 'Unknown', guid: '{4D36E97E-E325-11CE-BFC1-08002BE10318}' };
const CLASSES: ReadonlyMap<number, typeof UNKNOWN> = new Map([
  [0x02, { name: 'Net', guid: '{4D36E972-E325-11CE-BFC1-08002BE10318}' }],
  [0x03, { name: 'Display', guid: '{4D36E968-E325-11CE-BFC1-08002BE10318}' }],
]);
function classOf({ fn, installation }: DeviceNode): typeof UNKNOWN {
  const own = fn === undefined ? undefined : CLASSES.get(fn.spec.identity.classCode >> 16);
  return installation?.setupClass ?? own ?? UNKNOWN;
}
const MANUFACTURER = '(Standard system devices)';

const text = (value: string): Uint8Array => utf16Bytes(`${value}\0`);
const texts = (values: readonly string[]): Uint8Array =>
  utf16Bytes(`${values.map((value) => `${value}\0`).join('')}\0`);

const number = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
};

const given = <T>(value: T | undefined, encode: (value: T) => Uint8Array) =>
  value === undefined ? undefined : encode(value);

type Property = (kernel: Kernel, node: DeviceNode) => Uint8Array | undefined;

const driverKeyName = (node: DeviceNode): string =>
  `${classOf(node).guid}\\${node.instance.toString().padStart(4, '0')}`;

/** By DEVICE_REGISTRY_PROPERTY; what is absent here a device does not have. */
const PROPERTIES: ReadonlyMap<number, Property> = new Map<number, Property>([
  [0, (_kernel, node) => text(node.installation?.description ?? ids.description(node))],
  [1, (_kernel, node) => texts(ids.nodeHardwareIds(node))],
  [2, (_kernel, node) => texts(ids.nodeCompatibleIds(node))],
  [3, (_kernel, node) => configList(node, 'raw')],
  [4, (_kernel, node) => configList(node, 'translated')],
  [5, (_kernel, node) => text(classOf(node).name)],
  [6, (_kernel, node) => text(classOf(node).guid)],
  [7, (_kernel, node) => text(driverKeyName(node))],
  [8, (_kernel, node) => text(node.installation?.manufacturer ?? MANUFACTURER)],
  [10, (_kernel, node) => given(ids.locationText(node), text)],
  [11, (kernel, node) => text(devices(kernel).nameOf(node.pdo) ?? '')],
  [12, (_kernel, node) => guidBytes(busOf(node).guid)],
  [13, (_kernel, node) => number(busOf(node).type)],
  [14, (_kernel, node) => number(busOf(node).number)],
  [15, (_kernel, node) => text(ids.enumerator(node))],
  [16, (_kernel, node) => given(ids.addressOf(node), number)],
  [18, () => number(0)],
  [19, () => number(1)],
  [21, (_kernel, node) => configList(node, 'raw')],
]);

/** Undefined for a property that the device does not have. */
export const propertyOf = (
  kernel: Kernel,
  node: DeviceNode,
  property: number,
): Uint8Array | undefined => PROPERTIES.get(property)?.(kernel, node);

/** PLUGPLAY_REGKEY_DEVICE: settings of the device; PLUGPLAY_REGKEY_DRIVER: those of its driver for it. */
export function deviceKey(kernel: Kernel, node: DeviceNode, kind: 'device' | 'driver') {
  const path =
    kind === 'device'
      ? `${ENUM_PATH}\\${ids.instancePath(node)}\\Device Parameters`
      : `${CONTROL_PATH}\\Class\\${driverKeyName(node)}`;
  const key: RegistryKey = registry(kernel).createKey(path);
  return key;
}
