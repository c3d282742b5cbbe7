/** What installing a driver and its devices from an INF leaves in the registry. */
import type { InfRegistryValue } from '../../../image/inf/inf.ts';
import type { InstalledValue, Kernel } from '../../kernel.ts';
import { registry } from '../../zw/registry.ts';
import { REG } from '../../zw/registry-key.ts';
import {
  dwordData,
  multiData,
  nameInDriverKey,
  parseRegistryData,
  splitRegistryName,
  type TypedData,
  textData,
} from '../../zw/registry-values.ts';
import { registryPathOf } from './load.ts';
import type { DeviceNode, Installation } from './nodes.ts';
import { deviceKey } from './properties.ts';

const MACHINE = '\\Registry\\Machine';

/** Bytes as the INF has them: hexadecimal, one in each field. */
const binary = (fields: readonly string[]): Uint8Array =>
  Uint8Array.from(fields, (field) => Number.parseInt(field.trim(), 16) & 0xff);

function dataOf({ type, values }: InfRegistryValue): TypedData {
  const [first = ''] = values;
  switch (type) {
    case 'REG_DWORD':
      return values.length === 4
        ? { type: REG.DWORD, data: binary(values) }
        : dwordData(Number(first) || 0);
    case 'REG_BINARY':
      return { type: REG.BINARY, data: binary(values) };
    case 'REG_MULTI_SZ':
      return multiData(values);
    default:
      return textData(first, type === 'REG_SZ' ? REG.SZ : REG.EXPAND_SZ);
  }
}

const below = (root: string, subkey: string): string =>
  subkey === '' ? root : `${root}\\${subkey}`;

/** Values that are there before the driver is loaded: those of its service and those of the machine. */
export function driverValues(
  service: string,
  fileName: string,
  values: readonly InfRegistryValue[],
): readonly InstalledValue[] {
  const path = registryPathOf(service);
  const image = textData(`\\SystemRoot\\System32\\drivers\\${fileName}`, REG.EXPAND_SZ);
  const written = values.flatMap((value) => {
    if (value.root !== 'service' && value.root !== 'machine') return [];
    const root = value.root === 'service' ? path : MACHINE;
    return [{ path: below(root, value.subkey), name: value.name, ...dataOf(value) }];
  });
  return [{ path, name: 'ImagePath', ...image }, ...written];
}

/** By these Windows remembers what it installed ("Registry Trees and Keys for Devices and Drivers"). */
const remembered = ({ description, provider, hardwareId, section }: Installation) =>
  [
    ['DriverDesc', description],
    ['ProviderName', provider],
    ['MatchingDeviceId', hardwareId.toLowerCase()],
    ['InfSection', section],
  ] as const;

/** Fills the keys of a device that is new: the user's values first, then the INF's; what is there stays. */
export function install(kernel: Kernel, node: DeviceNode): void {
  const set = (path: string, name: string, data: TypedData): void => {
    const isThere = registry(kernel).find(path)?.value(name) !== undefined;
    if (!isThere) registry(kernel).setValue(path, name, data);
  };
  const software = deviceKey(kernel, node, 'driver').path;
  for (const { key, value } of kernel.options.registry) {
    const name = nameInDriverKey(key);
    if (name !== undefined) set(...splitRegistryName(name, software), parseRegistryData(value));
  }
  const { installation } = node;
  if (installation === null) return;
  const hardware = deviceKey(kernel, node, 'device').path;
  for (const [name, text] of remembered(installation)) set(software, name, textData(text));
  for (const value of installation.values) {
    if (value.root !== 'device' && value.root !== 'hardware') continue;
    const root = value.root === 'device' ? software : hardware;
    set(below(root, value.subkey), value.name, dataOf(value));
  }
}
