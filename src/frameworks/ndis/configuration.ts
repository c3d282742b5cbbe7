/** Configuration handles: an adapter's key or the driver's Parameters, and what NDIS lends out of them. */
import { pool } from '../../kernel/ex/pool.ts';
import { drivers } from '../../kernel/io/drivers.ts';
import { registryPathOf } from '../../kernel/io/pnp/load.ts';
import { deviceKey } from '../../kernel/io/pnp/properties.ts';
import { type Kernel, part } from '../../kernel/kernel.ts';
import { registry } from '../../kernel/zw/registry.ts';
import { REG, type RegistryKey } from '../../kernel/zw/registry-key.ts';
import type { Va } from '../../units/address.ts';
import { type Adapter, adapters } from './adapter.ts';
import { filterDriverObject } from './filter-drivers.ts';
import { Handles } from './handles.ts';
import { hostVersion } from './host-version.ts';
import { miniportDrivers } from './miniport-driver.ts';

export interface Configuration {
  readonly key: RegistryKey;
  /** Parameters and data that live until the handle is closed. */
  readonly lent: Va[];
}

export const configurations = part((kernel) => new Handles<Configuration>(kernel, 'NDcf'));

/** NDIS_PARAMETER_TYPE. */
export const PARAMETER = { INTEGER: 0, HEX_INTEGER: 1, STRING: 2, MULTI_STRING: 3, BINARY: 4 };

export type Parameter =
  | { readonly type: number; readonly integer: number }
  | { readonly type: number; readonly data: Uint8Array };

export const adapterKey = (kernel: Kernel, { node }: Adapter): RegistryKey =>
  deviceKey(kernel, node, 'driver');

const driverKey = (kernel: Kernel, driverObject: Va): RegistryKey =>
  registry(kernel).createKey(`${registryPathOf(drivers(kernel).nameOf(driverObject))}\\Parameters`);

/** The key that NdisOpenConfigurationEx opens for a handle. */
export function keyFor(kernel: Kernel, handle: Va): RegistryKey | undefined {
  const adapter = adapters(kernel).get(handle);
  if (adapter !== undefined) return adapterKey(kernel, adapter);
  const driverObject =
    miniportDrivers(kernel).driverObjectOf(handle) ?? filterDriverObject(kernel, handle);
  return driverObject === undefined ? undefined : driverKey(kernel, driverObject);
}

export const openKey = (kernel: Kernel, key: RegistryKey): Va | undefined =>
  configurations(kernel).open({ key, lent: [] });

/** Memory that the driver may look at until it closes the handle. */
export function lend(kernel: Kernel, { lent }: Configuration, bytes: Uint8Array): Va | undefined {
  const at = pool(kernel).allocate(Math.max(1, bytes.length), 'NDcd');
  if (at === undefined) return undefined;
  kernel.mmu.writeBytes(at, bytes);
  lent.push(at);
  return at;
}

export function closeConfiguration(kernel: Kernel, handle: Va): boolean {
  const closed = configurations(kernel).close(handle);
  for (const at of closed?.lent ?? []) pool(kernel).free(at);
  return closed !== undefined;
}

/** NdisEnvironmentWindowsNt and NdisProcessorAmd64. */
const BUILT_IN: ReadonlyMap<string, number> = new Map([
  ['environment', 1],
  ['processortype', 4],
]);

const textOf = (data: Uint8Array): string => {
  let text = '';
  for (let i = 0; i + 1 < data.length; i += 2) {
    const unit = (data[i] ?? 0) | ((data[i + 1] ?? 0) << 8);
    if (unit === 0) break;
    text += String.fromCharCode(unit);
  }
  return text;
};

/** RtlUnicodeStringToInteger: digits up to the first that is none. */
function integerOf(text: string, radix: number): number {
  const value = Number.parseInt(text.trim(), radix);
  return Number.isNaN(value) ? 0 : value >>> 0;
}

/** A value as the type that was asked for; strings are read as numbers, other types stay what they are. */
export function readParameter(
  kernel: Kernel,
  { key }: Configuration,
  keyword: string,
  wanted: number,
): Parameter | undefined {
  const name = keyword.toLowerCase();
  const builtIn = name === 'ndisversion' ? hostVersion(kernel) : BUILT_IN.get(name);
  if (builtIn !== undefined) return { type: PARAMETER.INTEGER, integer: builtIn };
  const value = key.value(keyword);
  if (value === undefined) return undefined;
  const { data } = value;
  switch (value.type) {
    case REG.DWORD:
      return { type: PARAMETER.INTEGER, integer: dwordOf(data) };
    case REG.BINARY:
      return { type: PARAMETER.BINARY, data };
    case REG.MULTI_SZ:
      return { type: PARAMETER.MULTI_STRING, data };
    case REG.SZ:
    case REG.EXPAND_SZ:
      if (wanted === PARAMETER.INTEGER || wanted === PARAMETER.HEX_INTEGER) {
        const radix = wanted === PARAMETER.INTEGER ? 10 : 16;
        return { type: wanted, integer: integerOf(textOf(data), radix) };
      }
      return { type: PARAMETER.STRING, data };
    default:
      return undefined;
  }
}

const dwordOf = (data: Uint8Array): number =>
  new DataView(data.buffer, data.byteOffset, data.length).getUint32(0, true);

const REGISTRY_TYPES: ReadonlyMap<number, number> = new Map([
  [PARAMETER.INTEGER, REG.DWORD],
  [PARAMETER.HEX_INTEGER, REG.DWORD],
  [PARAMETER.STRING, REG.SZ],
  [PARAMETER.MULTI_STRING, REG.MULTI_SZ],
  [PARAMETER.BINARY, REG.BINARY],
]);

export const registryTypeOf = (type: number): number | undefined => REGISTRY_TYPES.get(type);

/** Six bytes of hexadecimal digits with or without separators, as users write addresses. */
export function networkAddress({ key }: Configuration): Uint8Array | undefined {
  const value = key.value('NetworkAddress');
  if (value?.type !== REG.SZ) return undefined;
  const digits = textOf(value.data).replace(/[-: ]/g, '');
  if (digits === '' || digits.length % 2 !== 0 || !/^[0-9a-f]+$/i.test(digits)) return undefined;
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16),
  );
}
