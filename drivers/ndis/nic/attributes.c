/* What NDIS is told of the adapter, and what its registry key says. */
#include "nic.h"

#define GIGABIT 1000000000ULL

PAGE_CODE NDIS_STATUS NicSetRegistrationAttributes(PNIC Nic) {
  NDIS_MINIPORT_ADAPTER_ATTRIBUTES attributes = {0};
  PNDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES registration = &attributes.RegistrationAttributes;
  registration->Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES;
  registration->Header.Revision = NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;
  registration->Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;
  registration->MiniportAdapterContext = Nic;
  registration->AttributeFlags = NDIS_MINIPORT_ATTRIBUTES_HARDWARE_DEVICE | NDIS_MINIPORT_ATTRIBUTES_BUS_MASTER |
                                 NDIS_MINIPORT_ATTRIBUTES_SURPRISE_REMOVE_OK |
                                 NDIS_MINIPORT_ATTRIBUTES_REGISTER_BUGCHECK_CALLBACK;
  registration->CheckForHangTimeInSeconds = NIC_CHECK_FOR_HANG_SECONDS;
  registration->InterfaceType = NdisInterfacePci;
  return NdisMSetMiniportAttributes(Nic->Adapter, &attributes);
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

PAGE_CODE static VOID FillGeneral(PNIC Nic, PNDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES General) {
  General->MediaType = NdisMedium802_3;
  General->PhysicalMediumType = NdisPhysicalMedium802_3;
  General->MtuSize = NIC_MTU;
  General->MaxXmitLinkSpeed = General->MaxRcvLinkSpeed = GIGABIT;
  General->XmitLinkSpeed = General->RcvLinkSpeed = NDIS_LINK_SPEED_UNKNOWN;
  General->MediaConnectState = MediaConnectStateUnknown;
  General->MediaDuplexState = MediaDuplexStateUnknown;
  General->LookaheadSize = NIC_MTU;
  General->MacOptions = NDIS_MAC_OPTION_COPY_LOOKAHEAD_DATA | NDIS_MAC_OPTION_TRANSFERS_NOT_PEND |
                        NDIS_MAC_OPTION_NO_LOOPBACK | NDIS_MAC_OPTION_SUPPORTS_MAC_ADDRESS_OVERWRITE;
  General->SupportedPacketFilters = NIC_PACKET_FILTERS;
  General->MaxMulticastListSize = NIC_MULTICASTS;
  General->MacAddressLength = ETH_LENGTH_OF_ADDRESS;
  NdisMoveMemory(General->PermanentMacAddress, Nic->PermanentAddress, ETH_LENGTH_OF_ADDRESS);
  NdisMoveMemory(General->CurrentMacAddress, Nic->CurrentAddress, ETH_LENGTH_OF_ADDRESS);
  General->AccessType = NET_IF_ACCESS_BROADCAST;
  General->DirectionType = NET_IF_DIRECTION_SENDRECEIVE;
  General->ConnectionType = NET_IF_CONNECTION_DEDICATED;
  General->IfType = IF_TYPE_ETHERNET_CSMACD;
  General->IfConnectorPresent = TRUE;
  General->SupportedStatistics =
      NDIS_STATISTICS_XMIT_OK_SUPPORTED | NDIS_STATISTICS_RCV_OK_SUPPORTED | NDIS_STATISTICS_XMIT_ERROR_SUPPORTED |
      NDIS_STATISTICS_RCV_ERROR_SUPPORTED | NDIS_STATISTICS_RCV_NO_BUFFER_SUPPORTED |
      NDIS_STATISTICS_DIRECTED_FRAMES_XMIT_SUPPORTED | NDIS_STATISTICS_MULTICAST_FRAMES_XMIT_SUPPORTED |
      NDIS_STATISTICS_BROADCAST_FRAMES_XMIT_SUPPORTED | NDIS_STATISTICS_DIRECTED_FRAMES_RCV_SUPPORTED |
      NDIS_STATISTICS_MULTICAST_FRAMES_RCV_SUPPORTED | NDIS_STATISTICS_BROADCAST_FRAMES_RCV_SUPPORTED |
      NDIS_STATISTICS_BYTES_RCV_SUPPORTED | NDIS_STATISTICS_BYTES_XMIT_SUPPORTED |
      NDIS_STATISTICS_RCV_CRC_ERROR_SUPPORTED | NDIS_STATISTICS_GEN_STATISTICS_SUPPORTED;
  General->SupportedPauseFunctions = NdisPauseFunctionsUnsupported;
  General->SupportedOidList = NicSupportedOids;
  General->SupportedOidListLength = NicSupportedOidsLength;
  General->AutoNegotiationFlags = NDIS_LINK_STATE_XMIT_LINK_SPEED_AUTO_NEGOTIATED |
                                  NDIS_LINK_STATE_RCV_LINK_SPEED_AUTO_NEGOTIATED |
                                  NDIS_LINK_STATE_DUPLEX_AUTO_NEGOTIATED;
}

PAGE_CODE NDIS_STATUS NicSetGeneralAttributes(PNIC Nic) {
  NDIS_MINIPORT_ADAPTER_ATTRIBUTES attributes = {0};
  NDIS_PM_CAPABILITIES power = {0};
  PNDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES general = &attributes.GeneralAttributes;
  general->Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES;
  general->Header.Revision = NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2;
  general->Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2;
  FillPowerManagement(&power);
  general->PowerManagementCapabilitiesEx = &power;
  FillGeneral(Nic, general);
  return NdisMSetMiniportAttributes(Nic->Adapter, &attributes);
}

PAGE_CODE static ULONG ReadInteger(NDIS_HANDLE Key, NDIS_STRING Keyword, ULONG Lowest, ULONG Highest, ULONG Default) {
  PNDIS_CONFIGURATION_PARAMETER value = NULL;
  NDIS_STATUS status;
  NdisReadConfiguration(&status, &value, Key, &Keyword, NdisParameterInteger);
  if (status != NDIS_STATUS_SUCCESS || value->ParameterType != NdisParameterInteger) return Default;
  ULONG integer = value->ParameterData.IntegerData;
  return integer < Lowest || integer > Highest ? Default : integer;
}

/* An address of the administrator's has to be one of a single, locally administered station. */
PAGE_CODE static VOID ReadAddress(PNIC Nic, NDIS_HANDLE Key) {
  NDIS_STATUS status;
  PVOID address = NULL;
  UINT length = 0;
  NdisReadNetworkAddress(&status, &address, &length, Key);
  if (status != NDIS_STATUS_SUCCESS || length != ETH_LENGTH_OF_ADDRESS || (*(PUCHAR)address & 0x03) != 0x02) return;
  NdisMoveMemory(Nic->Configuration.Address, address, ETH_LENGTH_OF_ADDRESS);
  Nic->Configuration.AddressGiven = TRUE;
}

/* The keywords of nic.inf; what is missing or out of range gets the default stated there. */
PAGE_CODE NDIS_STATUS NicReadConfiguration(PNIC Nic) {
  static const NDIS_STRING receiveBuffers = NDIS_STRING_CONST("*ReceiveBuffers");
  static const NDIS_STRING transmitBuffers = NDIS_STRING_CONST("*TransmitBuffers");
  static const NDIS_STRING moderation = NDIS_STRING_CONST("*InterruptModeration");
  static const NDIS_STRING linkCheck = NDIS_STRING_CONST("LinkCheckSeconds");
  NDIS_CONFIGURATION_OBJECT object = {0};
  NDIS_HANDLE key;
  object.Header.Type = NDIS_OBJECT_TYPE_CONFIGURATION_OBJECT;
  object.Header.Revision = NDIS_CONFIGURATION_OBJECT_REVISION_1;
  object.Header.Size = NDIS_SIZEOF_CONFIGURATION_OBJECT_REVISION_1;
  object.NdisHandle = Nic->Adapter;
  NDIS_STATUS status = NdisOpenConfigurationEx(&object, &key);
  if (status != NDIS_STATUS_SUCCESS) return status;
  Nic->Configuration.ReceiveBuffers = (ULONG)ALIGN_DOWN_BY(ReadInteger(key, receiveBuffers, 8, 1024, 64), 8);
  Nic->Configuration.TransmitBuffers = ReadInteger(key, transmitBuffers, 4, 256, 32);
  Nic->Configuration.InterruptModeration = (BOOLEAN)ReadInteger(key, moderation, 0, 1, 1);
  Nic->Configuration.LinkCheckSeconds = ReadInteger(key, linkCheck, 1, 60, 2);
  ReadAddress(Nic, key);
  NdisCloseConfiguration(key);
  return NDIS_STATUS_SUCCESS;
}
