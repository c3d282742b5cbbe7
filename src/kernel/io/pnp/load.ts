/** Loading and unloading drivers: DriverEntry, reinitialization and DriverUnload. */
import { NULL, type Va } from '../../../units/address.ts';
import { isSuccess, type NtStatus, ntStatus } from '../../../units/status.ts';
import { type Blocking, callGuest } from '../../effects.ts';
import { type Kernel, part } from '../../kernel.ts';
import { newUnicodeString } from '../../ob/unicode.ts';
import { devices } from '../devices.ts';
import { type DriverFacts, drivers } from '../drivers.ts';
import { DEVICE_OBJECT, DO, DRIVER_EXTENSION, DRIVER_OBJECT, DRVO } from '../layout.ts';
import { shielded } from '../shield.ts';

const SERVICES = '\\Registry\\Machine\\System\\CurrentControlSet\\Services\\';

export const registryPathOf = (driverName: string): string => SERVICES + driverName;

interface Reinitialization {
  readonly routine: Va;
  readonly context: Va;
}

/** Routines that asked to be called again once DriverEntry has returned, by driver. */
export const reinitializations = part(() => new Map<Va, Reinitialization[]>());

/** A driver that asks for itself again each time is called this often. */
const MAX_REINITIALIZATIONS = 16;

export interface LoadedDriver {
  readonly driver: Va;
  /** What DriverEntry returned; after a failure the driver is not unloaded by a call. */
  readonly status: NtStatus;
  /** True when the driver has an AddDevice routine. */
  readonly isPnp: boolean;
}

/** Makes the driver object and calls the entry point. */
export function* loadDriver(
  kernel: Kernel,
  facts: DriverFacts & { readonly entryPoint: Va },
): Blocking<LoadedDriver> {
  return yield* shielded(kernel, load(kernel, facts));
}

function* load(
  kernel: Kernel,
  facts: DriverFacts & { readonly entryPoint: Va },
): Blocking<LoadedDriver> {
  const driver = drivers(kernel).create(facts);
  const path = newUnicodeString(kernel, registryPathOf(facts.name));
  const status = ntStatus(yield* callGuest(facts.entryPoint, [driver, path], 'DriverEntry', null));
  const view = DRIVER_OBJECT.at(kernel.mmu, driver);
  const isPnp = DRIVER_EXTENSION.at(kernel.mmu, view.DriverExtension).AddDevice !== NULL;
  if (!isSuccess(status)) {
    drivers(kernel).forget(driver);
    return { driver, status, isPnp };
  }
  view.Flags = (view.Flags & ~(isPnp ? DRVO.LEGACY_DRIVER : 0)) | DRVO.INITIALIZED;
  for (const device of devices(kernel).of(driver)) {
    DEVICE_OBJECT.at(kernel.mmu, device).Flags &= ~DO.DEVICE_INITIALIZING;
  }
  yield* reinitialize(kernel, driver);
  return { driver, status, isPnp };
}

function* reinitialize(kernel: Kernel, driver: Va): Blocking<void> {
  const view = DRIVER_OBJECT.at(kernel.mmu, driver);
  const extension = DRIVER_EXTENSION.at(kernel.mmu, view.DriverExtension);
  for (let i = 0; i < MAX_REINITIALIZATIONS; i++) {
    const next = reinitializations(kernel).get(driver)?.shift();
    if (next === undefined) return;
    view.Flags &= ~DRVO.REINIT_REGISTERED;
    extension.Count += 1;
    const args = [driver, next.context, BigInt(extension.Count)];
    yield* callGuest(next.routine, args, 'Reinitialize', null);
  }
}

/** Calls DriverUnload; false for a driver without one, which stays. */
export function* unloadDriver(kernel: Kernel, driver: Va): Blocking<boolean> {
  return yield* shielded(kernel, unload(kernel, driver));
}

function* unload(kernel: Kernel, driver: Va): Blocking<boolean> {
  const view = DRIVER_OBJECT.at(kernel.mmu, driver);
  const routine = view.DriverUnload;
  if (routine === NULL) return false;
  view.Flags |= DRVO.UNLOAD_INVOKED;
  const byHost = drivers(kernel).hostOf(driver)?.unload;
  yield* byHost?.() ?? callGuest(routine, [driver], 'DriverUnload', null);
  drivers(kernel).forget(driver);
  return true;
}
