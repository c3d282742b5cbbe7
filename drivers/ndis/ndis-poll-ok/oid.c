/* What the polled miniport tells about itself: attributes, and the objects it is asked about. */
#include "polled.h"

static const char Description[] = "Polled sample miniport";
static NDIS_OID Supported[] = {
    OID_GEN_SUPPORTED_LIST,        OID_GEN_HARDWARE_STATUS,       OID_GEN_MEDIA_SUPPORTED,
    OID_GEN_MEDIA_IN_USE,          OID_GEN_PHYSICAL_MEDIUM,       OID_GEN_MAXIMUM_LOOKAHEAD,
    OID_GEN_MAXIMUM_FRAME_SIZE,    OID_GEN_MAXIMUM_TOTAL_SIZE,    OID_GEN_TRANSMIT_BLOCK_SIZE,
    OID_GEN_RECEIVE_BLOCK_SIZE,    OID_GEN_VENDOR_ID,             OID_GEN_VENDOR_DESCRIPTION,
    OID_GEN_VENDOR_DRIVER_VERSION, OID_GEN_CURRENT_PACKET_FILTER, OID_GEN_CURRENT_LOOKAHEAD,
    OID_GEN_MAC_OPTIONS,           OID_GEN_STATISTICS,            OID_GEN_INTERRUPT_MODERATION,
    OID_802_3_PERMANENT_ADDRESS,   OID_802_3_CURRENT_ADDRESS,     OID_802_3_MULTICAST_LIST,
    OID_802_3_MAXIMUM_LIST_SIZE,   OID_PNP_SET_POWER,             OID_PM_PARAMETERS,
};

NDIS_STATUS PolledSetAttributes(PPOLLED Polled) {
  NDIS_MINIPORT_ADAPTER_ATTRIBUTES attributes = {0};
  PNDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES registration = &attributes.RegistrationAttributes;
  registration->Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES;
  registration->Header.Revision = NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;
  registration->Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;
  registration->MiniportAdapterContext = Polled;
  registration->AttributeFlags = NDIS_MINIPORT_ATTRIBUTES_HARDWARE_DEVICE | NDIS_MINIPORT_ATTRIBUTES_BUS_MASTER |
                                 NDIS_MINIPORT_ATTRIBUTES_SURPRISE_REMOVE_OK;
  registration->InterfaceType = NdisInterfacePci;
  return NdisMSetMiniportAttributes(Polled->Adapter, &attributes);
}

NDIS_STATUS PolledSetGeneralAttributes(PPOLLED Polled) {
  NDIS_MINIPORT_ADAPTER_ATTRIBUTES attributes = {0};
  NDIS_PM_CAPABILITIES power = {0};
  PNDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES general = &attributes.GeneralAttributes;
  general->Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES;
  general->Header.Revision = NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2;
  general->Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2;
  general->MediaType = NdisMedium802_3;
  general->PhysicalMediumType = NdisPhysicalMedium802_3;
  general->MtuSize = MTU;
  general->MaxXmitLinkSpeed = general->MaxRcvLinkSpeed = GIGABIT;
  general->XmitLinkSpeed = general->RcvLinkSpeed = NDIS_LINK_SPEED_UNKNOWN;
  general->MediaConnectState = MediaConnectStateUnknown;
  general->MediaDuplexState = MediaDuplexStateUnknown;
  general->LookaheadSize = MTU;
  general->MacOptions = NDIS_MAC_OPTION_COPY_LOOKAHEAD_DATA | NDIS_MAC_OPTION_TRANSFERS_NOT_PEND |
                        NDIS_MAC_OPTION_NO_LOOPBACK;
  general->SupportedPacketFilters = NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_BROADCAST;
  general->MaxMulticastListSize = MULTICASTS;
  general->MacAddressLength = ETH_LENGTH_OF_ADDRESS;
  NdisMoveMemory(general->PermanentMacAddress, Polled->Mac, ETH_LENGTH_OF_ADDRESS);
  NdisMoveMemory(general->CurrentMacAddress, Polled->Mac, ETH_LENGTH_OF_ADDRESS);
  general->AccessType = NET_IF_ACCESS_BROADCAST;
  general->DirectionType = NET_IF_DIRECTION_SENDRECEIVE;
  general->ConnectionType = NET_IF_CONNECTION_DEDICATED;
  general->IfType = IF_TYPE_ETHERNET_CSMACD;
  general->IfConnectorPresent = TRUE;
  general->SupportedStatistics =
      NDIS_STATISTICS_XMIT_OK_SUPPORTED | NDIS_STATISTICS_RCV_OK_SUPPORTED | NDIS_STATISTICS_GEN_STATISTICS_SUPPORTED;
  PolledFillPowerManagement(&power);
  general->PowerManagementCapabilitiesEx = &power;
  general->SupportedOidList = Supported;
  general->SupportedOidListLength = sizeof(Supported);
  return NdisMSetMiniportAttributes(Polled->Adapter, &attributes);
}

static NDIS_STATUS Answer(PNDIS_OID_REQUEST Request, const void *Value, ULONG Length) {
  Request->DATA.QUERY_INFORMATION.BytesNeeded = Length;
  Request->DATA.QUERY_INFORMATION.BytesWritten = 0;
  if (Request->DATA.QUERY_INFORMATION.InformationBufferLength < Length) return NDIS_STATUS_BUFFER_TOO_SHORT;
  NdisMoveMemory(Request->DATA.QUERY_INFORMATION.InformationBuffer, Value, Length);
  Request->DATA.QUERY_INFORMATION.BytesWritten = Length;
  return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS AnswerUlong(PNDIS_OID_REQUEST Request, ULONG Value) {
  return Answer(Request, &Value, sizeof(Value));
}

static NDIS_STATUS QueryStatistics(PPOLLED Polled, PNDIS_OID_REQUEST Request) {
  NDIS_STATISTICS_INFO statistics = {0};
  statistics.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
  statistics.Header.Revision = NDIS_STATISTICS_INFO_REVISION_1;
  statistics.Header.Size = NDIS_SIZEOF_STATISTICS_INFO_REVISION_1;
  statistics.SupportedStatistics =
      NDIS_STATISTICS_FLAGS_VALID_DIRECTED_FRAMES_RCV | NDIS_STATISTICS_FLAGS_VALID_MULTICAST_FRAMES_RCV |
      NDIS_STATISTICS_FLAGS_VALID_BROADCAST_FRAMES_RCV | NDIS_STATISTICS_FLAGS_VALID_DIRECTED_FRAMES_XMIT |
      NDIS_STATISTICS_FLAGS_VALID_MULTICAST_FRAMES_XMIT | NDIS_STATISTICS_FLAGS_VALID_BROADCAST_FRAMES_XMIT |
      NDIS_STATISTICS_FLAGS_VALID_BYTES_RCV | NDIS_STATISTICS_FLAGS_VALID_BYTES_XMIT;
  NdisAcquireSpinLock(&Polled->Lock);
  statistics.ifHCInUcastPkts = Polled->Received.Directed;
  statistics.ifHCInMulticastPkts = Polled->Received.Multicast;
  statistics.ifHCInBroadcastPkts = Polled->Received.Broadcast;
  statistics.ifHCInOctets = Polled->Received.Bytes;
  statistics.ifHCOutUcastPkts = Polled->Sent.Directed;
  statistics.ifHCOutMulticastPkts = Polled->Sent.Multicast;
  statistics.ifHCOutBroadcastPkts = Polled->Sent.Broadcast;
  statistics.ifHCOutOctets = Polled->Sent.Bytes;
  NdisReleaseSpinLock(&Polled->Lock);
  return Answer(Request, &statistics, sizeof(statistics));
}

static NDIS_STATUS QueryModeration(PNDIS_OID_REQUEST Request) {
  NDIS_INTERRUPT_MODERATION_PARAMETERS moderation = {0};
  moderation.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
  moderation.Header.Revision = NDIS_INTERRUPT_MODERATION_PARAMETERS_REVISION_1;
  moderation.Header.Size = NDIS_SIZEOF_INTERRUPT_MODERATION_PARAMETERS_REVISION_1;
  moderation.InterruptModeration = NdisInterruptModerationNotSupported;
  return Answer(Request, &moderation, sizeof(moderation));
}

static NDIS_STATUS Query(PPOLLED Polled, PNDIS_OID_REQUEST Request) {
  switch (Request->DATA.QUERY_INFORMATION.Oid) {
    case OID_GEN_STATISTICS:
      return QueryStatistics(Polled, Request);
    case OID_GEN_INTERRUPT_MODERATION:
      return QueryModeration(Request);
    case OID_GEN_HARDWARE_STATUS:
      return AnswerUlong(Request, NdisHardwareStatusReady);
    case OID_GEN_MAXIMUM_TOTAL_SIZE:
    case OID_GEN_TRANSMIT_BLOCK_SIZE:
    case OID_GEN_RECEIVE_BLOCK_SIZE:
    case OID_GEN_CURRENT_LOOKAHEAD:
      return AnswerUlong(Request, FRAME);
    case OID_GEN_CURRENT_PACKET_FILTER:
      return AnswerUlong(Request, Polled->PacketFilter);
    case OID_GEN_VENDOR_ID:
      return AnswerUlong(Request, Polled->Mac[0] | Polled->Mac[1] << 8 | Polled->Mac[2] << 16);
    case OID_GEN_VENDOR_DESCRIPTION:
      return Answer(Request, Description, sizeof(Description));
    case OID_GEN_VENDOR_DRIVER_VERSION:
      return AnswerUlong(Request, 0x10000);
    case OID_802_3_PERMANENT_ADDRESS:
    case OID_802_3_CURRENT_ADDRESS:
      return Answer(Request, Polled->Mac, ETH_LENGTH_OF_ADDRESS);
    default:
      return NDIS_STATUS_NOT_SUPPORTED;
  }
}

static NDIS_STATUS Set(PPOLLED Polled, PNDIS_OID_REQUEST Request) {
  UINT length = Request->DATA.SET_INFORMATION.InformationBufferLength;
  Request->DATA.SET_INFORMATION.BytesRead = 0;
  switch (Request->DATA.SET_INFORMATION.Oid) {
    case OID_GEN_CURRENT_PACKET_FILTER:
    case OID_GEN_CURRENT_LOOKAHEAD:
      Request->DATA.SET_INFORMATION.BytesNeeded = sizeof(ULONG);
      if (length < sizeof(ULONG)) return NDIS_STATUS_INVALID_LENGTH;
      if (Request->DATA.SET_INFORMATION.Oid == OID_GEN_CURRENT_PACKET_FILTER) {
        Polled->PacketFilter = *(PULONG)Request->DATA.SET_INFORMATION.InformationBuffer;
      }
      break;
    case OID_802_3_MULTICAST_LIST:
      if (length % ETH_LENGTH_OF_ADDRESS != 0) return NDIS_STATUS_INVALID_LENGTH;
      if (length > MULTICASTS * ETH_LENGTH_OF_ADDRESS) return NDIS_STATUS_MULTICAST_FULL;
      break;
    case OID_PNP_SET_POWER:
      Request->DATA.SET_INFORMATION.BytesNeeded = sizeof(NDIS_DEVICE_POWER_STATE);
      if (length < sizeof(NDIS_DEVICE_POWER_STATE)) return NDIS_STATUS_INVALID_LENGTH;
      Request->DATA.SET_INFORMATION.BytesRead = length;
      return PolledSetPower(Polled, *(NDIS_DEVICE_POWER_STATE *)Request->DATA.SET_INFORMATION.InformationBuffer);
    case OID_PM_PARAMETERS:
      Request->DATA.SET_INFORMATION.BytesNeeded = NDIS_SIZEOF_NDIS_PM_PARAMETERS_REVISION_1;
      if (length < NDIS_SIZEOF_NDIS_PM_PARAMETERS_REVISION_1) return NDIS_STATUS_INVALID_LENGTH;
      break;
    default:
      return NDIS_STATUS_NOT_SUPPORTED;
  }
  Request->DATA.SET_INFORMATION.BytesRead = length;
  return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS PolledOidRequest(NDIS_HANDLE Context, PNDIS_OID_REQUEST Request) {
  switch (Request->RequestType) {
    case NdisRequestQueryInformation:
    case NdisRequestQueryStatistics:
      return Query(Context, Request);
    case NdisRequestSetInformation:
      return Set(Context, Request);
    default:
      return NDIS_STATUS_NOT_SUPPORTED;
  }
}

/* Every request is answered at once. */
VOID PolledCancelOidRequest(NDIS_HANDLE Context, PVOID RequestId) {
  UNREFERENCED_PARAMETER(Context);
  UNREFERENCED_PARAMETER(RequestId);
}
