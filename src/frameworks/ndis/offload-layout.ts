/** What stack and miniport tell each other of work that the adapter does for the stack (ntddndis.h, ndis/nblchecksum.h, ndis/nbllso.h of WDK 10.0.22621). */
import { array, ptr, reserved, struct, u8, u16, u32, u64 } from '../../layout/struct.ts';
import { HEADER } from './object-header.ts';

export const OFFLOAD_ATTRIBUTES = struct({
  name: 'NDIS_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES',
  size: { x64: 40, x86: 20 },
  fields: {
    Header: HEADER,
    DefaultOffloadConfiguration: ptr('NDIS_OFFLOAD'),
    HardwareOffloadCapabilities: ptr('NDIS_OFFLOAD'),
    DefaultTcpConnectionOffloadConfiguration: ptr('NDIS_TCP_CONNECTION_OFFLOAD'),
    TcpConnectionOffloadHardwareCapabilities: ptr('NDIS_TCP_CONNECTION_OFFLOAD'),
  },
});

/** Flags hold fields of two bits, as SUM says. */
const CHECKSUM_WAY = struct({
  name: 'NDIS_TCP_IP_CHECKSUM_OFFLOAD.IPv4Transmit',
  size: { x64: 8, x86: 8 },
  fields: { Encapsulation: u32, Flags: u32 },
});

/** Bits of Flags. */
export const SUM = { TCP_OPTIONS: 0xc, TCP: 0x30, UDP: 0xc0, IP: 0x300 } as const;

const LARGE_SEND_WAY = struct({
  name: 'NDIS_TCP_LARGE_SEND_OFFLOAD_V2.IPv4',
  size: { x64: 12, x86: 12 },
  fields: { Encapsulation: u32, MaxOffLoadSize: u32, MinSegmentCount: u32 },
});

/** Revision 1: later ones add what nobody here asks for. */
export const OFFLOAD = struct({
  name: 'NDIS_OFFLOAD',
  size: { x64: 112, x86: 112 },
  fields: {
    Header: HEADER,
    IPv4Transmit: CHECKSUM_WAY,
    IPv4Receive: CHECKSUM_WAY,
    IPv6Transmit: CHECKSUM_WAY,
    IPv6Receive: CHECKSUM_WAY,
    LsoV1: reserved(16, 4),
    IPsecV1: reserved(28, 4),
    LsoV2IPv4: LARGE_SEND_WAY,
    LsoV2IPv6: LARGE_SEND_WAY,
    LsoV2IPv6Flags: u32,
    Flags: u32,
  },
});

/** Revision 3. */
export const OFFLOAD_PARAMETERS = struct({
  name: 'NDIS_OFFLOAD_PARAMETERS',
  size: { x64: 28, x86: 28 },
  fields: {
    Header: HEADER,
    IPv4Checksum: u8,
    TCPIPv4Checksum: u8,
    UDPIPv4Checksum: u8,
    TCPIPv6Checksum: u8,
    UDPIPv6Checksum: u8,
    LsoV1: u8,
    IPsecV1: u8,
    LsoV2IPv4: u8,
    LsoV2IPv6: u8,
    TcpConnectionIPv4: u8,
    TcpConnectionIPv6: u8,
    Flags: u32,
    IPsecV2: u8,
    IPsecV2IPv4: u8,
    RscIPv4: u8,
    RscIPv6: u8,
    EncapsulatedPacketTaskOffload: u8,
    EncapsulationTypes: u8,
  },
});

/** Header.Size and sizeof, by revision: up to NDIS 6.0, 6.20, and since. */
export const OFFLOAD_PARAMETERS_BYTES = [
  { said: 20, whole: 20 },
  { said: 22, whole: 24 },
  { said: 26, whole: 28 },
] as const;

const ENCAPSULATION_WAY = struct({
  name: 'NDIS_OFFLOAD_ENCAPSULATION.IPv4',
  size: { x64: 12, x86: 12 },
  fields: { Enabled: u32, EncapsulationType: u32, HeaderSize: u32 },
});

export const OFFLOAD_ENCAPSULATION = struct({
  name: 'NDIS_OFFLOAD_ENCAPSULATION',
  size: { x64: 28, x86: 28 },
  fields: { Header: HEADER, IPv4: ENCAPSULATION_WAY, IPv6: ENCAPSULATION_WAY },
});

/** NDIS_ENCAPSULATION_xxx. */
export const ENCAPSULATION = { NULL: 0x1, IEEE_802_3: 0x2 } as const;
/** NDIS_OFFLOAD_SET_xxx. */
export const OFFLOAD_SET = { ON: 1, OFF: 2 } as const;

export const SCALE_CAPABILITIES = struct({
  name: 'NDIS_RECEIVE_SCALE_CAPABILITIES',
  size: { x64: 20, x86: 20 },
  fields: {
    Header: HEADER,
    CapabilitiesFlags: u32,
    NumberOfInterruptMessages: u32,
    NumberOfReceiveQueues: u32,
    NumberOfIndirectionTableEntries: u16,
  },
});

/** Revision 1 ends before the last member. */
export const SCALE_CAPABILITIES_BYTES = [16, 18] as const;

/** Revision 3. */
export const SCALE_PARAMETERS = struct({
  name: 'NDIS_RECEIVE_SCALE_PARAMETERS',
  size: { x64: 44, x86: 44 },
  fields: {
    Header: HEADER,
    Flags: u16,
    BaseCpuNumber: u16,
    HashInformation: u32,
    IndirectionTableSize: u16,
    IndirectionTableOffset: u32,
    HashSecretKeySize: u16,
    HashSecretKeyOffset: u32,
    ProcessorMasksOffset: u32,
    NumberOfProcessorMasks: u32,
    ProcessorMasksEntrySize: u32,
    DefaultProcessorNumber: u32,
  },
});

/** By revision: up to NDIS 6.1, 6.50, and since. */
export const SCALE_PARAMETERS_BYTES = [28, 40, 44] as const;

/** NDIS_RSS_CAPS_xxx; the hash function is in the lowest byte. */
export const SCALE_CAPABILITY = {
  TOEPLITZ: 0x1,
  HASH_TYPE_TCP_IPV4: 0x100,
  HASH_TYPE_TCP_IPV6: 0x200,
  INDEPENDENT_ENTRY_MOVE: 0x4000_0000,
} as const;

/** NDIS_HASH_xxx. */
export const HASH = { IPV4: 0x100, TCP_IPV4: 0x200, IPV6: 0x400, TCP_IPV6: 0x1000 } as const;

/** NDIS_RSS_PARAM_FLAG_DISABLE_RSS. */
export const DISABLE_SCALING = 0x10;

/** Revision 2; revision 1 ends before SupportedWakeUpEvents. */
export const PM_CAPABILITIES = struct({
  name: 'NDIS_PM_CAPABILITIES',
  size: { x64: 60, x86: 60 },
  fields: {
    Header: HEADER,
    Flags: u32,
    SupportedWoLPacketPatterns: u32,
    Patterns: array(u32, 4),
    ProtocolOffloads: array(u32, 3),
    MinMagicPacketWakeUp: u32,
    MinPatternWakeUp: u32,
    MinLinkChangeWakeUp: u32,
    SupportedWakeUpEvents: u32,
    MediaSpecificWakeUpEvents: u32,
  },
});

/** Revision 2; revision 1 ends before the last member. */
export const PM_PARAMETERS = struct({
  name: 'NDIS_PM_PARAMETERS',
  size: { x64: 20, x86: 20 },
  fields: {
    Header: HEADER,
    EnabledWoLPacketPatterns: u32,
    EnabledProtocolOffloads: u32,
    WakeUpFlags: u32,
    MediaSpecificWakeUpEvents: u32,
  },
});

export const PM_PARAMETERS_BYTES = [16, 20] as const;

export const LINK_PARAMETERS = struct({
  name: 'NDIS_LINK_PARAMETERS',
  size: { x64: 32, x86: 32 },
  fields: {
    Header: HEADER,
    MediaDuplexState: u32,
    XmitLinkSpeed: u64,
    RcvLinkSpeed: u64,
    PauseFunctions: u32,
    AutoNegotiationFlags: u32,
  },
});

export const MODERATION = struct({
  name: 'NDIS_INTERRUPT_MODERATION_PARAMETERS',
  size: { x64: 12, x86: 12 },
  fields: { Header: HEADER, Flags: u32, InterruptModeration: u32 },
});
