/** Device objects and their stacks: IoCreateDevice, IoAttachDevice and their kin. */
import { readUnicodeString } from '../../layout/nt.ts';
import { bool, ptr, u32 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { APC_LEVEL, DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { isSuccess, STATUS } from '../../units/status.ts';
import type { Kernel } from '../kernel.ts';
import { dereference, objects } from '../ob/objects.ts';
import { type Service, service } from '../service.ts';
import { devices } from './devices.ts';
import { cleanUpFile, openDeviceByName } from './files.ts';
import { FILE_OBJECT } from './layout.ts';

const IoCreateDevice = service({
  name: 'IoCreateDevice',
  doc: 'wdm/nf-wdm-iocreatedevice',
  params: {
    DriverObject: ptr('DRIVER_OBJECT'),
    DeviceExtensionSize: u32,
    DeviceName: ptr('UNICODE_STRING'),
    DeviceType: u32,
    DeviceCharacteristics: u32,
    Exclusive: bool,
    DeviceObject: ptr('PDEVICE_OBJECT'),
  },
  returns: 'status',
  maxIrql: APC_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  run(kernel, args) {
    const { status, device } = devices(kernel).create({
      driver: args.DriverObject,
      extensionBytes: args.DeviceExtensionSize,
      name: args.DeviceName === NULL ? null : readUnicodeString(kernel.mmu, args.DeviceName),
      type: args.DeviceType,
      characteristics: args.DeviceCharacteristics,
      exclusive: args.Exclusive,
    });
    kernel.mmu.write(args.DeviceObject, 8, device);
    return status;
  },
});

const IoDeleteDevice = service({
  name: 'IoDeleteDevice',
  doc: 'wdm/nf-wdm-iodeletedevice',
  params: { DeviceObject: ptr('DEVICE_OBJECT') },
  returns: 'void',
  maxIrql: APC_LEVEL,
  *run(kernel, { DeviceObject }) {
    yield* devices(kernel).delete(DeviceObject);
  },
});

const IoAttachDeviceToDeviceStack = service({
  name: 'IoAttachDeviceToDeviceStack',
  doc: 'wdm/nf-wdm-ioattachdevicetodevicestack',
  params: { SourceDevice: ptr('DEVICE_OBJECT'), TargetDevice: ptr('DEVICE_OBJECT') },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run: (kernel, { SourceDevice, TargetDevice }) =>
    devices(kernel).attach(SourceDevice, TargetDevice),
});

const IoAttachDeviceToDeviceStackSafe = service({
  name: 'IoAttachDeviceToDeviceStackSafe',
  doc: 'ntddk/nf-ntddk-ioattachdevicetodevicestacksafe',
  params: {
    SourceDevice: ptr('DEVICE_OBJECT'),
    TargetDevice: ptr('DEVICE_OBJECT'),
    AttachedToDeviceObject: ptr('PDEVICE_OBJECT'),
  },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  mayFail: [STATUS.NO_SUCH_DEVICE],
  run(kernel, { SourceDevice, TargetDevice, AttachedToDeviceObject }) {
    const below = devices(kernel).attach(SourceDevice, TargetDevice);
    kernel.mmu.write(AttachedToDeviceObject, 8, below);
    return below === NULL ? STATUS.NO_SUCH_DEVICE : STATUS.SUCCESS;
  },
});

const IoAttachDevice = service({
  name: 'IoAttachDevice',
  doc: 'wdm/nf-wdm-ioattachdevice',
  params: {
    SourceDevice: ptr('DEVICE_OBJECT'),
    TargetDevice: ptr('UNICODE_STRING'),
    AttachedDevice: ptr('PDEVICE_OBJECT'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  *run(kernel, { SourceDevice, TargetDevice, AttachedDevice }) {
    const opened = yield* openByString(kernel, TargetDevice, 0);
    if (!isSuccess(opened.status)) return opened.status;
    const { DeviceObject } = FILE_OBJECT.at(kernel.mmu, opened.file);
    const below = devices(kernel).attach(SourceDevice, DeviceObject);
    kernel.mmu.write(AttachedDevice, 8, below);
    yield* cleanUpFile(kernel, opened.file);
    yield* dereference(kernel, opened.file);
    return below === NULL ? STATUS.NO_SUCH_DEVICE : STATUS.SUCCESS;
  },
});

function* openByString(kernel: Kernel, name: Va, access: number) {
  return yield* openDeviceByName(kernel, readUnicodeString(kernel.mmu, name), { access });
}

const IoDetachDevice = service({
  name: 'IoDetachDevice',
  doc: 'wdm/nf-wdm-iodetachdevice',
  params: { TargetDevice: ptr('DEVICE_OBJECT') },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, { TargetDevice }) => devices(kernel).detach(TargetDevice),
});

const IoGetAttachedDevice = service({
  name: 'IoGetAttachedDevice',
  doc: 'ntifs/nf-ntifs-iogetattacheddevice',
  params: { DeviceObject: ptr('DEVICE_OBJECT') },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { DeviceObject }) => devices(kernel).topOf(DeviceObject),
});

const IoGetAttachedDeviceReference = service({
  name: 'IoGetAttachedDeviceReference',
  doc: 'wdm/nf-wdm-iogetattacheddevicereference',
  params: { DeviceObject: ptr('DEVICE_OBJECT') },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { DeviceObject }) => referenced(kernel, devices(kernel).topOf(DeviceObject)),
});

const IoGetDeviceAttachmentBaseRef = service({
  name: 'IoGetDeviceAttachmentBaseRef',
  doc: 'ntifs/nf-ntifs-iogetdeviceattachmentbaseref',
  params: { DeviceObject: ptr('DEVICE_OBJECT') },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { DeviceObject }) => referenced(kernel, devices(kernel).bottomOf(DeviceObject)),
});

const IoGetLowerDeviceObject = service({
  name: 'IoGetLowerDeviceObject',
  doc: 'ntifs/nf-ntifs-iogetlowerdeviceobject',
  params: { DeviceObject: ptr('DEVICE_OBJECT') },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { DeviceObject }) => referenced(kernel, devices(kernel).belowOf(DeviceObject)),
});

function referenced(kernel: Kernel, device: Va): Va {
  if (device !== NULL) objects(kernel).reference(device);
  return device;
}

const IoGetRelatedDeviceObject = service({
  name: 'IoGetRelatedDeviceObject',
  doc: 'wdm/nf-wdm-iogetrelateddeviceobject',
  params: { FileObject: ptr('FILE_OBJECT') },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { FileObject }) =>
    devices(kernel).topOf(FILE_OBJECT.at(kernel.mmu, FileObject).DeviceObject),
});

/** The file stays open by the caller's reference; its one handle is closed again at once. */
const IoGetDeviceObjectPointer = service({
  name: 'IoGetDeviceObjectPointer',
  doc: 'wdm/nf-wdm-iogetdeviceobjectpointer',
  params: {
    ObjectName: ptr('UNICODE_STRING'),
    DesiredAccess: u32,
    FileObject: ptr('PFILE_OBJECT'),
    DeviceObject: ptr('PDEVICE_OBJECT'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  *run(kernel, { ObjectName, DesiredAccess, FileObject, DeviceObject }) {
    const { status, file } = yield* openByString(kernel, ObjectName, DesiredAccess);
    if (!isSuccess(status)) return status;
    yield* cleanUpFile(kernel, file);
    kernel.mmu.write(FileObject, 8, file);
    const device = devices(kernel).topOf(FILE_OBJECT.at(kernel.mmu, file).DeviceObject);
    kernel.mmu.write(DeviceObject, 8, device);
    return status;
  },
});

const IoEnumerateDeviceObjectList = service({
  name: 'IoEnumerateDeviceObjectList',
  doc: 'ntifs/nf-ntifs-ioenumeratedeviceobjectlist',
  params: {
    DriverObject: ptr('DRIVER_OBJECT'),
    DeviceObjectList: ptr('PDEVICE_OBJECT'),
    DeviceObjectListSize: u32,
    ActualNumberDeviceObjects: ptr('ULONG'),
  },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { DriverObject, DeviceObjectList, DeviceObjectListSize, ActualNumberDeviceObjects }) {
    const found = devices(kernel).of(DriverObject);
    kernel.mmu.write(ActualNumberDeviceObjects, 4, BigInt(found.length));
    const room = Math.floor(DeviceObjectListSize / 8);
    found.slice(0, room).forEach((device, i) => {
      objects(kernel).reference(device);
      kernel.mmu.write(offset(DeviceObjectList, i), 8, device);
    });
    return found.length > room ? STATUS.BUFFER_TOO_SMALL : STATUS.SUCCESS;
  },
});

const offset = (base: Va, index: number): Va => vaAdd(base, index * 8);

export const deviceServices: readonly Service[] = [
  IoCreateDevice,
  IoDeleteDevice,
  IoAttachDevice,
  IoAttachDeviceToDeviceStack,
  IoAttachDeviceToDeviceStackSafe,
  IoDetachDevice,
  IoGetAttachedDevice,
  IoGetAttachedDeviceReference,
  IoGetDeviceAttachmentBaseRef,
  IoGetLowerDeviceObject,
  IoGetRelatedDeviceObject,
  IoGetDeviceObjectPointer,
  IoEnumerateDeviceObjectList,
];
