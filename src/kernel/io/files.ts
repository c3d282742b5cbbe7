/** File objects: opening a device by name, and what closing it sends to its driver. */
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { isSuccess, type NtStatus, STATUS } from '../../units/status.ts';
import type { Blocking } from '../effects.ts';
import { allocateForKernel, pool } from '../ex/pool.ts';
import { initialiseHeader } from '../ke/dispatcher.ts';
import { KEVENT, OBJECT_TYPE } from '../ke/layout.ts';
import { type Kernel, part } from '../kernel.ts';
import { type HandleObject, handles } from '../ob/handles.ts';
import { namespace } from '../ob/namespace.ts';
import { dereference, objects } from '../ob/objects.ts';
import { fillUnicodeString } from '../ob/unicode.ts';
import { initialiseList } from './device-queue.ts';
import { DOE_START_PENDING, devices } from './devices.ts';
import { IRP_MJ } from './function-codes.ts';
import { IRP_FLAGS } from './irp-layout.ts';
import type { IrpOrigin } from './irps.ts';
import { DEVICE_OBJECT, DO, FILE_OBJECT, FO, IO_TYPE } from './layout.ts';
import { sendRequest } from './send-request.ts';

/** A handle to a device. */
export interface FileHandle extends HandleObject {
  readonly type: 'file';
  readonly body: Va;
}

export const isFile = (object: HandleObject): object is FileHandle => object.type === 'file';

export interface OpenRequest {
  readonly access?: number;
  readonly shareAccess?: number;
  readonly disposition?: number;
  readonly options?: number;
  readonly attributes?: number;
  readonly origin?: IrpOrigin;
  readonly limitTicks?: bigint;
}

export interface Opened {
  readonly status: NtStatus;
  /** FILE_OBJECT, or NULL. */
  readonly file: Va;
  readonly information: bigint;
}

/** ACCESS_MASK bits (wdm.h). */
const FILE_READ_DATA = 0x1n;
const FILE_WRITE_DATA = 0x2n;
const DELETE = 0x1_0000n;
const GENERIC_READ = 0x8000_0000n;
const GENERIC_WRITE = 0x4000_0000n;
const GENERIC_ALL = 0x1000_0000n;
/** FILE_SYNCHRONOUS_IO_ALERT and FILE_SYNCHRONOUS_IO_NONALERT. */
const SYNCHRONOUS = 0x30;
const FILE_OPEN = 1;
const SHARE_ALL = 7;

/** Where IO_SECURITY_CONTEXT has its DesiredAccess (wdm.h). */
const SECURITY_CONTEXT_BYTES = 24;
const DESIRED_ACCESS = 16n;

/** How many handles each file has: the last one closed sends IRP_MJ_CLEANUP. */
const handleCounts = part(() => new Map<Va, number>());

/** Opens the device that a path names; the requester gets the file object's first reference. */
export function* openDeviceByName(
  kernel: Kernel,
  path: string,
  request: OpenRequest = {},
): Blocking<Opened> {
  const found = namespace(kernel).resolve(path);
  if (found === undefined) return failed(STATUS.OBJECT_NAME_NOT_FOUND);
  if (found.named.kind !== 'object') return failed(STATUS.OBJECT_TYPE_MISMATCH);
  const device = found.named.at;
  if (!devices(kernel).isDevice(device)) return failed(STATUS.OBJECT_TYPE_MISMATCH);
  return yield* openDevice(kernel, device, found.rest, request);
}

const failed = (status: NtStatus): Opened => ({ status, file: NULL, information: 0n });

function* openDevice(
  kernel: Kernel,
  device: Va,
  rest: string,
  request: OpenRequest,
): Blocking<Opened> {
  const view = DEVICE_OBJECT.at(kernel.mmu, device);
  const pending = (devices(kernel).flagsOf(device) & DOE_START_PENDING) !== 0;
  if (devices(kernel).isGoing(device) || pending || (view.Flags & DO.DEVICE_INITIALIZING) !== 0) {
    return failed(STATUS.NO_SUCH_DEVICE);
  }
  if ((view.Flags & DO.EXCLUSIVE) !== 0 && view.ReferenceCount !== 0) {
    return failed(STATUS.ACCESS_DENIED);
  }
  view.ReferenceCount += 1;
  const file = newFile(kernel, device, rest, request);
  const answer = yield* sendCreate(kernel, device, file, request);
  if (isSuccess(answer.status)) {
    objects(kernel).add(file, 'File', null, () => endFile(kernel, file));
    return { status: answer.status, file, information: answer.information };
  }
  freeFile(kernel, file);
  yield* devices(kernel).closed(device);
  return failed(answer.status);
}

/** A handle to an open file; the handle takes over the caller's reference. */
export function openFileHandle(kernel: Kernel, file: Va): bigint {
  FILE_OBJECT.at(kernel.mmu, file).Flags |= FO.HANDLE_CREATED;
  const counts = handleCounts(kernel);
  counts.set(file, (counts.get(file) ?? 0) + 1);
  const object: FileHandle = { type: 'file', body: file, closing: () => closeOne(kernel, file) };
  return handles(kernel).open(object);
}

function* closeOne(kernel: Kernel, file: Va): Blocking<void> {
  const counts = handleCounts(kernel);
  const left = (counts.get(file) ?? 1) - 1;
  counts.set(file, left);
  if (left === 0) {
    counts.delete(file);
    yield* sendForFile(kernel, IRP_MJ.CLEANUP, file, 0);
  }
  yield* dereference(kernel, file);
}

/** Sends IRP_MJ_CLEANUP as when the last handle goes, for files opened without one. */
export function* cleanUpFile(kernel: Kernel, file: Va): Blocking<void> {
  yield* sendForFile(kernel, IRP_MJ.CLEANUP, file, 0);
}

function* endFile(kernel: Kernel, file: Va): Blocking<void> {
  const { DeviceObject } = FILE_OBJECT.at(kernel.mmu, file);
  yield* sendForFile(kernel, IRP_MJ.CLOSE, file, IRP_FLAGS.CLOSE_OPERATION);
  freeFile(kernel, file);
  yield* devices(kernel).closed(DeviceObject);
}

function* sendForFile(kernel: Kernel, major: number, file: Va, flags: number): Blocking<void> {
  const { DeviceObject } = FILE_OBJECT.at(kernel.mmu, file);
  yield* sendRequest(kernel, {
    device: DeviceObject,
    major,
    origin: 'system',
    file,
    flags: flags | IRP_FLAGS.SYNCHRONOUS_API,
  });
}

function newFile(kernel: Kernel, device: Va, rest: string, request: OpenRequest): Va {
  const at = allocateForKernel(kernel, FILE_OBJECT.bytes, 'File');
  const file = FILE_OBJECT.at(kernel.mmu, at);
  const access = BigInt(request.access ?? 0);
  file.Type = IO_TYPE.FILE;
  file.Size = FILE_OBJECT.bytes;
  file.DeviceObject = device;
  file.ReadAccess = (access & (FILE_READ_DATA | GENERIC_READ | GENERIC_ALL)) !== 0n;
  file.WriteAccess = (access & (FILE_WRITE_DATA | GENERIC_WRITE | GENERIC_ALL)) !== 0n;
  file.DeleteAccess = (access & (DELETE | GENERIC_ALL)) !== 0n;
  const share = request.shareAccess ?? SHARE_ALL;
  file.SharedRead = (share & 1) !== 0;
  file.SharedWrite = (share & 2) !== 0;
  file.SharedDelete = (share & 4) !== 0;
  file.Flags = ((request.options ?? 0) & SYNCHRONOUS) !== 0 ? FO.SYNCHRONOUS_IO : 0;
  fillUnicodeString(kernel, file.FileName.$address, rest);
  for (const [event, type, state] of [
    [file.Lock.$address, OBJECT_TYPE.EventSynchronization, 0],
    [file.Event.$address, OBJECT_TYPE.EventNotification, 0],
  ] as const) {
    initialiseHeader(kernel, event, type, KEVENT.bytes, state);
  }
  initialiseList(kernel, file.IrpList.$address);
  return at;
}

function freeFile(kernel: Kernel, file: Va): void {
  pool(kernel).free(FILE_OBJECT.at(kernel.mmu, file).FileName.Buffer);
  pool(kernel).free(file);
}

function* sendCreate(kernel: Kernel, device: Va, file: Va, request: OpenRequest) {
  const context = allocateForKernel(kernel, SECURITY_CONTEXT_BYTES, 'SeCx');
  const access = request.access ?? 0;
  kernel.mmu.write(vaAdd(context, DESIRED_ACCESS), 4, BigInt(access >>> 0));
  const disposition = request.disposition ?? FILE_OPEN;
  const options = ((disposition << 24) | ((request.options ?? 0) & 0xff_ffff)) >>> 0;
  const attributes = (request.attributes ?? 0) & 0xffff;
  const share = request.shareAccess ?? SHARE_ALL;
  const answer = yield* sendRequest(kernel, {
    device,
    major: IRP_MJ.CREATE,
    origin: request.origin ?? 'system',
    file,
    flags: IRP_FLAGS.CREATE_OPERATION | IRP_FLAGS.SYNCHRONOUS_API,
    arguments: [context, BigInt(options), BigInt(attributes | (share << 16)), 0n],
    ...(request.limitTicks === undefined ? {} : { limitTicks: request.limitTicks }),
  });
  if (answer.completed) pool(kernel).free(context);
  return answer;
}
