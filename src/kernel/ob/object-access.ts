/** Objects by handle, pointer and name: which kind they are, and whether it is the one that was asked for. */

import { readUnicodeString } from '../../layout/nt.ts';
import { NULL, type Va, va } from '../../units/address.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import { devices } from '../io/devices.ts';
import { openFileHandle } from '../io/files.ts';
import { FILE_OBJECT } from '../io/layout.ts';
import { DISPATCHER_HEADER, OBJECT_TYPE } from '../ke/layout.ts';
import type { Kernel } from '../kernel.ts';
import { processes } from '../ps/processes.ts';
import { type HandleObject, handles } from './handles.ts';
import { type ObjectTypeName, objectType } from './object-types.ts';
import { dereference, objects } from './objects.ts';

/** NtCurrentProcess() and NtCurrentThread(). */
const CURRENT_PROCESS = 0xffff_ffff_ffff_ffffn;
const CURRENT_THREAD = 0xffff_ffff_ffff_fffen;
const KERNEL_HANDLE_BIT = 0x8000_0000_0000_0000n;
const USER_MODE = 1;

export interface ObjectFacts {
  readonly at: Va;
  readonly type: ObjectTypeName;
}

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** Types of objects that handles of other families name by their own words. */
const typeOfHandle = ({ type }: HandleObject): ObjectTypeName =>
  capitalized(type) as ObjectTypeName;

const bodyOf = (object: HandleObject): Va | undefined => {
  if (object.body !== undefined) return object.body;
  return 'thread' in object && typeof object.thread === 'bigint' ? va(object.thread) : undefined;
};

/** The object behind a handle; undefined for kinds that have no body in guest memory. */
export function objectByHandle(
  kernel: Kernel,
  handle: bigint,
  accessMode: number,
): ObjectFacts | NtStatus | undefined {
  const { currentProcess, currentThread } = kernel.scheduler;
  if (handle === CURRENT_PROCESS) return { at: currentProcess, type: 'Process' };
  if (handle === CURRENT_THREAD) return { at: currentThread, type: 'Thread' };
  const object = handles(kernel).get(handle);
  const isForeign = accessMode === USER_MODE && (handle & KERNEL_HANDLE_BIT) !== 0n;
  if (object === undefined || isForeign) return STATUS.INVALID_HANDLE;
  const at = bodyOf(object);
  return at === undefined ? undefined : { at, type: typeOfHandle(object) };
}

const BY_HEADER: ReadonlyMap<number, ObjectTypeName> = new Map<number, ObjectTypeName>([
  [OBJECT_TYPE.EventNotification, 'Event'],
  [OBJECT_TYPE.EventSynchronization, 'Event'],
  [OBJECT_TYPE.Mutant, 'Mutant'],
  [OBJECT_TYPE.Process, 'Process'],
  [OBJECT_TYPE.Semaphore, 'Semaphore'],
  [OBJECT_TYPE.Thread, 'Thread'],
  [OBJECT_TYPE.TimerNotification, 'Timer'],
  [OBJECT_TYPE.TimerSynchronization, 'Timer'],
]);

/** The kind of an object, from what is known of it or from its dispatcher header. */
export function typeOfObject(kernel: Kernel, at: Va): ObjectTypeName | undefined {
  const known = objects(kernel).get(at);
  if (known !== undefined) return known.type;
  return BY_HEADER.get(DISPATCHER_HEADER.at(kernel.mmu, at).Type & 0x7f);
}

/** True when no type is asked for or the object is of it. */
export const isOfType = (kernel: Kernel, type: ObjectTypeName | undefined, wanted: Va): boolean =>
  wanted === NULL || (type !== undefined && objectType(kernel, type) === wanted);

/** Full name of an object, empty for one without. */
export function nameOfObject(kernel: Kernel, at: Va): string {
  const known = objects(kernel).get(at);
  if (known?.type === 'File') {
    const file = FILE_OBJECT.at(kernel.mmu, at);
    const device = devices(kernel).nameOf(file.DeviceObject) ?? '';
    return device + readUnicodeString(kernel.mmu, file.FileName.$address);
  }
  if (processes(kernel).isProcess(at)) return '';
  return known?.name ?? '';
}

/** A new handle, which holds a reference of its own. */
export function openHandle(kernel: Kernel, at: Va, type: ObjectTypeName): bigint {
  objects(kernel).reference(at);
  if (type === 'File') return openFileHandle(kernel, at);
  return handles(kernel).open({
    type: type.toLowerCase(),
    body: at,
    *closing() {
      yield* dereference(kernel, at);
    },
  });
}
