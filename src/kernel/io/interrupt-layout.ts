/** What IoConnectInterruptEx is given and gives (wdm.h of WDK 10.0.22621). */
import { bool, ptr, struct, u8, u16, u32, u64 } from '../../layout/struct.ts';
import { type Va, vaAdd } from '../../units/address.ts';

/** IO_CONNECT_INTERRUPT_PARAMETERS.Version. */
export const VERSION = {
  FULLY_SPECIFIED: 1,
  LINE_BASED: 2,
  MESSAGE_BASED: 3,
  FULLY_SPECIFIED_GROUP: 4,
} as const;

/** Where the members of a version begin. */
export const UNION = 8;
/** KINTERRUPT_MODE. */
export const LATCHED = 1;
/** MSI-X has no more (PCI 3.0, 6.8.2). */
export const MAX_MESSAGES = 2048;

export const FULLY_SPECIFIED = struct({
  name: 'IO_CONNECT_INTERRUPT_FULLY_SPECIFIED_PARAMETERS',
  size: { x64: 72 },
  fields: {
    PhysicalDeviceObject: ptr('DEVICE_OBJECT'),
    InterruptObject: ptr('PKINTERRUPT'),
    ServiceRoutine: ptr('KSERVICE_ROUTINE'),
    ServiceContext: ptr(),
    SpinLock: ptr('KSPIN_LOCK'),
    SynchronizeIrql: u8,
    FloatingSave: bool,
    ShareVector: bool,
    Vector: u32,
    Irql: u8,
    InterruptMode: u32,
    ProcessorEnableMask: u64,
    Group: u16,
  },
});

export const LINE_BASED = struct({
  name: 'IO_CONNECT_INTERRUPT_LINE_BASED_PARAMETERS',
  size: { x64: 48 },
  fields: {
    PhysicalDeviceObject: ptr('DEVICE_OBJECT'),
    InterruptObject: ptr('PKINTERRUPT'),
    ServiceRoutine: ptr('KSERVICE_ROUTINE'),
    ServiceContext: ptr(),
    SpinLock: ptr('KSPIN_LOCK'),
    SynchronizeIrql: u8,
    FloatingSave: bool,
  },
});

export const MESSAGE_BASED = struct({
  name: 'IO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS',
  size: { x64: 56 },
  fields: {
    PhysicalDeviceObject: ptr('DEVICE_OBJECT'),
    /** Receives the message table, or the interrupt object of the line. */
    ConnectionContext: ptr(),
    MessageServiceRoutine: ptr('KMESSAGE_SERVICE_ROUTINE'),
    ServiceContext: ptr(),
    SpinLock: ptr('KSPIN_LOCK'),
    SynchronizeIrql: u8,
    FloatingSave: bool,
    FallBackServiceRoutine: ptr('KSERVICE_ROUTINE'),
  },
});

/** IO_INTERRUPT_MESSAGE_INFO up to its entries. */
export const MESSAGE_TABLE = struct({
  name: 'IO_INTERRUPT_MESSAGE_INFO',
  size: { x64: 8 },
  fields: { UnifiedIrql: u8, MessageCount: u32 },
});

export const MESSAGE_ENTRY = struct({
  name: 'IO_INTERRUPT_MESSAGE_INFO_ENTRY',
  size: { x64: 48 },
  fields: {
    MessageAddress: u64,
    TargetProcessorSet: u64,
    InterruptObject: ptr('KINTERRUPT'),
    MessageData: u32,
    Vector: u32,
    Irql: u8,
    Mode: u32,
    Polarity: u32,
  },
});

export const messageTableBytes = (messages: number): number =>
  MESSAGE_TABLE.bytes + messages * MESSAGE_ENTRY.bytes;

export const messageEntryAt = (table: Va, index: number): Va =>
  vaAdd(table, messageTableBytes(index));
