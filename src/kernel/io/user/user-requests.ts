/** What applications ask of a device: open, read, write, control and close, from a user-mode process. */
import { NULL, type Va } from '../../../units/address.ts';
import { isSuccess, type NtStatus } from '../../../units/status.ts';
import type { Blocking } from '../../effects.ts';
import type { Kernel } from '../../kernel.ts';
import { closeHandle } from '../../ob/handles.ts';
import { addControlBuffers, addSystemBuffer } from '../build-irp.ts';
import { devices } from '../devices.ts';
import { openDeviceByName, openFileHandle } from '../files.ts';
import { IRP_MJ } from '../function-codes.ts';
import { IRP, IRP_FLAGS } from '../irp-layout.ts';
import { DEVICE_OBJECT, DO, FILE_OBJECT } from '../layout.ts';
import { lockBuffer } from '../request-mdl.ts';
import { type Answer, type Request, sendRequest } from '../send-request.ts';
import { shielded } from '../shield.ts';
import {
  allocateUserBuffer,
  freeUserBuffer,
  placeUserBuffer,
  type UserBuffer,
} from './user-memory.ts';
import { asUser } from './user-process.ts';

/** An open device. */
export interface UserFile {
  readonly handle: bigint;
  /** FILE_OBJECT. */
  readonly file: Va;
}

export interface UserAnswer {
  readonly status: NtStatus;
  readonly information: bigint;
  /** What the caller's output buffer holds afterwards. */
  readonly output: Uint8Array;
  /** The request was pended for so long that it was cancelled. */
  readonly cancelled: boolean;
  /** False when the driver keeps the request even so. */
  readonly completed: boolean;
}

/** Ten seconds of virtual time. */
const REQUEST_LIMIT_TICKS = 100_000_000n;
/** GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE. */
const READ_AND_WRITE = 0xc010_0000;
const FILE_SYNCHRONOUS_IO_NONALERT = 0x20;
const NO_BYTES = new Uint8Array(0);

/** `\\.\Name` as applications write it is `\??\Name` to the kernel. */
const kernelPath = (path: string): string =>
  path.startsWith('\\\\.\\') || path.startsWith('\\\\?\\') ? `\\??\\${path.slice(4)}` : path;

/** Opens a device by the name of its object, link or interface. */
export function* openFile(
  kernel: Kernel,
  path: string,
  limitTicks = REQUEST_LIMIT_TICKS,
): Blocking<{ readonly status: NtStatus; readonly file: UserFile | null }> {
  const opening = openDeviceByName(kernel, kernelPath(path), {
    access: READ_AND_WRITE,
    options: FILE_SYNCHRONOUS_IO_NONALERT,
    origin: 'user',
    limitTicks,
  });
  const { status, file } = yield* shielded(kernel, asUser(kernel, opening));
  if (!isSuccess(status) || file === NULL) return { status, file: null };
  return { status, file: { handle: openFileHandle(kernel, file), file } };
}

/** Closes the handle: IRP_MJ_CLEANUP, and IRP_MJ_CLOSE when nothing else refers to the file. */
export function* closeFile(kernel: Kernel, { handle }: UserFile): Blocking<void> {
  yield* shielded(kernel, asUser(kernel, closeHandle(kernel, handle)));
}

export function* readFile(
  kernel: Kernel,
  file: UserFile,
  length: number,
  offset = 0n,
  limitTicks = REQUEST_LIMIT_TICKS,
): Blocking<UserAnswer> {
  const buffer = allocateUserBuffer(kernel, length);
  const request = transfer(kernel, file, IRP_MJ.READ, buffer, offset);
  const answer = yield* send(kernel, { ...request, limitTicks });
  return take(kernel, answer, buffer);
}

export function* writeFile(
  kernel: Kernel,
  file: UserFile,
  data: Uint8Array,
  offset = 0n,
  limitTicks = REQUEST_LIMIT_TICKS,
): Blocking<UserAnswer> {
  const buffer = placeUserBuffer(kernel, data);
  const request = transfer(kernel, file, IRP_MJ.WRITE, buffer, offset);
  const answer = yield* send(kernel, { ...request, input: hexOf(data), limitTicks });
  const { completed } = answer;
  if (completed) freeUserBuffer(kernel, buffer);
  return { ...answer, output: NO_BYTES };
}

/** DeviceIoControl with buffers of exactly the given lengths. */
export function* deviceControl(
  kernel: Kernel,
  file: UserFile,
  code: number,
  input: Uint8Array,
  output: number | Uint8Array,
  limitTicks = REQUEST_LIMIT_TICKS,
): Blocking<UserAnswer> {
  const outputLength = typeof output === 'number' ? output : output.length;
  const from = input.length === 0 ? null : placeUserBuffer(kernel, input);
  const to = outputLength === 0 ? null : allocateUserBuffer(kernel, outputLength);
  if (to !== null && typeof output !== 'number') kernel.mmu.writeBytes(to.at, output);
  const answer = yield* send(kernel, {
    ...requestOf(kernel, file, IRP_MJ.DEVICE_CONTROL),
    arguments: [BigInt(outputLength), BigInt(input.length), BigInt(code >>> 0)],
    input: hexOf(input),
    limitTicks,
    prepare: (irp) => {
      addControlBuffers(kernel, irp, {
        IoControlCode: code,
        InputBuffer: from?.at ?? NULL,
        InputBufferLength: input.length,
        OutputBuffer: to?.at ?? NULL,
        OutputBufferLength: outputLength,
      });
    },
  });
  if (answer.completed && from !== null) freeUserBuffer(kernel, from);
  return take(kernel, answer, to);
}

function requestOf(kernel: Kernel, { file }: UserFile, major: number): Request {
  const { DeviceObject } = FILE_OBJECT.at(kernel.mmu, file);
  return { device: DeviceObject, major, origin: 'user', file, flags: IRP_FLAGS.SYNCHRONOUS_API };
}

/** A read or write: how the buffer goes along is the top device's choice. */
function transfer(
  kernel: Kernel,
  file: UserFile,
  major: number,
  buffer: UserBuffer,
  offset: bigint,
): Request {
  const isRead = major === IRP_MJ.READ;
  const request = requestOf(kernel, file, major);
  const { Flags } = DEVICE_OBJECT.at(kernel.mmu, devices(kernel).topOf(request.device));
  return {
    ...request,
    flags: isRead ? IRP_FLAGS.READ_OPERATION : IRP_FLAGS.WRITE_OPERATION,
    arguments: [BigInt(buffer.bytes), 0n, offset],
    prepare(irp) {
      const view = IRP.at(kernel.mmu, irp);
      view.UserBuffer = buffer.at;
      if (buffer.bytes === 0) return;
      if ((Flags & DO.BUFFERED_IO) !== 0) {
        addSystemBuffer(kernel, irp, buffer.bytes, isRead ? NULL : buffer.at, buffer.bytes);
        if (isRead) view.Flags |= IRP_FLAGS.INPUT_OPERATION;
      } else if ((Flags & DO.DIRECT_IO) !== 0) {
        view.MdlAddress = lockBuffer(kernel, buffer.at, buffer.bytes, isRead) ?? NULL;
      }
    },
  };
}

type Sent = Omit<UserAnswer, 'output'>;

function* send(kernel: Kernel, request: Request): Blocking<Sent> {
  const answer: Answer = yield* shielded(kernel, asUser(kernel, sendRequest(kernel, request)));
  const { status, information, cancelled, completed } = answer;
  return { status, information, cancelled, completed };
}

function take(kernel: Kernel, sent: Sent, buffer: UserBuffer | null): UserAnswer {
  if (buffer === null) return { ...sent, output: NO_BYTES };
  const output = kernel.mmu.readBytes(buffer.at, buffer.bytes);
  if (sent.completed) freeUserBuffer(kernel, buffer);
  return { ...sent, output };
}

const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
