/** Structures of NDIS 5.0 and 5.1 (ndis.h of DDK 3790.1830). */
import { ptr, reserved, struct, u8, u16, u32, u64 } from '../../../layout/struct.ts';

/** NDIS51_MINIPORT_CHARACTERISTICS; that of 5.0 ends before CancelSendPacketsHandler. */
export const CHARACTERISTICS = struct({
  name: 'NDIS51_MINIPORT_CHARACTERISTICS',
  size: { x64: 0xf0, x86: 124 },
  fields: {
    MajorNdisVersion: u8,
    MinorNdisVersion: u8,
    Filler: u16,
    Reserved: u32,
    CheckForHangHandler: ptr(),
    DisableInterruptHandler: ptr(),
    EnableInterruptHandler: ptr(),
    HaltHandler: ptr(),
    HandleInterruptHandler: ptr(),
    InitializeHandler: ptr(),
    ISRHandler: ptr(),
    QueryInformationHandler: ptr(),
    ReconfigureHandler: ptr(),
    ResetHandler: ptr(),
    SendHandler: ptr(),
    SetInformationHandler: ptr(),
    TransferDataHandler: ptr(),
    ReturnPacketHandler: ptr(),
    SendPacketsHandler: ptr(),
    AllocateCompleteHandler: ptr(),
    CoCreateVcHandler: ptr(),
    CoDeleteVcHandler: ptr(),
    CoActivateVcHandler: ptr(),
    CoDeactivateVcHandler: ptr(),
    CoSendPacketsHandler: ptr(),
    CoRequestHandler: ptr(),
    CancelSendPacketsHandler: ptr(),
    PnPEventNotifyHandler: ptr(),
    AdapterShutdownHandler: ptr(),
    Reserved1: ptr(),
    Reserved2: ptr(),
    Reserved3: ptr(),
    Reserved4: ptr(),
  },
});

export const CHARACTERISTICS_50_BYTES = 0xb8;

/** NDIS_MINIPORT_BLOCK, where macros and the DDK's samples look into it. */
export const BLOCK = {
  MiniportAdapterContext: 0x18,
  Interrupt: 0x70,
  CheckForHangSeconds: 0x178,
  EthDB: 0x190,
  PacketIndicateHandler: 0x1b0,
  SendCompleteHandler: 0x1b8,
  SendResourcesHandler: 0x1c0,
  ResetCompleteHandler: 0x1c8,
  MediaType: 0x1d0,
  BusNumber: 0x1d4,
  BusType: 0x1d8,
  AdapterType: 0x1dc,
  DeviceObject: 0x1e0,
  PhysicalDeviceObject: 0x1e8,
  NextDeviceObject: 0x1f0,
  MacOptions: 0x238,
  MaximumLookahead: 0x254,
  EthRxIndicateHandler: 0x280,
  EthRxCompleteHandler: 0x298,
  StatusHandler: 0x2b0,
  StatusCompleteHandler: 0x2b8,
  TDCompleteHandler: 0x2c0,
  QueryCompleteHandler: 0x2c8,
  SetCompleteHandler: 0x2d0,
} as const;

/** NDIS_ATTRIBUTE_xxx of NdisMSetAttributesEx. */
export const ATTRIBUTE_5 = {
  BUS_MASTER: 0x8,
  DESERIALIZE: 0x20,
  NO_HALT_ON_SUSPEND: 0x40,
  SURPRISE_REMOVE_OK: 0x80,
} as const;

/** NDIS_PACKET with its NDIS_PACKET_PRIVATE; a pool's ProtocolReserved bytes follow the fields. */
export const PACKET = struct({
  name: 'NDIS_PACKET',
  size: { x64: 104 },
  fields: {
    PhysicalCount: u32,
    TotalLength: u32,
    Head: ptr('NDIS_BUFFER'),
    Tail: ptr('NDIS_BUFFER'),
    Pool: ptr('NDIS_PACKET_POOL'),
    Count: u32,
    Flags: u32,
    ValidCounts: u8,
    NdisPacketFlags: u8,
    NdisPacketOobOffset: u16,
    MiniportReserved: reserved(16, 8),
    WrapperReserved: reserved(16, 8),
    Reserved: reserved(16, 8),
    ProtocolReserved: reserved(1),
  },
});

export const OOB_DATA = struct({
  name: 'NDIS_PACKET_OOB_DATA',
  size: { x64: 40 },
  fields: {
    TimeToSend: u64,
    TimeReceived: u64,
    HeaderSize: u32,
    SizeMediaSpecificInfo: u32,
    MediaSpecificInformation: ptr(),
    Status: u32,
  },
});

/** NDIS_PACKET_EXTENSION: NdisPacketInfo by NDIS_PER_PACKET_INFO. */
export const EXTENSION_BYTES = 80;
export const PACKET_INFO = { ScatterGatherList: 5 } as const;

/** NdisPacketFlags: fPACKET_ALLOCATED_BY_NDIS. */
export const ALLOCATED_BY_NDIS = 0x80;

export const MINIPORT_INTERRUPT = struct({
  name: 'NDIS_MINIPORT_INTERRUPT',
  size: { x64: 152 },
  fields: {
    InterruptObject: ptr('KINTERRUPT'),
    DpcCountLock: ptr(),
    Reserved: ptr(),
    MiniportIsr: ptr('W_ISR_HANDLER'),
    MiniportDpc: ptr('W_HANDLE_INTERRUPT_HANDLER'),
    InterruptDpc: reserved(64, 8),
    Miniport: ptr('NDIS_MINIPORT_BLOCK'),
    DpcCount: u8,
    Filler1: u8,
    DpcsCompletedEvent: reserved(24, 8),
    SharedInterrupt: u8,
    IsrRequested: u8,
  },
});

export const MINIPORT_TIMER = struct({
  name: 'NDIS_MINIPORT_TIMER',
  size: { x64: 160 },
  fields: {
    Timer: reserved(64, 8),
    Dpc: reserved(64, 8),
    MiniportTimerFunction: ptr('NDIS_TIMER_FUNCTION'),
    MiniportTimerContext: ptr(),
    Miniport: ptr('NDIS_MINIPORT_BLOCK'),
    NextTimer: ptr('NDIS_MINIPORT_TIMER'),
  },
});

/** NDIS_PHYSICAL_ADDRESS_UNIT. */
export const ADDRESS_UNIT = struct({
  name: 'NDIS_PHYSICAL_ADDRESS_UNIT',
  size: { x64: 16 },
  fields: { PhysicalAddress: u64, Length: u32 },
});
