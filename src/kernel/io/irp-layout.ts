/** The I/O request packet and its stack locations (wdm.h of WDK 10.0.22621). */
import { IO_STATUS_BLOCK, LIST_ENTRY } from '../../layout/nt.ts';
import { array, bool, i8, i16, ptr, struct, u8, u16, u32, u64 } from '../../layout/struct.ts';

export const IRP = struct({
  name: 'IRP',
  size: { x64: 208 },
  fields: {
    Type: i16,
    Size: u16,
    MdlAddress: ptr('MDL'),
    Flags: u32,
    /** AssociatedIrp: the system buffer, the master IRP, or in a master the count of associated ones. */
    SystemBuffer: ptr(),
    ThreadListEntry: LIST_ENTRY,
    IoStatus: IO_STATUS_BLOCK,
    RequestorMode: u8,
    PendingReturned: bool,
    StackCount: i8,
    CurrentLocation: i8,
    Cancel: bool,
    CancelIrql: u8,
    ApcEnvironment: i8,
    AllocationFlags: u8,
    UserIosb: ptr('IO_STATUS_BLOCK'),
    UserEvent: ptr('KEVENT'),
    UserApcRoutine: ptr('IO_APC_ROUTINE'),
    UserApcContext: ptr(),
    CancelRoutine: ptr('DRIVER_CANCEL'),
    UserBuffer: ptr(),
    DriverContext: array(ptr(), 4),
    Thread: ptr('ETHREAD'),
    AuxiliaryBuffer: ptr(),
    ListEntry: LIST_ENTRY,
    CurrentStackLocation: ptr('IO_STACK_LOCATION'),
    OriginalFileObject: ptr('FILE_OBJECT'),
    IrpExtension: ptr(),
  },
});

/** IRP.Flags. */
export const IRP_FLAGS = {
  SYNCHRONOUS_API: 0x4,
  ASSOCIATED_IRP: 0x8,
  BUFFERED_IO: 0x10,
  DEALLOCATE_BUFFER: 0x20,
  INPUT_OPERATION: 0x40,
  CREATE_OPERATION: 0x80,
  READ_OPERATION: 0x100,
  WRITE_OPERATION: 0x200,
  CLOSE_OPERATION: 0x400,
} as const;

/** IRP.AllocationFlags: what the IRP's memory is. */
export const IRP_ALLOCATED_FIXED_SIZE = 0x04;

/** Offset of Tail.Overlay.DeviceQueueEntry, which overlaps DriverContext. */
export const DEVICE_QUEUE_ENTRY_OFFSET = IRP.offsetOf('DriverContext');

/** Parameters is a union of structures whose members lie in four 8-byte arguments. */
export const IO_STACK_LOCATION = struct({
  name: 'IO_STACK_LOCATION',
  size: { x64: 72 },
  fields: {
    MajorFunction: u8,
    MinorFunction: u8,
    Flags: u8,
    Control: u8,
    Argument1: u64,
    Argument2: u64,
    Argument3: u64,
    Argument4: u64,
    DeviceObject: ptr('DEVICE_OBJECT'),
    FileObject: ptr('FILE_OBJECT'),
    CompletionRoutine: ptr('IO_COMPLETION_ROUTINE'),
    Context: ptr(),
  },
});

/** IO_STACK_LOCATION.Control. */
export const SL = {
  PENDING_RETURNED: 0x01,
  ERROR_RETURNED: 0x02,
  INVOKE_ON_CANCEL: 0x20,
  INVOKE_ON_SUCCESS: 0x40,
  INVOKE_ON_ERROR: 0x80,
} as const;

export const irpBytes = (stackSize: number): number =>
  IRP.bytes + stackSize * IO_STACK_LOCATION.bytes;
