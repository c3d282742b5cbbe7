/** Driver objects: compiled drivers, and drivers of ours whose dispatch routines are TypeScript. */
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import type { NtStatus } from '../../units/status.ts';
import type { Blocking } from '../effects.ts';
import { allocateForKernel } from '../ex/pool.ts';
import { exportAddress } from '../exports.ts';
import { type Kernel, part } from '../kernel.ts';
import { namespace } from '../ob/namespace.ts';
import { objects } from '../ob/objects.ts';
import { fillUnicodeString, newUnicodeString } from '../ob/unicode.ts';
import { DRIVER_EXTENSION, DRIVER_OBJECT, DRVO, IO_TYPE, MAJOR_FUNCTIONS } from './layout.ts';

/** Names of the routines that MajorFunction entries of ours point at. */
export const INVALID_REQUEST = 'IopInvalidDeviceRequest';
export const HOST_DISPATCH = 'IopHostDispatch';
export const HOST_ADD_DEVICE = 'IopHostAddDevice';

/** A driver's work done in TypeScript. */
export interface HostDriver {
  /** Handles an IRP that reached a device of the driver. */
  dispatch(device: Va, irp: Va): Blocking<NtStatus>;
  addDevice?(pdo: Va): Blocking<NtStatus>;
  unload?(): Blocking<void>;
}

export interface DriverFacts {
  /** Service base name, such as `edu`. */
  readonly name: string;
  readonly entryPoint?: Va;
  readonly base?: Va;
  readonly bytes?: number;
  /** Full path and base name of the image, for the loader's entry. */
  readonly path?: string;
}

const HARDWARE_DATABASE = '\\REGISTRY\\MACHINE\\HARDWARE\\DESCRIPTION\\SYSTEM';

/** KLDR_DATA_TABLE_ENTRY: the loader's description of an image, which DriverSection points at. */
const LOADER_ENTRY_BYTES = 0xa0;
const LOADER = {
  links: 0x00,
  base: 0x30,
  entry: 0x38,
  bytes: 0x40,
  path: 0x48,
  name: 0x58,
  flags: 0x68,
} as const;
/** LDRP_IMAGE_INTEGRITY_FORCED is not set; this is what an ordinary driver has. */
const LOADER_FLAGS = 0x4900_4000n;

class Drivers {
  readonly #kernel: Kernel;
  readonly #hosts = new Map<Va, HostDriver>();
  readonly #facts = new Map<Va, DriverFacts>();
  /** Client extensions by driver object, then by identification address. */
  readonly extensions = new Map<Va, Map<Va, Va>>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** A driver object as it is when DriverEntry sees it. */
  create(facts: DriverFacts): Va {
    const { mmu } = this.#kernel;
    const bytes = DRIVER_OBJECT.bytes + DRIVER_EXTENSION.bytes;
    const at = allocateForKernel(this.#kernel, bytes, 'Driv');
    const driver = DRIVER_OBJECT.at(mmu, at);
    driver.Type = IO_TYPE.DRIVER;
    driver.Size = DRIVER_OBJECT.bytes;
    driver.Flags = DRVO.LEGACY_DRIVER;
    driver.DriverStart = facts.base ?? NULL;
    driver.DriverSize = facts.bytes ?? 0;
    driver.DriverInit = facts.entryPoint ?? NULL;
    driver.DriverSection = this.#loaderEntry(facts);
    driver.DriverExtension = vaAdd(at, DRIVER_OBJECT.bytes);
    driver.HardwareDatabase = newUnicodeString(this.#kernel, HARDWARE_DATABASE);
    const name = `\\Driver\\${facts.name}`;
    fillUnicodeString(this.#kernel, driver.DriverName.$address, name);
    const invalid = exportAddress(this.#kernel, INVALID_REQUEST);
    for (let i = 0; i < MAJOR_FUNCTIONS; i++) driver.MajorFunction.set(i, invalid);
    const extension = DRIVER_EXTENSION.at(mmu, driver.DriverExtension);
    extension.DriverObject = at;
    fillUnicodeString(this.#kernel, extension.ServiceKeyName.$address, facts.name);
    this.#facts.set(at, facts);
    namespace(this.#kernel).insert(name, { kind: 'object', at });
    objects(this.#kernel).add(at, 'Driver', name, () => undefined);
    return at;
  }

  /** A driver of ours; every request comes to `host`. */
  createHost(name: string, host: HostDriver): Va {
    const at = this.create({ name });
    this.serve(at, host);
    DRIVER_OBJECT.at(this.#kernel.mmu, at).Flags |= DRVO.BUILTIN_DRIVER | DRVO.INITIALIZED;
    return at;
  }

  /** From now on every request to the driver comes to `host`; a framework does so for its clients. */
  serve(driver: Va, host: HostDriver): void {
    this.#hosts.set(driver, host);
    const view = DRIVER_OBJECT.at(this.#kernel.mmu, driver);
    const thunk = exportAddress(this.#kernel, HOST_DISPATCH);
    for (let i = 0; i < MAJOR_FUNCTIONS; i++) view.MajorFunction.set(i, thunk);
    if (host.addDevice === undefined) return;
    DRIVER_EXTENSION.at(this.#kernel.mmu, view.DriverExtension).AddDevice = exportAddress(
      this.#kernel,
      HOST_ADD_DEVICE,
    );
  }

  hostOf(driver: Va): HostDriver | undefined {
    return this.#hosts.get(driver);
  }

  /** True for drivers with code of their own: the ones under test. */
  isCompiled(driver: Va): boolean {
    return this.#facts.get(driver)?.entryPoint !== undefined;
  }

  nameOf(driver: Va): string {
    return this.#facts.get(driver)?.name ?? '';
  }

  forget(driver: Va): void {
    namespace(this.#kernel).remove(`\\Driver\\${this.nameOf(driver)}`);
    this.#facts.delete(driver);
    this.#hosts.delete(driver);
    this.extensions.delete(driver);
  }

  #loaderEntry({ name, base, bytes, entryPoint, path }: DriverFacts): Va {
    if (base === undefined) return NULL;
    const { mmu } = this.#kernel;
    const at = allocateForKernel(this.#kernel, LOADER_ENTRY_BYTES, 'MmLd');
    mmu.write(vaAdd(at, LOADER.links), 8, at);
    mmu.write(vaAdd(at, LOADER.links + 8), 8, at);
    mmu.write(vaAdd(at, LOADER.base), 8, base);
    mmu.write(vaAdd(at, LOADER.entry), 8, entryPoint ?? NULL);
    mmu.write(vaAdd(at, LOADER.bytes), 4, BigInt(bytes ?? 0));
    const full = path ?? `\\SystemRoot\\system32\\drivers\\${name}.sys`;
    fillUnicodeString(this.#kernel, vaAdd(at, LOADER.path), full);
    const file = full.slice(full.lastIndexOf('\\') + 1);
    fillUnicodeString(this.#kernel, vaAdd(at, LOADER.name), file);
    mmu.write(vaAdd(at, LOADER.flags), 4, LOADER_FLAGS);
    return at;
  }
}

export const drivers = part((kernel) => new Drivers(kernel));
