/** Requests that drivers build for other drivers: IoBuildSynchronousFsdRequest and its kin. */
import { bool, ptr, u32 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { APC_LEVEL } from '../../units/irql.ts';
import { pool } from '../ex/pool.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import { IRP_MJ } from './function-codes.ts';
import { IRP, IRP_FLAGS } from './irp-layout.ts';
import { irps, nextLocation } from './irps.ts';
import { DEVICE_OBJECT, DO } from './layout.ts';
import { lockBuffer } from './request-mdl.ts';

interface Built {
  readonly device: Va;
  readonly major: number;
}

/** A packet for the stack of `device`, its first location's function set. */
function build(kernel: Kernel, { device, major }: Built): Va | undefined {
  const { StackSize } = DEVICE_OBJECT.at(kernel.mmu, device);
  const at = irps(kernel).allocate(StackSize, 'driver');
  if (at === undefined) return undefined;
  IRP.at(kernel.mmu, at).Thread = kernel.scheduler.currentThread;
  nextLocation(kernel, at).MajorFunction = major;
  return at;
}

/** The system buffer of buffered I/O, filled with `bytes` of input; false without RAM for it. */
export function addSystemBuffer(
  kernel: Kernel,
  irp: Va,
  capacity: number,
  input: Va,
  bytes: number,
) {
  const buffer = pool(kernel).allocate(capacity, 'Io  ');
  if (buffer === undefined) return false;
  if (input !== NULL && bytes > 0)
    kernel.mmu.writeBytes(buffer, kernel.mmu.readBytes(input, bytes));
  const view = IRP.at(kernel.mmu, irp);
  view.SystemBuffer = buffer;
  view.Flags |= IRP_FLAGS.BUFFERED_IO | IRP_FLAGS.DEALLOCATE_BUFFER;
  return true;
}

interface Transfer {
  readonly major: number;
  readonly device: Va;
  readonly buffer: Va;
  readonly length: number;
  readonly offsetAt: Va;
}

const TRANSFERS: ReadonlySet<number> = new Set([IRP_MJ.READ, IRP_MJ.WRITE]);

function buildTransfer(kernel: Kernel, transfer: Transfer): Va | undefined {
  const { major, device, buffer, length, offsetAt } = transfer;
  const at = build(kernel, { device, major });
  if (at === undefined || !TRANSFERS.has(major)) return at;
  const isRead = major === IRP_MJ.READ;
  const view = IRP.at(kernel.mmu, at);
  const { Flags } = DEVICE_OBJECT.at(kernel.mmu, device);
  if ((Flags & DO.BUFFERED_IO) !== 0) {
    const input = isRead ? NULL : buffer;
    if (length > 0 && !addSystemBuffer(kernel, at, length, input, length)) {
      irps(kernel).free(at);
      return undefined;
    }
    view.UserBuffer = buffer;
    if (isRead) view.Flags |= IRP_FLAGS.INPUT_OPERATION;
  } else if ((Flags & DO.DIRECT_IO) !== 0) {
    const mdl = length > 0 ? lockBuffer(kernel, buffer, length, isRead) : NULL;
    if (mdl === undefined) {
      irps(kernel).free(at);
      return undefined;
    }
    view.MdlAddress = mdl;
  } else view.UserBuffer = buffer;
  view.Flags |= isRead ? IRP_FLAGS.READ_OPERATION : IRP_FLAGS.WRITE_OPERATION;
  const location = nextLocation(kernel, at);
  location.Argument1 = BigInt(length);
  if (offsetAt !== NULL) location.Argument3 = kernel.mmu.u64(offsetAt);
  return at;
}

const TRANSFER = {
  MajorFunction: u32,
  DeviceObject: ptr('DEVICE_OBJECT'),
  Buffer: ptr(),
  Length: u32,
  StartingOffset: ptr('LARGE_INTEGER'),
} as const;

const IoBuildSynchronousFsdRequest = service({
  name: 'IoBuildSynchronousFsdRequest',
  doc: 'wdm/nf-wdm-iobuildsynchronousfsdrequest',
  params: { ...TRANSFER, Event: ptr('KEVENT'), IoStatusBlock: ptr('IO_STATUS_BLOCK') },
  returns: 'pointer',
  maxIrql: APC_LEVEL,
  mayFail: ['null'],
  run(kernel, args) {
    const at = buildTransfer(kernel, transferOf(args));
    if (at === undefined) return NULL;
    thread(kernel, at, args.Event, args.IoStatusBlock);
    return at;
  },
});

/** The caller's completion routine has to free the packet. */
const IoBuildAsynchronousFsdRequest = service({
  name: 'IoBuildAsynchronousFsdRequest',
  doc: 'wdm/nf-wdm-iobuildasynchronousfsdrequest',
  params: { ...TRANSFER, IoStatusBlock: ptr('IO_STATUS_BLOCK') },
  returns: 'pointer',
  maxIrql: APC_LEVEL,
  mayFail: ['null'],
  run(kernel, args) {
    const at = buildTransfer(kernel, transferOf(args));
    if (at === undefined) return NULL;
    IRP.at(kernel.mmu, at).UserIosb = args.IoStatusBlock;
    return at;
  },
});

const transferOf = (args: {
  readonly MajorFunction: number;
  readonly DeviceObject: Va;
  readonly Buffer: Va;
  readonly Length: number;
  readonly StartingOffset: Va;
}): Transfer => ({
  major: args.MajorFunction,
  device: args.DeviceObject,
  buffer: args.Buffer,
  length: args.Length,
  offsetAt: args.StartingOffset,
});

/** The I/O manager tells the caller of the end, and frees the packet. */
function thread(kernel: Kernel, at: Va, event: Va, iosb: Va): void {
  irps(kernel).record(at).threaded = true;
  const irp = IRP.at(kernel.mmu, at);
  irp.UserEvent = event;
  irp.UserIosb = iosb;
}

const METHOD = { BUFFERED: 0, IN_DIRECT: 1, NEITHER: 3 } as const;

const IoBuildDeviceIoControlRequest = service({
  name: 'IoBuildDeviceIoControlRequest',
  doc: 'wdm/nf-wdm-iobuilddeviceiocontrolrequest',
  params: {
    IoControlCode: u32,
    DeviceObject: ptr('DEVICE_OBJECT'),
    InputBuffer: ptr(),
    InputBufferLength: u32,
    OutputBuffer: ptr(),
    OutputBufferLength: u32,
    InternalDeviceIoControl: bool,
    Event: ptr('KEVENT'),
    IoStatusBlock: ptr('IO_STATUS_BLOCK'),
  },
  returns: 'pointer',
  maxIrql: APC_LEVEL,
  mayFail: ['null'],
  run(kernel, args) {
    const major = args.InternalDeviceIoControl
      ? IRP_MJ.INTERNAL_DEVICE_CONTROL
      : IRP_MJ.DEVICE_CONTROL;
    const at = build(kernel, { device: args.DeviceObject, major });
    if (at === undefined) return NULL;
    const location = nextLocation(kernel, at);
    location.Argument1 = BigInt(args.OutputBufferLength);
    location.Argument2 = BigInt(args.InputBufferLength);
    location.Argument3 = BigInt(args.IoControlCode);
    if (!addControlBuffers(kernel, at, args)) {
      pool(kernel).free(IRP.at(kernel.mmu, at).SystemBuffer);
      irps(kernel).free(at);
      return NULL;
    }
    thread(kernel, at, args.Event, args.IoStatusBlock);
    return at;
  },
});

export interface ControlBuffers {
  readonly IoControlCode: number;
  readonly InputBuffer: Va;
  readonly InputBufferLength: number;
  readonly OutputBuffer: Va;
  readonly OutputBufferLength: number;
}

/** Gives a device-control packet its buffers, as the transfer type of its code says. False without RAM. */
export function addControlBuffers(kernel: Kernel, at: Va, buffers: ControlBuffers): boolean {
  const { IoControlCode, InputBuffer, OutputBuffer } = buffers;
  const { InputBufferLength: inputBytes, OutputBufferLength: outputBytes } = buffers;
  const view = IRP.at(kernel.mmu, at);
  const method = IoControlCode & 3;
  if (method === METHOD.NEITHER) {
    nextLocation(kernel, at).Argument4 = InputBuffer;
    view.UserBuffer = OutputBuffer;
    return true;
  }
  const isBuffered = method === METHOD.BUFFERED;
  const capacity = isBuffered ? Math.max(inputBytes, outputBytes) : inputBytes;
  if (capacity > 0 && !addSystemBuffer(kernel, at, capacity, InputBuffer, inputBytes)) return false;
  if (isBuffered) {
    view.UserBuffer = OutputBuffer;
    if (outputBytes > 0) view.Flags |= IRP_FLAGS.INPUT_OPERATION;
  } else if (outputBytes > 0 && OutputBuffer !== NULL) {
    const isWritten = method !== METHOD.IN_DIRECT;
    const mdl = lockBuffer(kernel, OutputBuffer, outputBytes, isWritten);
    if (mdl === undefined) return false;
    view.MdlAddress = mdl;
  }
  return true;
}

export const buildIrpServices: readonly Service[] = [
  IoBuildSynchronousFsdRequest,
  IoBuildAsynchronousFsdRequest,
  IoBuildDeviceIoControlRequest,
];
