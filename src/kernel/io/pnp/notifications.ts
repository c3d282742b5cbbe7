/** Plug and Play notifications: who wants to hear of interfaces that come and go and of devices about to leave. */

import type { Va } from '../../../units/address.ts';
import { vaAdd } from '../../../units/address.ts';
import { isSuccess, type NtStatus, ntStatus, STATUS } from '../../../units/status.ts';
import { type Blocking, callGuest } from '../../effects.ts';
import { allocateForKernel, pool } from '../../ex/pool.ts';
import { queueWork } from '../../ex/work-item.ts';
import { type Kernel, part } from '../../kernel.ts';
import { newUnicodeString } from '../../ob/unicode.ts';
import { devices } from '../devices.ts';
import { FILE_OBJECT } from '../layout.ts';
import { guidBytes } from './guids.ts';
import type { DeviceInterface } from './interfaces.ts';
import type { DeviceNode } from './nodes.ts';

export interface Registration {
  readonly at: Va;
  readonly driver: Va;
  readonly callback: Va;
  readonly context: Va;
  /** Interface class, for interface changes. */
  readonly guid: string | null;
  /** FILE_OBJECT, for changes of its device. */
  readonly file: Va | null;
}

const VERSION = 1n;
const INTERFACE_CHANGE_BYTES = 48;
const TARGET_REMOVAL_BYTES = 32;
/** Where notifications of target devices have their FileObject. */
const FILE_OBJECT_OFFSET = 24;

class Notifications {
  #registrations: Registration[] = [];

  add(registration: Registration): void {
    this.#registrations = [...this.#registrations, registration];
  }

  /** False when there is no such registration. */
  remove(at: Va): boolean {
    const before = this.#registrations.length;
    this.#registrations = this.#registrations.filter((other) => other.at !== at);
    return this.#registrations.length < before;
  }

  get all(): readonly Registration[] {
    return this.#registrations;
  }
}

export const notifications = part(() => new Notifications());

/** Calls one routine about one interface. */
export function* tellOfInterface(
  kernel: Kernel,
  { callback, context }: Registration,
  { guid, link }: DeviceInterface,
  event: string,
): Blocking<void> {
  const at = allocateForKernel(kernel, INTERFACE_CHANGE_BYTES, 'PpNt');
  header(kernel, at, INTERFACE_CHANGE_BYTES, event);
  kernel.mmu.writeBytes(vaAdd(at, 20), guidBytes(guid));
  const name = newUnicodeString(kernel, link);
  kernel.mmu.write(vaAdd(at, 40), 8, name);
  yield* callGuest(callback, [at, context], 'PnP notification', null);
  pool(kernel).free(at);
}

/** Tells everybody who asked about the class, in a worker. */
export function announceInterface(kernel: Kernel, one: DeviceInterface, event: string): void {
  const interested = notifications(kernel).all.filter(({ guid }) => guid === one.guid);
  if (interested.length === 0) return;
  queueWork(kernel, function* () {
    for (const registration of interested) {
      yield* tellOfInterface(kernel, registration, one, event);
    }
  });
}

/** Tells holders of files on the device; the first failure is the answer. */
export function* announceTarget(
  kernel: Kernel,
  node: DeviceNode,
  event: string,
): Blocking<NtStatus> {
  for (const registration of notifications(kernel).all) {
    const { file, callback, context } = registration;
    if (file === null || !isOn(kernel, file, node)) continue;
    const at = allocateForKernel(kernel, TARGET_REMOVAL_BYTES, 'PpNt');
    header(kernel, at, TARGET_REMOVAL_BYTES, event);
    kernel.mmu.write(vaAdd(at, FILE_OBJECT_OFFSET), 8, file);
    const answer = yield* callGuest(callback, [at, context], 'PnP notification', null);
    pool(kernel).free(at);
    if (!isSuccess(ntStatus(answer))) return ntStatus(answer);
  }
  return STATUS.SUCCESS;
}

/** Tells holders of files on the device of an event that a driver made up; the structure is the driver's. */
export function* announceCustom(
  kernel: Kernel,
  node: DeviceNode,
  notification: Va,
): Blocking<void> {
  for (const { file, callback, context } of notifications(kernel).all) {
    if (file === null || !isOn(kernel, file, node)) continue;
    kernel.mmu.write(vaAdd(notification, FILE_OBJECT_OFFSET), 8, file);
    yield* callGuest(callback, [notification, context], 'PnP notification', null);
  }
}

const isOn = (kernel: Kernel, file: Va, node: DeviceNode): boolean => {
  const { DeviceObject } = FILE_OBJECT.at(kernel.mmu, file);
  return devices(kernel).bottomOf(DeviceObject) === node.pdo;
};

function header(kernel: Kernel, at: Va, bytes: number, event: string): void {
  kernel.mmu.write(at, 2, VERSION);
  kernel.mmu.write(vaAdd(at, 2), 2, BigInt(bytes));
  kernel.mmu.writeBytes(vaAdd(at, 4), guidBytes(event));
}
