/** StartIo: one packet at a time for a device, the others in its device queue. */
import { bool, ptr, u32 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { DISPATCH_LEVEL, HIGH_LEVEL } from '../../units/irql.ts';
import type { Blocking } from '../effects.ts';
import { lowerIrql, raiseIrql } from '../ke/irql-services.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import { acquireCancelLock, releaseCancelLock } from './cancel.ts';
import {
  initialiseDeviceQueue,
  insertDeviceQueue,
  removeByKey,
  removeDeviceQueue,
  removeEntry,
} from './device-queue.ts';
import { callForDevice } from './devices.ts';
import { DEVICE_QUEUE_ENTRY_OFFSET, IRP } from './irp-layout.ts';
import { DEVICE_OBJECT, DEVOBJ_EXTENSION, DRIVER_OBJECT } from './layout.ts';

/** DEVOBJ_EXTENSION.StartIoFlags. */
const START_IO = { DEFERRED: 1, NON_CANCELABLE: 2 } as const;

interface Start {
  readonly DeviceObject: Va;
  readonly Irp: Va;
  readonly Key: Va;
  readonly CancelFunction: Va;
}

function* startPacket(kernel: Kernel, { DeviceObject, Irp, Key, CancelFunction }: Start) {
  const { mmu } = kernel;
  const before = raiseIrql(kernel, DISPATCH_LEVEL);
  const device = DEVICE_OBJECT.at(mmu, DeviceObject);
  const irp = IRP.at(mmu, Irp);
  const isCancelable = CancelFunction !== NULL;
  const cancelIrql = isCancelable ? acquireCancelLock(kernel) : DISPATCH_LEVEL;
  if (isCancelable) irp.CancelRoutine = CancelFunction;
  const key = Key === NULL ? null : mmu.u32(Key);
  const entry = vaAdd(Irp, DEVICE_QUEUE_ENTRY_OFFSET);
  if (insertDeviceQueue(kernel, device.DeviceQueue.$address, entry, key)) {
    if (isCancelable && irp.Cancel) {
      irp.CancelRoutine = NULL;
      irp.CancelIrql = cancelIrql;
      const args = [DeviceObject, Irp];
      yield* callForDevice(kernel, CancelFunction, args, 'Cancel routine', DeviceObject);
    } else if (isCancelable) releaseCancelLock(kernel, cancelIrql);
  } else {
    device.CurrentIrp = Irp;
    clearIfNotCancelable(kernel, DeviceObject, Irp);
    if (isCancelable) releaseCancelLock(kernel, cancelIrql);
    yield* callStartIo(kernel, DeviceObject, Irp);
  }
  lowerIrql(kernel, before);
}

function clearIfNotCancelable(kernel: Kernel, device: Va, irp: Va): void {
  const { DeviceObjectExtension } = DEVICE_OBJECT.at(kernel.mmu, device);
  const { StartIoFlags } = DEVOBJ_EXTENSION.at(kernel.mmu, DeviceObjectExtension);
  if ((StartIoFlags & START_IO.NON_CANCELABLE) !== 0) {
    IRP.at(kernel.mmu, irp).CancelRoutine = NULL;
  }
}

function* callStartIo(kernel: Kernel, device: Va, irp: Va): Blocking<void> {
  const { DriverObject } = DEVICE_OBJECT.at(kernel.mmu, device);
  const { DriverStartIo } = DRIVER_OBJECT.at(kernel.mmu, DriverObject);
  yield* callForDevice(kernel, DriverStartIo, [device, irp], 'StartIo', device);
}

function* startNext(kernel: Kernel, at: Va, cancelable: boolean, key: number | null) {
  const device = DEVICE_OBJECT.at(kernel.mmu, at);
  const cancelIrql = cancelable ? acquireCancelLock(kernel) : DISPATCH_LEVEL;
  device.CurrentIrp = NULL;
  const queue = device.DeviceQueue.$address;
  const entry = key === null ? removeDeviceQueue(kernel, queue) : removeByKey(kernel, queue, key);
  const irp = entry === NULL ? NULL : vaAdd(entry, -DEVICE_QUEUE_ENTRY_OFFSET);
  device.CurrentIrp = irp;
  if (irp !== NULL) clearIfNotCancelable(kernel, at, irp);
  if (cancelable) releaseCancelLock(kernel, cancelIrql);
  if (irp !== NULL) yield* callStartIo(kernel, at, irp);
}

const IoStartPacket = service({
  name: 'IoStartPacket',
  doc: 'wdm/nf-wdm-iostartpacket',
  params: {
    DeviceObject: ptr('DEVICE_OBJECT'),
    Irp: ptr('IRP'),
    Key: ptr('ULONG'),
    CancelFunction: ptr('DRIVER_CANCEL'),
  },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  *run(kernel, args) {
    yield* startPacket(kernel, args);
  },
});

const IoStartNextPacket = service({
  name: 'IoStartNextPacket',
  doc: 'wdm/nf-wdm-iostartnextpacket',
  params: { DeviceObject: ptr('DEVICE_OBJECT'), Cancelable: bool },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  *run(kernel, { DeviceObject, Cancelable }) {
    yield* startNext(kernel, DeviceObject, Cancelable, null);
  },
});

const IoStartNextPacketByKey = service({
  name: 'IoStartNextPacketByKey',
  doc: 'wdm/nf-wdm-iostartnextpacketbykey',
  params: { DeviceObject: ptr('DEVICE_OBJECT'), Cancelable: bool, Key: u32 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  *run(kernel, { DeviceObject, Cancelable, Key }) {
    yield* startNext(kernel, DeviceObject, Cancelable, Key);
  },
});

const IoSetStartIoAttributes = service({
  name: 'IoSetStartIoAttributes',
  doc: 'wdm/nf-wdm-iosetstartioattributes',
  params: { DeviceObject: ptr('DEVICE_OBJECT'), DeferredStartIo: bool, NonCancelable: bool },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run(kernel, { DeviceObject, DeferredStartIo, NonCancelable }) {
    const { DeviceObjectExtension } = DEVICE_OBJECT.at(kernel.mmu, DeviceObject);
    const extension = DEVOBJ_EXTENSION.at(kernel.mmu, DeviceObjectExtension);
    extension.StartIoFlags =
      (DeferredStartIo ? START_IO.DEFERRED : 0) | (NonCancelable ? START_IO.NON_CANCELABLE : 0);
  },
});

const QUEUE = { DeviceQueue: ptr('KDEVICE_QUEUE') } as const;
const ENTRY = { ...QUEUE, DeviceQueueEntry: ptr('KDEVICE_QUEUE_ENTRY') } as const;

const KeInitializeDeviceQueue = service({
  name: 'KeInitializeDeviceQueue',
  doc: 'wdm/nf-wdm-keinitializedevicequeue',
  params: QUEUE,
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { DeviceQueue }) => initialiseDeviceQueue(kernel, DeviceQueue),
});

const KeInsertDeviceQueue = service({
  name: 'KeInsertDeviceQueue',
  doc: 'wdm/nf-wdm-keinsertdevicequeue',
  params: ENTRY,
  returns: 'bool',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { DeviceQueue, DeviceQueueEntry }) =>
    insertDeviceQueue(kernel, DeviceQueue, DeviceQueueEntry, null),
});

const KeInsertByKeyDeviceQueue = service({
  name: 'KeInsertByKeyDeviceQueue',
  doc: 'wdm/nf-wdm-keinsertbykeydevicequeue',
  params: { ...ENTRY, SortKey: u32 },
  returns: 'bool',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { DeviceQueue, DeviceQueueEntry, SortKey }) =>
    insertDeviceQueue(kernel, DeviceQueue, DeviceQueueEntry, SortKey),
});

const KeRemoveDeviceQueue = service({
  name: 'KeRemoveDeviceQueue',
  doc: 'wdm/nf-wdm-keremovedevicequeue',
  params: QUEUE,
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { DeviceQueue }) => removeDeviceQueue(kernel, DeviceQueue),
});

const KeRemoveByKeyDeviceQueue = service({
  name: 'KeRemoveByKeyDeviceQueue',
  doc: 'wdm/nf-wdm-keremovebykeydevicequeue',
  params: { ...QUEUE, SortKey: u32 },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { DeviceQueue, SortKey }) => removeByKey(kernel, DeviceQueue, SortKey),
});

const KeRemoveEntryDeviceQueue = service({
  name: 'KeRemoveEntryDeviceQueue',
  doc: 'wdm/nf-wdm-keremoveentrydevicequeue',
  params: ENTRY,
  returns: 'bool',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { DeviceQueueEntry }) => removeEntry(kernel, DeviceQueueEntry),
});

export const startIoServices: readonly Service[] = [
  IoStartPacket,
  IoStartNextPacket,
  IoStartNextPacketByKey,
  IoSetStartIoAttributes,
  KeInitializeDeviceQueue,
  KeInsertDeviceQueue,
  KeInsertByKeyDeviceQueue,
  KeRemoveDeviceQueue,
  KeRemoveByKeyDeviceQueue,
  KeRemoveEntryDeviceQueue,
];
