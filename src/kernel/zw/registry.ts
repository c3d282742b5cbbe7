/** The registry of the machine: in memory, seeded with what drivers look for, then with the user's own values. */
import { type NtStatus, STATUS } from '../../units/status.ts';
import { systemTime } from '../ke/time.ts';
import { type Kernel, part } from '../kernel.ts';
import { componentsOf, RegistryKey, type Value } from './registry-key.ts';
import { seedRegistry } from './registry-seed.ts';
import {
  nameInDriverKey,
  parseRegistryData,
  splitRegistryName,
  type TypedData,
} from './registry-values.ts';

const SERVICES_PATH = '\\Registry\\Machine\\System\\CurrentControlSet\\Services';
export const CONTROL_PATH = '\\Registry\\Machine\\System\\CurrentControlSet\\Control';

/** Data of drivers beyond this is refused. */
const MAX_STORED_BYTES = 64 << 20;

class Registry {
  readonly #kernel: Kernel;
  readonly #root: RegistryKey;
  /** Bytes of data that drivers have stored. */
  #stored = 0;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#root = new RegistryKey('REGISTRY', null, this.now);
    seedRegistry(this, kernel.options.driverName);
    for (const { path, name, ...data } of kernel.options.installed ?? []) {
      this.setValue(path, name, data);
    }
    for (const { key, value } of kernel.options.registry) {
      if (nameInDriverKey(key) !== undefined) continue;
      const [path, name] = splitRegistryName(key, this.serviceKey);
      this.setValue(path, name, parseRegistryData(value));
    }
  }

  get now(): bigint {
    return systemTime(this.#kernel);
  }

  /** The driver's own key, which DriverEntry is told. */
  get serviceKey(): string {
    return `${SERVICES_PATH}\\${this.#kernel.options.driverName}`;
  }

  /** The key that an absolute path leads to. */
  find(path: string): RegistryKey | undefined {
    const [root, ...rest] = componentsOf(path);
    if (root?.toUpperCase() !== this.#root.name) return undefined;
    return descend(this.#root, rest);
  }

  /** The key of that path with everything above it, made where missing. */
  createKey(path: string): RegistryKey {
    const [, ...rest] = componentsOf(path);
    let key = this.#root;
    for (const name of rest) key = key.ensure(name, this.now);
    return key;
  }

  /** Stores a driver's value, unless the registry has grown to its limit. */
  store(key: RegistryKey, value: Value): NtStatus {
    const growth = value.data.length - (key.value(value.name)?.data.length ?? 0);
    if (this.#stored + growth > MAX_STORED_BYTES) return STATUS.INSUFFICIENT_RESOURCES;
    this.#stored += growth;
    key.set(value, this.now);
    return STATUS.SUCCESS;
  }

  setValue(path: string, name: string, { type, data }: TypedData): void {
    this.createKey(path).set({ name, type, data }, this.now);
  }

  /** Makes one more name of a key. */
  link(path: string, name: string, target: RegistryKey): void {
    this.createKey(path).link(name, target);
  }
}

export function descend(from: RegistryKey, names: readonly string[]): RegistryKey | undefined {
  let key: RegistryKey | undefined = from;
  for (const name of names) key = key?.child(name);
  return key;
}

export const registry = part((kernel) => new Registry(kernel));
