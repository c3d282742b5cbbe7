/** What installing a device from its INF leaves in the registry, for its driver to read. */
import type { InfRegistryValue } from '../../../image/inf/inf.ts';
import type { Kernel } from '../../kernel.ts';
import { registry } from '../../zw/registry.ts';
import { REG } from '../../zw/registry-key.ts';
import { dwordData, multiData, type TypedData, textData } from '../../zw/registry-values.ts';
import { drivers } from '../drivers.ts';
import { registryPathOf } from './load.ts';
import type { DeviceNode } from './nodes.ts';
import { deviceKey } from './properties.ts';

export interface Installation {
  readonly description: string;
  readonly provider: string;
  /** The id of the INF that matched, and the section that it names. */
  readonly hardwareId: string;
  readonly section: string;
  readonly values: readonly InfRegistryValue[];
}

const MACHINE = '\\Registry\\Machine';

function pathOf(kernel: Kernel, node: DeviceNode, root: InfRegistryValue['root']): string {
  switch (root) {
    case 'device':
      return deviceKey(kernel, node, 'driver').path;
    case 'hardware':
      return deviceKey(kernel, node, 'device').path;
    case 'service':
      return registryPathOf(drivers(kernel).nameOf(node.driver));
    default:
      return MACHINE;
  }
}

/** Bytes as the INF has them: hexadecimal, one in each field. */
const binary = (fields: readonly string[]): Uint8Array =>
  Uint8Array.from(fields, (field) => Number.parseInt(field.trim(), 16) & 0xff);

function dataOf({ type, values }: InfRegistryValue): TypedData {
  const [first = ''] = values;
  switch (type) {
    case 'REG_DWORD':
      return values.length === 4
        ? { type: REG.DWORD, data: binary(values) }
        : dwordData(Number(first.trim()) || 0);
    case 'REG_BINARY':
      return { type: REG.BINARY, data: binary(values) };
    case 'REG_MULTI_SZ':
      return multiData(values);
    default:
      return textData(first, type === 'REG_SZ' ? REG.SZ : REG.EXPAND_SZ);
  }
}

/** Writes the values, and those by which Windows remembers what it installed. */
export function install(kernel: Kernel, node: DeviceNode, installation: Installation): void {
  const { description, provider, hardwareId, section, values } = installation;
  const store = registry(kernel);
  const software = deviceKey(kernel, node, 'driver').path;
  for (const [name, text] of [
    ['DriverDesc', description],
    ['ProviderName', provider],
    ['MatchingDeviceId', hardwareId.toLowerCase()],
    ['InfSection', section],
  ] as const) {
    store.setValue(software, name, textData(text));
  }
  for (const value of values) {
    const below = value.subkey === '' ? '' : `\\${value.subkey}`;
    store.setValue(pathOf(kernel, node, value.root) + below, value.name, dataOf(value));
  }
}
