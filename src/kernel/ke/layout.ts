/** Dispatcher objects, DPCs and processor blocks (wdm.h, ntddk.h of WDK 10.0.22621; ksamd64.inc of SDK 10.0.16299). */
import { LIST_ENTRY } from '../../layout/nt.ts';
import { bool, i32, i64, ptr, reserved, struct, u8, u16, u32, u64 } from '../../layout/struct.ts';

export const DISPATCHER_HEADER = struct({
  name: 'DISPATCHER_HEADER',
  size: { x64: 24, x86: 16 },
  fields: {
    Type: u8,
    Signalling: u8,
    Size: u8,
    Reserved1: u8,
    SignalState: i32,
    WaitListHead: LIST_ENTRY,
  },
});

/** DISPATCHER_HEADER.Type (KOBJECTS). */
export const OBJECT_TYPE = {
  EventNotification: 0,
  EventSynchronization: 1,
  Mutant: 2,
  Process: 3,
  Queue: 4,
  Semaphore: 5,
  Thread: 6,
  TimerNotification: 8,
  TimerSynchronization: 9,
} as const;

export const KEVENT = struct({
  name: 'KEVENT',
  size: { x64: 24, x86: 16 },
  fields: { Header: DISPATCHER_HEADER },
});

export const KSEMAPHORE = struct({
  name: 'KSEMAPHORE',
  size: { x64: 32, x86: 20 },
  fields: { Header: DISPATCHER_HEADER, Limit: i32 },
});

export const KMUTANT = struct({
  name: 'KMUTANT',
  size: { x64: 56, x86: 32 },
  fields: {
    Header: DISPATCHER_HEADER,
    MutantListEntry: LIST_ENTRY,
    OwnerThread: ptr('KTHREAD'),
    Abandoned: u8,
    ApcDisable: u8,
  },
});

export const KTIMER = struct({
  name: 'KTIMER',
  size: { x64: 64, x86: 40 },
  fields: {
    Header: DISPATCHER_HEADER,
    DueTime: i64,
    TimerListEntry: LIST_ENTRY,
    Dpc: ptr('KDPC'),
    Processor: u16,
    TimerType: u16,
    Period: u32,
  },
});

export const KDPC = struct({
  name: 'KDPC',
  size: { x64: 64, x86: 32 },
  fields: {
    Type: u8,
    Importance: u8,
    Number: u16,
    DpcListEntry: ptr('SINGLE_LIST_ENTRY'),
    ProcessorHistory: u64,
    DeferredRoutine: ptr('KDEFERRED_ROUTINE'),
    DeferredContext: ptr(),
    SystemArgument1: ptr(),
    SystemArgument2: ptr(),
    DpcData: ptr(),
  },
});

/** KDPC.Type: an ordinary and a threaded DPC (KOBJECTS). */
export const DPC_OBJECT = 19;
export const THREADED_DPC_OBJECT = 24;

/** Opaque to drivers; the fields that their compilers' inlines read have their places. */
export const KTHREAD = struct({
  name: 'KTHREAD',
  size: { x64: 0x818 },
  fields: {
    Header: DISPATCHER_HEADER,
    reserved18: reserved(16),
    InitialStack: ptr(),
    StackLimit: ptr(),
    StackBase: ptr(),
    reserved40: reserved(0x220 - 0x40, 8),
    Process: ptr('KPROCESS'),
    reserved228: reserved(10),
    PreviousMode: u8,
    reserved233: reserved(0x638 - 0x233),
    UniqueProcess: u64,
    UniqueThread: u64,
    reserved648: reserved(0x818 - 0x648, 8),
  },
});

export const KPROCESS = struct({
  name: 'KPROCESS',
  size: { x64: 0x838 },
  fields: {
    Header: DISPATCHER_HEADER,
    reserved18: reserved(16),
    DirectoryTableBase: u64,
    ThreadListHead: LIST_ENTRY,
    reserved40: reserved(0x2e0 - 0x40, 8),
    UniqueProcessId: u64,
    reserved2e8: reserved(0x838 - 0x2e8, 8),
  },
});

/** The processor control region and the first, stable part of the control block behind it. */
export const KPCR = struct({
  name: 'KPCR',
  size: { x64: 0x280 },
  fields: {
    GdtBase: ptr(),
    TssBase: ptr(),
    UserRsp: u64,
    Self: ptr('KPCR'),
    CurrentPrcb: ptr('KPRCB'),
    LockArray: ptr(),
    Used_Self: ptr(),
    IdtBase: ptr(),
    Unused: reserved(16),
    Irql: u8,
    SecondLevelCacheAssociativity: u8,
    reserved52: reserved(14),
    MajorVersion: u16,
    MinorVersion: u16,
    StallScaleFactor: u32,
    reserved68: reserved(0x180 - 0x68, 8),
    MxCsr: u32,
    LegacyNumber: u8,
    ReservedMustBeZero: u8,
    InterruptRequest: bool,
    IdleHalt: bool,
    CurrentThread: ptr('KTHREAD'),
    NextThread: ptr('KTHREAD'),
    IdleThread: ptr('KTHREAD'),
    NestingLevel: u8,
    ClockOwner: u8,
    reserved1a2: reserved(2),
    Number: u32,
    RspBase: u64,
    reserved1b0: reserved(0x280 - 0x1b0, 8),
  },
});
