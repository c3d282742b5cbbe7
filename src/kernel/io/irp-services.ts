/** Packets made, sent, completed and freed: IoAllocateIrp, IofCallDriver, IofCompleteRequest and their kin. */
import { bool, i8, ptr, u8, u16, u32 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { APC_LEVEL, DISPATCH_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import { type Blocking, wait } from '../effects.ts';
import { allocateForKernel, pool } from '../ex/pool.ts';
import { exportAddress } from '../exports.ts';
import { initialiseHeader, signalEvent } from '../ke/dispatcher.ts';
import { KEVENT, OBJECT_TYPE } from '../ke/layout.ts';
import type { Kernel } from '../kernel.ts';
import { alias, type Service, service } from '../service.ts';
import { callDriver, dispatchToHost, refuse } from './call-driver.ts';
import { completeRequest, SIGNAL_COMPLETION } from './complete-request.ts';
import { drivers, HOST_ADD_DEVICE, HOST_DISPATCH, INVALID_REQUEST } from './drivers.ts';
import { IO_STACK_LOCATION, IRP, IRP_FLAGS, irpBytes, SL } from './irp-layout.ts';
import { currentLocation, irps, nextLocation } from './irps.ts';

const IoAllocateIrp = service({
  name: 'IoAllocateIrp',
  doc: 'wdm/nf-wdm-ioallocateirp',
  params: { StackSize: i8, ChargeQuota: bool },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run: (kernel, { StackSize }) => irps(kernel).allocate(StackSize, 'driver') ?? NULL,
});

const IoAllocateIrpEx = service({
  name: 'IoAllocateIrpEx',
  doc: 'wdm/nf-wdm-ioallocateirpex',
  params: { DeviceObject: ptr('DEVICE_OBJECT'), StackSize: i8, ChargeQuota: bool },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run: (kernel, { StackSize }) => irps(kernel).allocate(StackSize, 'driver') ?? NULL,
});

const IoFreeIrp = service({
  name: 'IoFreeIrp',
  doc: 'wdm/nf-wdm-iofreeirp',
  params: { Irp: ptr('IRP') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Irp }) => irps(kernel).free(Irp),
});

const IoInitializeIrp = service({
  name: 'IoInitializeIrp',
  doc: 'wdm/nf-wdm-ioinitializeirp',
  params: { Irp: ptr('IRP'), PacketSize: u16, StackSize: i8 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Irp, PacketSize, StackSize }) {
    irps(kernel).initialise(Irp, PacketSize, StackSize, 'driver');
  },
});

const IoReuseIrp = service({
  name: 'IoReuseIrp',
  doc: 'wdm/nf-wdm-ioreuseirp',
  params: { Irp: ptr('IRP'), Iostatus: u32 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Irp, Iostatus }) {
    const irp = IRP.at(kernel.mmu, Irp);
    const { AllocationFlags, StackCount } = irp;
    irps(kernel).initialise(Irp, irpBytes(StackCount), StackCount, 'driver');
    irp.AllocationFlags = AllocationFlags;
    irp.IoStatus.Status = Iostatus;
  },
});

const IoSizeOfIrp = service({
  name: 'IoSizeofIrp',
  doc: 'wdm.h',
  params: { StackSize: i8 },
  returns: 'u32',
  run: (_kernel, { StackSize }) => irpBytes(StackSize),
});

const IoMakeAssociatedIrp = service({
  name: 'IoMakeAssociatedIrp',
  doc: 'ntddk/nf-ntddk-iomakeassociatedirp',
  params: { Irp: ptr('IRP'), StackSize: i8 },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run(kernel, { Irp, StackSize }) {
    const made = irps(kernel).allocate(StackSize, 'driver');
    if (made === undefined) return NULL;
    const irp = IRP.at(kernel.mmu, made);
    irp.Flags = IRP_FLAGS.ASSOCIATED_IRP;
    irp.Thread = IRP.at(kernel.mmu, Irp).Thread;
    irp.SystemBuffer = Irp;
    return made;
  },
});

const IofCallDriver = service({
  name: 'IofCallDriver',
  doc: 'wdm/nf-wdm-iofcalldriver',
  params: { DeviceObject: ptr('DEVICE_OBJECT'), Irp: ptr('IRP') },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  passesExceptions: true,
  *run(kernel, { DeviceObject, Irp }) {
    return yield* callDriver(kernel, DeviceObject, Irp);
  },
});

const IofCompleteRequest = service({
  name: 'IofCompleteRequest',
  doc: 'wdm/nf-wdm-iocompleterequest',
  params: { Irp: ptr('IRP'), PriorityBoost: u8 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  passesExceptions: true,
  *run(kernel, { Irp }) {
    yield* completeRequest(kernel, Irp);
  },
});

/** The context that keeps the driver loaded while its routine runs is ours; the location holds the routine itself. */
const IoSetCompletionRoutineEx = service({
  name: 'IoSetCompletionRoutineEx',
  doc: 'wdm/nf-wdm-iosetcompletionroutineex',
  params: {
    DeviceObject: ptr('DEVICE_OBJECT'),
    Irp: ptr('IRP'),
    CompletionRoutine: ptr('IO_COMPLETION_ROUTINE'),
    Context: ptr(),
    InvokeOnSuccess: bool,
    InvokeOnError: bool,
    InvokeOnCancel: bool,
  },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  run(kernel, args) {
    const location = nextLocation(kernel, args.Irp);
    location.CompletionRoutine = args.CompletionRoutine;
    location.Context = args.Context;
    location.Control =
      (args.InvokeOnSuccess ? SL.INVOKE_ON_SUCCESS : 0) |
      (args.InvokeOnError ? SL.INVOKE_ON_ERROR : 0) |
      (args.InvokeOnCancel ? SL.INVOKE_ON_CANCEL : 0);
    return STATUS.SUCCESS;
  },
});

/** What IoCopyCurrentIrpStackLocationToNext copies: all before the completion routine. */
const COPIED_BYTES = IO_STACK_LOCATION.offsetOf('CompletionRoutine');

const IoForwardIrpSynchronously = service({
  name: 'IoForwardIrpSynchronously',
  doc: 'wdm/nf-wdm-ioforwardirpsynchronously',
  params: { DeviceObject: ptr('DEVICE_OBJECT'), Irp: ptr('IRP') },
  returns: 'bool',
  maxIrql: APC_LEVEL,
  run: (kernel, { DeviceObject, Irp }) => forwardAndWait(kernel, DeviceObject, Irp),
});

/** Gives the packet to the driver below and takes it back when that has completed it; false without a location left. */
export function* forwardAndWait(kernel: Kernel, device: Va, irp: Va): Blocking<boolean> {
  const { mmu } = kernel;
  if (IRP.at(mmu, irp).CurrentLocation <= 1) return false;
  const next = nextLocation(kernel, irp);
  const current = currentLocation(kernel, irp);
  mmu.writeBytes(next.$address, mmu.readBytes(current.$address, COPIED_BYTES));
  const event = allocateForKernel(kernel, KEVENT.bytes, 'Even');
  initialiseHeader(kernel, event, OBJECT_TYPE.EventNotification, KEVENT.bytes, 0);
  next.Control = SL.INVOKE_ON_SUCCESS | SL.INVOKE_ON_ERROR | SL.INVOKE_ON_CANCEL;
  next.CompletionRoutine = exportAddress(kernel, SIGNAL_COMPLETION);
  next.Context = event;
  const status = yield* callDriver(kernel, device, irp);
  if (status === STATUS.PENDING) yield* wait([event], null);
  pool(kernel).free(event);
  return true;
}

/** Completion stops here; the forwarder goes on. */
const IopSignalCompletion = service({
  name: SIGNAL_COMPLETION,
  doc: 'wdm.h',
  params: { DeviceObject: ptr('DEVICE_OBJECT'), Irp: ptr('IRP'), Event: ptr('KEVENT') },
  returns: 'status',
  run(kernel, { Event }) {
    signalEvent(kernel, Event);
    return STATUS.MORE_PROCESSING_REQUIRED;
  },
});

const IopInvalidDeviceRequest = service({
  name: INVALID_REQUEST,
  doc: 'wdm.h',
  params: { DeviceObject: ptr('DEVICE_OBJECT'), Irp: ptr('IRP') },
  returns: 'status',
  *run(kernel, { Irp }) {
    return yield* refuse(kernel, Irp);
  },
});

const IopHostDispatch = service({
  name: HOST_DISPATCH,
  doc: 'wdm.h',
  params: { DeviceObject: ptr('DEVICE_OBJECT'), Irp: ptr('IRP') },
  returns: 'status',
  *run(kernel, { DeviceObject, Irp }) {
    return yield* dispatchToHost(kernel, DeviceObject, Irp);
  },
});

const IopHostAddDevice = service({
  name: HOST_ADD_DEVICE,
  doc: 'wdm.h',
  params: { DriverObject: ptr('DRIVER_OBJECT'), PhysicalDeviceObject: ptr('DEVICE_OBJECT') },
  returns: 'status',
  *run(kernel, { DriverObject, PhysicalDeviceObject }) {
    const add = drivers(kernel).hostOf(DriverObject)?.addDevice;
    return add === undefined ? STATUS.NOT_SUPPORTED : yield* add(PhysicalDeviceObject);
  },
});

export const irpServices: readonly Service[] = [
  IoAllocateIrp,
  IoAllocateIrpEx,
  IoFreeIrp,
  IoInitializeIrp,
  IoReuseIrp,
  IoSizeOfIrp,
  IoMakeAssociatedIrp,
  IofCallDriver,
  alias('IoCallDriver', IofCallDriver, 'wdm/nf-wdm-iocalldriver'),
  IofCompleteRequest,
  alias('IoCompleteRequest', IofCompleteRequest),
  IoSetCompletionRoutineEx,
  IoForwardIrpSynchronously,
  IopSignalCompletion,
  IopInvalidDeviceRequest,
  IopHostDispatch,
  IopHostAddDevice,
];
