/* What NDIS is told of the adapter. */
#include "vionet.h"

extern NDIS_OID VionetSupportedOids[];
extern const ULONG VionetSupportedOidsLength;

PAGE_CODE NDIS_STATUS Adapter::SetRegistrationAttributes() {
  NDIS_MINIPORT_ADAPTER_ATTRIBUTES attributes = {};
  PNDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES registration = &attributes.RegistrationAttributes;
  registration->Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES;
  registration->Header.Revision = NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;
  registration->Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;
  registration->MiniportAdapterContext = this;
  registration->AttributeFlags = NDIS_MINIPORT_ATTRIBUTES_HARDWARE_DEVICE | NDIS_MINIPORT_ATTRIBUTES_BUS_MASTER |
                                 NDIS_MINIPORT_ATTRIBUTES_SURPRISE_REMOVE_OK |
                                 NDIS_MINIPORT_ATTRIBUTES_REGISTER_BUGCHECK_CALLBACK;
  registration->CheckForHangTimeInSeconds = VIONET_HANG_SECONDS;
  registration->InterfaceType = NdisInterfacePci;
  return NdisMSetMiniportAttributes(Miniport, &attributes);
}

/* Power management without wake-up: NDIS asks for D3 and D0 instead of halting the adapter. */
PAGE_CODE static VOID FillPowerManagement(PNDIS_PM_CAPABILITIES Power) {
  Power->Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
  Power->Header.Revision = NDIS_PM_CAPABILITIES_REVISION_2;
  Power->Header.Size = NDIS_SIZEOF_NDIS_PM_CAPABILITIES_REVISION_2;
  Power->MinMagicPacketWakeUp = NdisDeviceStateUnspecified;
  Power->MinPatternWakeUp = NdisDeviceStateUnspecified;
  Power->MinLinkChangeWakeUp = NdisDeviceStateUnspecified;
}

PAGE_CODE NDIS_STATUS Adapter::SetGeneralAttributes() {
  NDIS_MINIPORT_ADAPTER_ATTRIBUTES attributes = {};
  NDIS_PM_CAPABILITIES power = {};
  PNDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES general = &attributes.GeneralAttributes;
  general->Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES;
  general->Header.Revision = NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2;
  general->Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2;
  general->MediaType = NdisMedium802_3;
  general->PhysicalMediumType = NdisPhysicalMedium802_3;
  general->MtuSize = general->LookaheadSize = Mtu;
  general->MaxXmitLinkSpeed = general->MaxRcvLinkSpeed = 10000000000ULL;
  general->XmitLinkSpeed = general->RcvLinkSpeed = NDIS_LINK_SPEED_UNKNOWN;
  general->MediaConnectState = MediaConnectStateUnknown;
  general->MediaDuplexState = MediaDuplexStateUnknown;
  general->MacOptions = NDIS_MAC_OPTION_COPY_LOOKAHEAD_DATA | NDIS_MAC_OPTION_TRANSFERS_NOT_PEND |
                        NDIS_MAC_OPTION_NO_LOOPBACK | NDIS_MAC_OPTION_SUPPORTS_MAC_ADDRESS_OVERWRITE;
  if (Tasks.Tagging & TAG_PRIORITY) general->MacOptions |= NDIS_MAC_OPTION_8021P_PRIORITY;
  if (Tasks.Tagging & TAG_VLAN) general->MacOptions |= NDIS_MAC_OPTION_8021Q_VLAN;
  general->SupportedPacketFilters = VIONET_FILTERS;
  general->MaxMulticastListSize = VIONET_MULTICASTS;
  general->MacAddressLength = ETH_LENGTH_OF_ADDRESS;
  NdisMoveMemory(general->PermanentMacAddress, PermanentAddress, ETH_LENGTH_OF_ADDRESS);
  NdisMoveMemory(general->CurrentMacAddress, CurrentAddress, ETH_LENGTH_OF_ADDRESS);
  general->RecvScaleCapabilities = Scaling.Capabilities(2 * Pairs + 2, Pairs);
  general->AccessType = NET_IF_ACCESS_BROADCAST;
  general->DirectionType = NET_IF_DIRECTION_SENDRECEIVE;
  general->ConnectionType = NET_IF_CONNECTION_DEDICATED;
  general->IfType = IF_TYPE_ETHERNET_CSMACD;
  general->IfConnectorPresent = TRUE;
  general->SupportedStatistics =
      NDIS_STATISTICS_XMIT_OK_SUPPORTED | NDIS_STATISTICS_RCV_OK_SUPPORTED | NDIS_STATISTICS_XMIT_ERROR_SUPPORTED |
      NDIS_STATISTICS_RCV_ERROR_SUPPORTED | NDIS_STATISTICS_DIRECTED_FRAMES_XMIT_SUPPORTED |
      NDIS_STATISTICS_MULTICAST_FRAMES_XMIT_SUPPORTED | NDIS_STATISTICS_BROADCAST_FRAMES_XMIT_SUPPORTED |
      NDIS_STATISTICS_DIRECTED_FRAMES_RCV_SUPPORTED | NDIS_STATISTICS_MULTICAST_FRAMES_RCV_SUPPORTED |
      NDIS_STATISTICS_BROADCAST_FRAMES_RCV_SUPPORTED | NDIS_STATISTICS_BYTES_RCV_SUPPORTED |
      NDIS_STATISTICS_BYTES_XMIT_SUPPORTED | NDIS_STATISTICS_GEN_STATISTICS_SUPPORTED;
  general->SupportedPauseFunctions = NdisPauseFunctionsUnsupported;
  general->SupportedOidList = VionetSupportedOids;
  general->SupportedOidListLength = VionetSupportedOidsLength;
  FillPowerManagement(&power);
  general->PowerManagementCapabilitiesEx = &power;
  return NdisMSetMiniportAttributes(Miniport, &attributes);
}

/* What the hardware could do, and what of it is switched on. */
PAGE_CODE NDIS_STATUS Adapter::SetOffloadAttributes() {
  NDIS_MINIPORT_ADAPTER_ATTRIBUTES attributes = {};
  NDIS_OFFLOAD current, hardware;
  PNDIS_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES offload = &attributes.OffloadAttributes;
  Tasks.FillCurrent(&current);
  Tasks.FillHardware(&hardware);
  offload->Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES;
  offload->Header.Revision = NDIS_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES_REVISION_1;
  offload->Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES_REVISION_1;
  offload->DefaultOffloadConfiguration = &current;
  offload->HardwareOffloadCapabilities = &hardware;
  return NdisMSetMiniportAttributes(Miniport, &attributes);
}

/* There is no header-data split, which is said as well. */
PAGE_CODE NDIS_STATUS Adapter::SetHardwareAssistAttributes() {
  NDIS_MINIPORT_ADAPTER_ATTRIBUTES attributes = {};
  NDIS_HD_SPLIT_ATTRIBUTES split = {};
  PNDIS_MINIPORT_ADAPTER_HARDWARE_ASSIST_ATTRIBUTES assist = &attributes.HardwareAssistAttributes;
  split.Header.Type = NDIS_OBJECT_TYPE_HD_SPLIT_ATTRIBUTES;
  split.Header.Revision = NDIS_HD_SPLIT_ATTRIBUTES_REVISION_1;
  split.Header.Size = NDIS_SIZEOF_HD_SPLIT_ATTRIBUTES_REVISION_1;
  assist->Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_HARDWARE_ASSIST_ATTRIBUTES;
  assist->Header.Revision = NDIS_MINIPORT_ADAPTER_HARDWARE_ASSIST_ATTRIBUTES_REVISION_3;
  assist->Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_HARDWARE_ASSIST_ATTRIBUTES_REVISION_3;
  assist->HDSplitAttributes = &split;
  return NdisMSetMiniportAttributes(Miniport, &attributes);
}
