/** Requests that kernel code makes through file handles: which device they go to and how their buffers travel. */
import { IO_STATUS_BLOCK } from '../../layout/nt.ts';
import { NULL, type Va } from '../../units/address.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import type { Blocking } from '../effects.ts';
import { addControlBuffers, addSystemBuffer } from '../io/build-irp.ts';
import { devices } from '../io/devices.ts';
import { isFile } from '../io/files.ts';
import { IRP_MJ } from '../io/function-codes.ts';
import { IRP, IRP_FLAGS } from '../io/irp-layout.ts';
import { DEVICE_OBJECT, DO, FILE_OBJECT } from '../io/layout.ts';
import { lockBuffer } from '../io/request-mdl.ts';
import { type Request, sendRequest } from '../io/send-request.ts';
import { signalEvent } from '../ke/dispatcher.ts';
import type { Kernel } from '../kernel.ts';
import { handles } from '../ob/handles.ts';

/** FILE_OBJECT behind a handle, or why there is none. */
export function fileOf(kernel: Kernel, handle: bigint): Va | NtStatus {
  const object = handles(kernel).get(handle);
  if (object === undefined) return STATUS.INVALID_HANDLE;
  return isFile(object) ? object.body : STATUS.OBJECT_TYPE_MISMATCH;
}

export const isFailure = (found: Va | NtStatus): found is NtStatus => typeof found === 'number';

/** Where the outcome goes: a status block, and an event that is set then. */
export interface Reply {
  readonly ioStatusBlock: Va;
  readonly event: bigint;
}

export function tell(
  kernel: Kernel,
  { ioStatusBlock, event }: Reply,
  status: NtStatus,
  information: bigint,
): NtStatus {
  if (ioStatusBlock !== NULL) {
    const block = IO_STATUS_BLOCK.at(kernel.mmu, ioStatusBlock);
    block.Status = status;
    block.Information = information;
  }
  const body = event === 0n ? undefined : handles(kernel).get(event)?.body;
  if (body !== undefined) signalEvent(kernel, body);
  return status;
}

const NO_EVENT = 0n;
export const replyTo = (ioStatusBlock: Va, event = NO_EVENT): Reply => ({ ioStatusBlock, event });

/** Sends the request and waits: the caller's handle is served as a synchronous one. */
function* send(
  kernel: Kernel,
  file: Va,
  reply: Reply,
  request: Omit<Request, 'device' | 'origin' | 'file'>,
): Blocking<NtStatus> {
  const { DeviceObject } = FILE_OBJECT.at(kernel.mmu, file);
  const answer = yield* sendRequest(kernel, {
    ...request,
    device: DeviceObject,
    origin: 'driver',
    file,
    flags: (request.flags ?? 0) | IRP_FLAGS.SYNCHRONOUS_API,
  });
  return tell(kernel, reply, answer.status, answer.information);
}

export interface Transfer {
  readonly buffer: Va;
  readonly length: number;
  /** Address of the byte offset, or NULL for the file's own position. */
  readonly offsetAt: Va;
}

export function* transfer(
  kernel: Kernel,
  file: Va,
  isRead: boolean,
  { buffer, length, offsetAt }: Transfer,
  reply: Reply,
): Blocking<NtStatus> {
  const view = FILE_OBJECT.at(kernel.mmu, file);
  const top = devices(kernel).topOf(view.DeviceObject);
  const { Flags } = DEVICE_OBJECT.at(kernel.mmu, top);
  const offset = offsetAt === NULL ? view.CurrentByteOffset : kernel.mmu.u64(offsetAt);
  return yield* send(kernel, file, reply, {
    major: isRead ? IRP_MJ.READ : IRP_MJ.WRITE,
    flags: isRead ? IRP_FLAGS.READ_OPERATION : IRP_FLAGS.WRITE_OPERATION,
    arguments: [BigInt(length), 0n, offset],
    prepare(irp) {
      const packet = IRP.at(kernel.mmu, irp);
      packet.UserBuffer = buffer;
      if (length === 0) return;
      if ((Flags & DO.BUFFERED_IO) !== 0) {
        addSystemBuffer(kernel, irp, length, isRead ? NULL : buffer, length);
        if (isRead) packet.Flags |= IRP_FLAGS.INPUT_OPERATION;
      } else if ((Flags & DO.DIRECT_IO) !== 0) {
        packet.MdlAddress = lockBuffer(kernel, buffer, length, isRead) ?? NULL;
      }
    },
  });
}

export interface Control {
  readonly code: number;
  readonly input: Va;
  readonly inputLength: number;
  readonly output: Va;
  readonly outputLength: number;
}

export function control(
  kernel: Kernel,
  file: Va,
  major: number,
  { code, input, inputLength, output, outputLength }: Control,
  reply: Reply,
): Blocking<NtStatus> {
  return send(kernel, file, reply, {
    major,
    arguments: [BigInt(outputLength), BigInt(inputLength), BigInt(code >>> 0)],
    prepare: (irp) => {
      addControlBuffers(kernel, irp, {
        IoControlCode: code,
        InputBuffer: input,
        InputBufferLength: inputLength,
        OutputBuffer: output,
        OutputBufferLength: outputLength,
      });
    },
  });
}

/** Query and set requests: always buffered, their class in the second argument. */
export function information(
  kernel: Kernel,
  file: Va,
  major: number,
  { at, length, type }: { readonly at: Va; readonly length: number; readonly type: number },
  reply: Reply,
): Blocking<NtStatus> {
  const isQuery = major === IRP_MJ.QUERY_INFORMATION || major === IRP_MJ.QUERY_VOLUME_INFORMATION;
  return send(kernel, file, reply, {
    major,
    arguments: [BigInt(length), BigInt(type)],
    prepare(irp) {
      const packet = IRP.at(kernel.mmu, irp);
      packet.UserBuffer = at;
      if (length === 0) return;
      addSystemBuffer(kernel, irp, length, isQuery ? NULL : at, length);
      if (isQuery) packet.Flags |= IRP_FLAGS.INPUT_OPERATION;
    },
  });
}

export function flush(kernel: Kernel, file: Va, reply: Reply): Blocking<NtStatus> {
  return send(kernel, file, reply, { major: IRP_MJ.FLUSH_BUFFERS });
}
