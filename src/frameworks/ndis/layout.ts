/** What NDIS and miniports hand each other at registration, initialization and in every state (ndis.h of WDK 10.0.22621). */

import { ndisParameterType } from '../../layout/named.ts';
import { UNICODE_STRING } from '../../layout/nt.ts';
import { array, bool, i32, ptr, reserved, struct, u8, u16, u32, u64 } from '../../layout/struct.ts';
import { HEADER } from './object-header.ts';

/** Revision 3; revision 1 ends before DirectOidRequestHandler, revision 2 before SynchronousOidRequestHandler. */
export const DRIVER_CHARACTERISTICS = struct({
  name: 'NDIS_MINIPORT_DRIVER_CHARACTERISTICS',
  size: { x64: 160, x86: 84 },
  fields: {
    Header: HEADER,
    MajorNdisVersion: u8,
    MinorNdisVersion: u8,
    MajorDriverVersion: u8,
    MinorDriverVersion: u8,
    Flags: u32,
    SetOptionsHandler: ptr(),
    InitializeHandlerEx: ptr(),
    HaltHandlerEx: ptr(),
    UnloadHandler: ptr(),
    PauseHandler: ptr(),
    RestartHandler: ptr(),
    OidRequestHandler: ptr(),
    SendNetBufferListsHandler: ptr(),
    ReturnNetBufferListsHandler: ptr(),
    CancelSendHandler: ptr(),
    CheckForHangHandlerEx: ptr(),
    ResetHandlerEx: ptr(),
    DevicePnPEventNotifyHandler: ptr(),
    ShutdownHandlerEx: ptr(),
    CancelOidRequestHandler: ptr(),
    DirectOidRequestHandler: ptr(),
    CancelDirectOidRequestHandler: ptr(),
    SynchronousOidRequestHandler: ptr(),
  },
});

/** Size and the fields that a revision ends before. */
export const CHARACTERISTICS_BYTES = [136, 152, 160] as const;

export const PNP_CHARACTERISTICS = struct({
  name: 'NDIS_MINIPORT_PNP_CHARACTERISTICS',
  size: { x64: 48, x86: 24 },
  fields: {
    Header: HEADER,
    MiniportAddDeviceHandler: ptr(),
    MiniportRemoveDeviceHandler: ptr(),
    MiniportFilterResourceRequirementsHandler: ptr(),
    MiniportStartDeviceHandler: ptr(),
    Flags: u32,
  },
});

export const INIT_PARAMETERS = struct({
  name: 'NDIS_MINIPORT_INIT_PARAMETERS',
  size: { x64: 64, x86: 40 },
  fields: {
    Header: HEADER,
    Flags: u32,
    AllocatedResources: ptr('NDIS_RESOURCE_LIST'),
    IMDeviceInstanceContext: ptr(),
    MiniportAddDeviceContext: ptr(),
    IfIndex: u32,
    NetLuid: u64,
    DefaultPortAuthStates: ptr('NDIS_PORT_AUTHENTICATION_PARAMETERS'),
    PciDeviceCustomProperties: ptr('NDIS_PCI_DEVICE_CUSTOM_PROPERTIES'),
  },
});

export const PORT_AUTHENTICATION = struct({
  name: 'NDIS_PORT_AUTHENTICATION_PARAMETERS',
  size: { x64: 20, x86: 20 },
  fields: {
    Header: HEADER,
    SendControlState: u32,
    RcvControlState: u32,
    SendAuthorizationState: u32,
    RcvAuthorizationState: u32,
  },
});

export const PCI_CUSTOM_PROPERTIES = struct({
  name: 'NDIS_PCI_DEVICE_CUSTOM_PROPERTIES',
  size: { x64: 52, x86: 52 },
  fields: {
    Header: HEADER,
    DeviceType: u32,
    CurrentSpeedAndMode: u32,
    CurrentPayloadSize: u32,
    MaxPayloadSize: u32,
    MaxReadRequestSize: u32,
    CurrentLinkSpeed: u32,
    CurrentLinkWidth: u32,
    MaxLinkSpeed: u32,
    MaxLinkWidth: u32,
    PciExpressVersion: u32,
    InterruptType: u32,
    MaxInterruptMessages: u32,
  },
});

export const REGISTRATION_ATTRIBUTES = struct({
  name: 'NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES',
  size: { x64: 32, x86: 20 },
  fields: {
    Header: HEADER,
    MiniportAdapterContext: ptr(),
    AttributeFlags: u32,
    CheckForHangTimeInSeconds: u32,
    InterfaceType: u32,
  },
});

/** NDIS_MINIPORT_ATTRIBUTES_xxx. */
export const ATTRIBUTE = {
  SURPRISE_REMOVE_OK: 0x4,
  NO_HALT_ON_SUSPEND: 0x20,
  BUS_MASTER: 0x40,
  NO_PAUSE_ON_SUSPEND: 0x100,
  REGISTER_BUGCHECK_CALLBACK: 0x400,
} as const;

export const ADD_DEVICE_ATTRIBUTES = struct({
  name: 'NDIS_MINIPORT_ADD_DEVICE_REGISTRATION_ATTRIBUTES',
  size: { x64: 24, x86: 12 },
  fields: { Header: HEADER, MiniportAddDeviceContext: ptr(), Flags: u32 },
});

const MAX_PHYSICAL_ADDRESS_BYTES = 32;

/** Revision 2; revision 1 ends before PowerManagementCapabilitiesEx. */
export const GENERAL_ATTRIBUTES = struct({
  name: 'NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES',
  size: { x64: 224, x86: 208 },
  fields: {
    Header: HEADER,
    Flags: u32,
    MediaType: u32,
    PhysicalMediumType: u32,
    MtuSize: u32,
    MaxXmitLinkSpeed: u64,
    XmitLinkSpeed: u64,
    MaxRcvLinkSpeed: u64,
    RcvLinkSpeed: u64,
    MediaConnectState: u32,
    MediaDuplexState: u32,
    LookaheadSize: u32,
    PowerManagementCapabilities: ptr('NDIS_PNP_CAPABILITIES'),
    MacOptions: u32,
    SupportedPacketFilters: u32,
    MaxMulticastListSize: u32,
    MacAddressLength: u16,
    PermanentMacAddress: array(u8, MAX_PHYSICAL_ADDRESS_BYTES),
    CurrentMacAddress: array(u8, MAX_PHYSICAL_ADDRESS_BYTES),
    RecvScaleCapabilities: ptr('NDIS_RECEIVE_SCALE_CAPABILITIES'),
    AccessType: u32,
    DirectionType: u32,
    ConnectionType: u32,
    IfType: u16,
    IfConnectorPresent: bool,
    SupportedStatistics: u32,
    SupportedPauseFunctions: u32,
    DataBackFillSize: u32,
    ContextBackFillSize: u32,
    SupportedOidList: ptr('NDIS_OID'),
    SupportedOidListLength: u32,
    AutoNegotiationFlags: u32,
    PowerManagementCapabilitiesEx: ptr('NDIS_PM_CAPABILITIES'),
  },
});

export const GENERAL_ATTRIBUTES_BYTES = [216, 224] as const;

export const RESTART_PARAMETERS = struct({
  name: 'NDIS_MINIPORT_RESTART_PARAMETERS',
  size: { x64: 24, x86: 12 },
  fields: { Header: HEADER, RestartAttributes: ptr('NDIS_RESTART_ATTRIBUTES'), Flags: u32 },
});

export const RESTART_ATTRIBUTES = struct({
  name: 'NDIS_RESTART_ATTRIBUTES',
  size: { x64: 16, x86: 16 },
  fields: { Next: ptr('NDIS_RESTART_ATTRIBUTES'), Oid: u32, DataLength: u32 },
});

/** Revision 2. */
export const RESTART_GENERAL_ATTRIBUTES = struct({
  name: 'NDIS_RESTART_GENERAL_ATTRIBUTES',
  size: { x64: 88, x86: 80 },
  fields: {
    Header: HEADER,
    MtuSize: u32,
    MaxXmitLinkSpeed: u64,
    MaxRcvLinkSpeed: u64,
    LookaheadSize: u32,
    MacOptions: u32,
    SupportedPacketFilters: u32,
    MaxMulticastListSize: u32,
    RecvScaleCapabilities: ptr(),
    AccessType: u32,
    Flags: u32,
    ConnectionType: u32,
    SupportedStatistics: u32,
    DataBackFillSize: u32,
    ContextBackFillSize: u32,
    SupportedOidList: ptr('NDIS_OID'),
    SupportedOidListLength: u32,
    MaxLookaheadSizeAccessed: u32,
  },
});

export const PAUSE_PARAMETERS = struct({
  name: 'NDIS_MINIPORT_PAUSE_PARAMETERS',
  size: { x64: 12, x86: 12 },
  fields: { Header: HEADER, Flags: u32, PauseReason: u32 },
});

export const INTERRUPT_CHARACTERISTICS = struct({
  name: 'NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS',
  size: { x64: 96, x86: 48 },
  fields: {
    Header: HEADER,
    InterruptHandler: ptr(),
    InterruptDpcHandler: ptr(),
    DisableInterruptHandler: ptr(),
    EnableInterruptHandler: ptr(),
    MsiSupported: bool,
    MsiSyncWithAllMessages: bool,
    MessageInterruptHandler: ptr(),
    MessageInterruptDpcHandler: ptr(),
    DisableMessageInterruptHandler: ptr(),
    EnableMessageInterruptHandler: ptr(),
    InterruptType: u32,
    MessageInfoTable: ptr('IO_INTERRUPT_MESSAGE_INFO'),
  },
});

/** Revision 1 is 36 bytes and ends with ScatterGatherListSize. */
export const SG_DMA_DESCRIPTION = struct({
  name: 'NDIS_SG_DMA_DESCRIPTION',
  size: { x64: 40, x86: 24 },
  fields: {
    Header: HEADER,
    Flags: u32,
    MaximumPhysicalMapping: u32,
    ProcessSGListHandler: ptr(),
    SharedMemAllocateCompleteHandler: ptr(),
    ScatterGatherListSize: u32,
  },
});

export const OID_REQUEST = struct({
  name: 'NDIS_OID_REQUEST',
  size: { x64: 248, x86: 152 },
  fields: {
    Header: HEADER,
    RequestType: u32,
    PortNumber: u32,
    Timeout: u32,
    RequestId: ptr(),
    RequestHandle: ptr(),
    Oid: u32,
    InformationBuffer: ptr(),
    InformationBufferLength: u32,
    /** BytesRead of a set; OutputBufferLength of a method. */
    BytesWritten: u32,
    /** MethodId of a method. */
    BytesNeeded: u32,
    MethodBytesWritten: u32,
    MethodBytesRead: u32,
    MethodBytesNeeded: u32,
    NdisReserved: array(ptr(), 16),
    MiniportReserved: array(ptr(), 2),
    SourceReserved: array(ptr(), 2),
    SupportedRevision: u8,
    Reserved1: u8,
    Reserved2: u16,
    SwitchId: u32,
    VPortId: u32,
    Flags: u32,
  },
});

/** What a miniport of NDIS before 6.50 is given: revision 1. */
export const OID_REQUEST_BYTES = [236, 248] as const;

export const STATUS_INDICATION = struct({
  name: 'NDIS_STATUS_INDICATION',
  size: { x64: 112, x86: 68 },
  fields: {
    Header: HEADER,
    SourceHandle: ptr(),
    PortNumber: u32,
    StatusCode: u32,
    Flags: u32,
    DestinationHandle: ptr(),
    RequestId: ptr(),
    StatusBuffer: ptr(),
    StatusBufferSize: u32,
    Guid: reserved(16, 4),
    NdisReserved: array(ptr(), 4),
  },
});

export const LINK_STATE = struct({
  name: 'NDIS_LINK_STATE',
  size: { x64: 40, x86: 40 },
  fields: {
    Header: HEADER,
    MediaConnectState: u32,
    MediaDuplexState: u32,
    XmitLinkSpeed: u64,
    RcvLinkSpeed: u64,
    PauseFunctions: u32,
    AutoNegotiationFlags: u32,
  },
});

export const PNP_EVENT = struct({
  name: 'NET_DEVICE_PNP_EVENT',
  size: { x64: 48, x86: 28 },
  fields: {
    Header: HEADER,
    PortNumber: u32,
    DevicePnPEvent: u32,
    InformationBuffer: ptr(),
    InformationBufferLength: u32,
    NdisReserved: reserved(16),
  },
});

export const TIMER_CHARACTERISTICS = struct({
  name: 'NDIS_TIMER_CHARACTERISTICS',
  size: { x64: 24, x86: 16 },
  fields: { Header: HEADER, AllocationTag: u32, TimerFunction: ptr(), FunctionContext: ptr() },
});

export const CONFIGURATION_OBJECT = struct({
  name: 'NDIS_CONFIGURATION_OBJECT',
  size: { x64: 24, x86: 12 },
  fields: { Header: HEADER, NdisHandle: ptr(), Flags: u32 },
});

export const CONFIGURATION_PARAMETER = struct({
  name: 'NDIS_CONFIGURATION_PARAMETER',
  size: { x64: 24, x86: 12 },
  fields: { ParameterType: ndisParameterType, StringData: UNICODE_STRING },
});

/** ParameterData of the other types, at the same place. */
export const PARAMETER_DATA = CONFIGURATION_PARAMETER.offsetOf('StringData');

export const RECEIVE_THROTTLE = struct({
  name: 'NDIS_RECEIVE_THROTTLE_PARAMETERS',
  size: { x64: 8, x86: 8 },
  fields: { MaxNblsToIndicate: u32, MoreNblsPending: u32 },
});

export const STATISTICS_INFO = struct({
  name: 'NDIS_STATISTICS_INFO',
  size: { x64: 152, x86: 152 },
  fields: {
    Header: HEADER,
    SupportedStatistics: i32,
    ifInDiscards: u64,
    ifInErrors: u64,
    ifHCInOctets: u64,
    ifHCInUcastPkts: u64,
    ifHCInMulticastPkts: u64,
    ifHCInBroadcastPkts: u64,
    ifHCOutOctets: u64,
    ifHCOutUcastPkts: u64,
    ifHCOutMulticastPkts: u64,
    ifHCOutBroadcastPkts: u64,
    rest: reserved(64, 8),
  },
});
