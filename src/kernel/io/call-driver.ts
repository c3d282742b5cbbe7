/** IofCallDriver: moves a packet to the next stack location and calls the dispatch routine of its device's driver. */
import { type Va, vaAdd } from '../../units/address.ts';
import { type NtStatus, ntStatus, STATUS } from '../../units/status.ts';
import type { Blocking } from '../effects.ts';
import { bugCheck } from '../end.ts';
import { exportAddresses } from '../exports.ts';
import type { Kernel } from '../kernel.ts';
import { completeRequest } from './complete-request.ts';
import { callForDevice, devices } from './devices.ts';
import { drivers, HOST_DISPATCH, INVALID_REQUEST } from './drivers.ts';
import { irpName } from './function-codes.ts';
import { IO_STACK_LOCATION, IRP } from './irp-layout.ts';
import { type IrpRecord, irps } from './irps.ts';
import { DEVICE_OBJECT, DRIVER_OBJECT } from './layout.ts';

const NO_MORE_IRP_STACK_LOCATIONS = 0x35;
const MAJOR_FUNCTION = DRIVER_OBJECT.offsetOf('MajorFunction');

export function* callDriver(kernel: Kernel, device: Va, irp: Va): Blocking<NtStatus> {
  const location = advance(kernel, device, irp);
  const record = irps(kernel).record(irp);
  announce(kernel, record, device, location.$address);
  const driver = DEVICE_OBJECT.at(kernel.mmu, device).DriverObject;
  const { MajorFunction, MinorFunction } = location;
  const entry = kernel.mmu.pointer(vaAdd(driver, MAJOR_FUNCTION + MajorFunction * 8));
  const name = `Dispatch ${irpName(MajorFunction, MinorFunction)}`;
  record.calls++;
  try {
    return yield* dispatch(kernel, entry, device, irp, name);
  } finally {
    // Also when an exception goes through to the driver that sent the packet.
    record.calls--;
    if (record.completed && record.threaded && record.calls === 0) irps(kernel).free(irp);
  }
}

function advance(kernel: Kernel, device: Va, irp: Va) {
  const view = IRP.at(kernel.mmu, irp);
  const next = view.CurrentLocation - 1;
  if (next <= 0) {
    bugCheck(NO_MORE_IRP_STACK_LOCATIONS, [irp], 'the IRP has no stack location left');
  }
  view.CurrentLocation = next;
  const at = vaAdd(view.CurrentStackLocation, -IO_STACK_LOCATION.bytes);
  view.CurrentStackLocation = at;
  const location = IO_STACK_LOCATION.at(kernel.mmu, at);
  location.DeviceObject = device;
  return location;
}

/** Tells of a request's start, and of the driver under test giving one to the driver below. */
function announce(kernel: Kernel, record: IrpRecord, device: Va, location: Va): void {
  const { MajorFunction, MinorFunction } = IO_STACK_LOCATION.at(kernel.mmu, location);
  const name = irpName(MajorFunction, MinorFunction);
  const subject = devices(kernel).subjectOf(device);
  const { origin, input } = record;
  const isNew = record.name === null;
  if (!isNew && !isPassedDown(kernel, device)) return;
  if (isNew) {
    record.name = name;
    record.subject = subject;
    record.completed = false;
  }
  kernel.emit({
    kind: 'irp',
    what: isNew ? 'sent' : 'passed-down',
    subject,
    name,
    status: null,
    from: origin,
    ...(isNew && input !== null ? { input } : {}),
  });
}

/** From a compiled driver to the one below it in the stack. */
function isPassedDown(kernel: Kernel, device: Va): boolean {
  const target = devices(kernel).driverOf(device);
  const above = DEVICE_OBJECT.at(kernel.mmu, device).AttachedDevice;
  if (!devices(kernel).isDevice(above)) return false;
  const sender = devices(kernel).driverOf(above);
  return sender !== target && drivers(kernel).isCompiled(sender);
}

function* dispatch(
  kernel: Kernel,
  entry: Va,
  device: Va,
  irp: Va,
  name: string,
): Blocking<NtStatus> {
  const thunks = exportAddresses(kernel);
  if (entry === thunks.get(INVALID_REQUEST)) return yield* refuse(kernel, irp);
  if (entry === thunks.get(HOST_DISPATCH)) return yield* dispatchToHost(kernel, device, irp);
  return ntStatus(yield* callForDevice(kernel, entry, [device, irp], name, device));
}

/** What every entry does that a driver leaves as it is. */
export function* refuse(kernel: Kernel, irp: Va): Blocking<NtStatus> {
  const { IoStatus } = IRP.at(kernel.mmu, irp);
  IoStatus.Status = STATUS.INVALID_DEVICE_REQUEST;
  IoStatus.Information = 0n;
  yield* completeRequest(kernel, irp);
  return STATUS.INVALID_DEVICE_REQUEST;
}

export function* dispatchToHost(kernel: Kernel, device: Va, irp: Va): Blocking<NtStatus> {
  const host = drivers(kernel).hostOf(devices(kernel).driverOf(device));
  if (host === undefined) return yield* refuse(kernel, irp);
  return yield* host.dispatch(device, irp);
}
