/** Questions about a request and the thread it runs on: who asked, how, and how much stack is left. */
import { UNICODE_STRING, utf16Bytes } from '../../layout/nt.ts';
import { ptr, sizeT, u32, u64 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { APC_LEVEL, DISPATCH_LEVEL, HIGH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import { pool } from '../ex/pool.ts';
import { KTHREAD } from '../ke/layout.ts';
import { type Kernel, part } from '../kernel.ts';
import { nameOfObject } from '../ob/object-access.ts';
import { processes } from '../ps/processes.ts';
import { type Service, service } from '../service.ts';
import { IRP, IRP_FLAGS } from './irp-layout.ts';
import { currentLocation } from './irps.ts';
import { FILE_OBJECT, FO } from './layout.ts';

function requestorProcess(kernel: Kernel, irp: Va): Va {
  const { Thread } = IRP.at(kernel.mmu, irp);
  return Thread === NULL ? NULL : KTHREAD.at(kernel.mmu, Thread).Process;
}

const IoGetRequestorProcess = service({
  name: 'IoGetRequestorProcess',
  doc: 'ntifs/nf-ntifs-iogetrequestorprocess',
  params: { Irp: ptr('IRP') },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Irp }) => requestorProcess(kernel, Irp),
});

const IoGetRequestorProcessId = service({
  name: 'IoGetRequestorProcessId',
  doc: 'ntifs/nf-ntifs-iogetrequestorprocessid',
  params: { Irp: ptr('IRP') },
  returns: 'u32',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Irp }) {
    const process = requestorProcess(kernel, Irp);
    return process === NULL ? 0n : processes(kernel).idOf(process);
  },
});

const IoIsOperationSynchronous = service({
  name: 'IoIsOperationSynchronous',
  doc: 'ntifs/nf-ntifs-ioisoperationsynchronous',
  params: { Irp: ptr('IRP') },
  returns: 'bool',
  maxIrql: HIGH_LEVEL,
  run(kernel, { Irp }) {
    const { Flags } = IRP.at(kernel.mmu, Irp);
    const { FileObject } = currentLocation(kernel, Irp);
    const isSynchronousFile =
      FileObject !== NULL &&
      (FILE_OBJECT.at(kernel.mmu, FileObject).Flags & FO.SYNCHRONOUS_IO) !== 0;
    return isSynchronousFile || (Flags & IRP_FLAGS.SYNCHRONOUS_API) !== 0;
  },
});

/** FILE_READ_ACCESS and FILE_WRITE_ACCESS. */
const ACCESS = { READ: 1, WRITE: 2 } as const;

const IoValidateDeviceIoControlAccess = service({
  name: 'IoValidateDeviceIoControlAccess',
  doc: 'wdm/nf-wdm-iovalidatedeviceiocontrolaccess',
  params: { Irp: ptr('IRP'), RequiredAccess: u32 },
  returns: 'status',
  maxIrql: HIGH_LEVEL,
  run(kernel, { Irp, RequiredAccess }) {
    if (RequiredAccess === 0 || RequiredAccess > (ACCESS.READ | ACCESS.WRITE)) {
      return STATUS.INVALID_PARAMETER;
    }
    const { FileObject } = currentLocation(kernel, Irp);
    if (IRP.at(kernel.mmu, Irp).RequestorMode === 0 || FileObject === NULL) return STATUS.SUCCESS;
    const { ReadAccess, WriteAccess } = FILE_OBJECT.at(kernel.mmu, FileObject);
    const granted = (ReadAccess ? ACCESS.READ : 0) | (WriteAccess ? ACCESS.WRITE : 0);
    return (granted & RequiredAccess) === RequiredAccess ? STATUS.SUCCESS : STATUS.ACCESS_DENIED;
  },
});

/** What file systems note for themselves, by thread. */
const topLevelIrps = part(() => new Map<Va, Va>());

const IoGetTopLevelIrp = service({
  name: 'IoGetTopLevelIrp',
  doc: 'wdm/nf-wdm-iogettoplevelirp',
  params: {},
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel) => topLevelIrps(kernel).get(kernel.scheduler.currentThread) ?? NULL,
});

const IoSetTopLevelIrp = service({
  name: 'IoSetTopLevelIrp',
  doc: 'wdm/nf-wdm-iosettoplevelirp',
  params: { Irp: ptr('IRP') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Irp }) {
    topLevelIrps(kernel).set(kernel.scheduler.currentThread, Irp);
  },
});

const currentThread = (kernel: Kernel) => KTHREAD.at(kernel.mmu, kernel.scheduler.currentThread);

const IoGetStackLimits = service({
  name: 'IoGetStackLimits',
  doc: 'wdm/nf-wdm-iogetstacklimits',
  params: { LowLimit: ptr('ULONG_PTR'), HighLimit: ptr('ULONG_PTR') },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run(kernel, { LowLimit, HighLimit }) {
    const { StackLimit, StackBase } = currentThread(kernel);
    kernel.mmu.write(LowLimit, 8, StackLimit);
    kernel.mmu.write(HighLimit, 8, StackBase);
  },
});

const IoGetInitialStack = service({
  name: 'IoGetInitialStack',
  doc: 'wdm/nf-wdm-iogetinitialstack',
  params: {},
  returns: 'pointer',
  maxIrql: APC_LEVEL,
  run: (kernel) => currentThread(kernel).InitialStack,
});

const IoWithinStackLimits = service({
  name: 'IoWithinStackLimits',
  doc: 'wdm/nf-wdm-iowithinstacklimits',
  params: { RegionStart: u64, RegionSize: sizeT },
  returns: 'bool',
  maxIrql: APC_LEVEL,
  run(kernel, { RegionStart, RegionSize }) {
    const { StackLimit, StackBase } = currentThread(kernel);
    return RegionStart >= StackLimit && RegionStart + RegionSize <= StackBase;
  },
});

/** OBJECT_NAME_INFORMATION in pool that the caller frees: no volume has a drive letter, so the device's own name. */
const IoQueryFileDosDeviceName = service({
  name: 'IoQueryFileDosDeviceName',
  doc: 'ntifs/nf-ntifs-ioqueryfiledosdevicename',
  params: { FileObject: ptr('FILE_OBJECT'), ObjectNameInformation: ptr() },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  run(kernel, { FileObject, ObjectNameInformation }) {
    const bytes = utf16Bytes(`${nameOfObject(kernel, FileObject)}\0`);
    const at = pool(kernel).allocate(UNICODE_STRING.bytes + bytes.length, 'IoNm', 'paged', true);
    if (at === undefined) return STATUS.INSUFFICIENT_RESOURCES;
    const buffer = vaAdd(at, UNICODE_STRING.bytes);
    kernel.mmu.writeBytes(buffer, bytes);
    const string = UNICODE_STRING.at(kernel.mmu, at);
    string.Length = bytes.length - 2;
    string.MaximumLength = bytes.length;
    string.Buffer = buffer;
    kernel.mmu.write(ObjectNameInformation, 8, at);
    return STATUS.SUCCESS;
  },
});

export const requestServices: readonly Service[] = [
  IoGetRequestorProcess,
  IoGetRequestorProcessId,
  IoIsOperationSynchronous,
  IoValidateDeviceIoControlAccess,
  IoGetTopLevelIrp,
  IoSetTopLevelIrp,
  IoGetStackLimits,
  IoGetInitialStack,
  IoWithinStackLimits,
  IoQueryFileDosDeviceName,
];
