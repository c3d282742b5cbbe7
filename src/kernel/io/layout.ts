/** Driver, device and file objects (wdm.h of WDK 10.0.22621). */
import { LIST_ENTRY, UNICODE_STRING } from '../../layout/nt.ts';
import {
  array,
  bool,
  i16,
  i32,
  i64,
  ptr,
  reserved,
  struct,
  u8,
  u16,
  u32,
  u64,
} from '../../layout/struct.ts';
import { KDPC, KEVENT } from '../ke/layout.ts';

/** First member of I/O manager objects (IO_TYPE_xxx). */
export const IO_TYPE = {
  DEVICE: 3,
  DRIVER: 4,
  FILE: 5,
  IRP: 6,
  TIMER: 9,
  VPB: 10,
  ERROR_LOG: 11,
  DEVICE_OBJECT_EXTENSION: 13,
} as const;

/** IRP_MJ_CREATE to IRP_MJ_PNP. */
export const MAJOR_FUNCTIONS = 28;

export const DRIVER_OBJECT = struct({
  name: 'DRIVER_OBJECT',
  size: { x64: 336 },
  fields: {
    Type: i16,
    Size: i16,
    DeviceObject: ptr('DEVICE_OBJECT'),
    Flags: u32,
    DriverStart: ptr(),
    DriverSize: u32,
    DriverSection: ptr(),
    DriverExtension: ptr('DRIVER_EXTENSION'),
    DriverName: UNICODE_STRING,
    HardwareDatabase: ptr('UNICODE_STRING'),
    FastIoDispatch: ptr('FAST_IO_DISPATCH'),
    DriverInit: ptr('DRIVER_INITIALIZE'),
    DriverStartIo: ptr('DRIVER_STARTIO'),
    DriverUnload: ptr('DRIVER_UNLOAD'),
    MajorFunction: array(ptr('DRIVER_DISPATCH'), MAJOR_FUNCTIONS),
  },
});

/** DRIVER_OBJECT.Flags (ntddk.h). */
export const DRVO = {
  UNLOAD_INVOKED: 1,
  LEGACY_DRIVER: 2,
  BUILTIN_DRIVER: 4,
  REINIT_REGISTERED: 8,
  INITIALIZED: 16,
} as const;

export const DRIVER_EXTENSION = struct({
  name: 'DRIVER_EXTENSION',
  size: { x64: 40 },
  fields: {
    DriverObject: ptr('DRIVER_OBJECT'),
    AddDevice: ptr('DRIVER_ADD_DEVICE'),
    Count: u32,
    ServiceKeyName: UNICODE_STRING,
  },
});

export const KDEVICE_QUEUE = struct({
  name: 'KDEVICE_QUEUE',
  size: { x64: 40 },
  fields: { Type: i16, Size: i16, DeviceListHead: LIST_ENTRY, Lock: u64, Busy: bool },
});

/** KDEVICE_QUEUE.Type (KOBJECTS). */
export const DEVICE_QUEUE_OBJECT = 20;

export const KDEVICE_QUEUE_ENTRY = struct({
  name: 'KDEVICE_QUEUE_ENTRY',
  size: { x64: 24 },
  fields: { DeviceListEntry: LIST_ENTRY, SortKey: u32, Inserted: bool },
});

export const DEVICE_OBJECT = struct({
  name: 'DEVICE_OBJECT',
  size: { x64: 336 },
  fields: {
    Type: i16,
    Size: u16,
    ReferenceCount: i32,
    DriverObject: ptr('DRIVER_OBJECT'),
    NextDevice: ptr('DEVICE_OBJECT'),
    AttachedDevice: ptr('DEVICE_OBJECT'),
    CurrentIrp: ptr('IRP'),
    Timer: ptr('IO_TIMER'),
    Flags: u32,
    Characteristics: u32,
    Vpb: ptr('VPB'),
    DeviceExtension: ptr(),
    DeviceType: u32,
    StackSize: u8,
    Queue: reserved(72, 8),
    AlignmentRequirement: u32,
    DeviceQueue: KDEVICE_QUEUE,
    Dpc: KDPC,
    ActiveThreadCount: u32,
    SecurityDescriptor: ptr(),
    DeviceLock: KEVENT,
    SectorSize: u16,
    Spare1: u16,
    DeviceObjectExtension: ptr('DEVOBJ_EXTENSION'),
    /** The header aligns the whole to 16. */
    Reserved: ptr(),
    padding: reserved(8, 8),
  },
});

/** DEVICE_OBJECT.Flags. */
export const DO = {
  BUFFERED_IO: 0x4,
  EXCLUSIVE: 0x8,
  DIRECT_IO: 0x10,
  DEVICE_HAS_NAME: 0x40,
  DEVICE_INITIALIZING: 0x80,
  SHUTDOWN_REGISTERED: 0x800,
  BUS_ENUMERATED_DEVICE: 0x1000,
  POWER_PAGABLE: 0x2000,
  POWER_INRUSH: 0x4000,
} as const;

export const DEVOBJ_EXTENSION = struct({
  name: 'DEVOBJ_EXTENSION',
  size: { x64: 112 },
  fields: {
    Type: i16,
    Size: u16,
    DeviceObject: ptr('DEVICE_OBJECT'),
    PowerFlags: u32,
    Dope: ptr(),
    ExtensionFlags: u32,
    DeviceNode: ptr(),
    AttachedTo: ptr('DEVICE_OBJECT'),
    StartIoCount: i32,
    StartIoKey: i32,
    StartIoFlags: u32,
    Vpb: ptr('VPB'),
    DependencyNode: ptr(),
    InterruptContext: ptr(),
    InterruptCount: i32,
    VerifierContext: ptr(),
  },
});

export const FILE_OBJECT = struct({
  name: 'FILE_OBJECT',
  size: { x64: 216 },
  fields: {
    Type: i16,
    Size: i16,
    DeviceObject: ptr('DEVICE_OBJECT'),
    Vpb: ptr('VPB'),
    FsContext: ptr(),
    FsContext2: ptr(),
    SectionObjectPointer: ptr(),
    PrivateCacheMap: ptr(),
    FinalStatus: u32,
    RelatedFileObject: ptr('FILE_OBJECT'),
    LockOperation: bool,
    DeletePending: bool,
    ReadAccess: bool,
    WriteAccess: bool,
    DeleteAccess: bool,
    SharedRead: bool,
    SharedWrite: bool,
    SharedDelete: bool,
    Flags: u32,
    FileName: UNICODE_STRING,
    CurrentByteOffset: i64,
    Waiters: u32,
    Busy: u32,
    LastLock: ptr(),
    Lock: KEVENT,
    Event: KEVENT,
    CompletionContext: ptr(),
    IrpListLock: u64,
    IrpList: LIST_ENTRY,
    FileObjectExtension: ptr(),
  },
});

/** FILE_OBJECT.Flags. */
export const FO = { SYNCHRONOUS_IO: 0x2, HANDLE_CREATED: 0x40000 } as const;
