/* Reads the keywords of vionet.inf. What is missing or out of range gets the default stated there. */
#include "vionet.h"

struct KEYWORD {
  NDIS_STRING Name;
  ULONG Configuration::*Field;
  ULONG Lowest, Highest, Default;
};

static const KEYWORD Keywords[] = {
    {NDIS_STRING_CONST("*RSS"), &Configuration::ReceiveScaling, 0, 1, 1},
    {NDIS_STRING_CONST("*NumRssQueues"), &Configuration::ScalingQueues, 1, VIONET_PAIRS, VIONET_PAIRS},
    {NDIS_STRING_CONST("*IPChecksumOffloadIPv4"), &Configuration::IpChecksum4, 0, 3, 3},
    {NDIS_STRING_CONST("*TCPChecksumOffloadIPv4"), &Configuration::TcpChecksum4, 0, 3, 3},
    {NDIS_STRING_CONST("*UDPChecksumOffloadIPv4"), &Configuration::UdpChecksum4, 0, 3, 3},
    {NDIS_STRING_CONST("*TCPChecksumOffloadIPv6"), &Configuration::TcpChecksum6, 0, 3, 3},
    {NDIS_STRING_CONST("*UDPChecksumOffloadIPv6"), &Configuration::UdpChecksum6, 0, 3, 3},
    {NDIS_STRING_CONST("*LsoV2IPv4"), &Configuration::LargeSend4, 0, 1, 1},
    {NDIS_STRING_CONST("*LsoV2IPv6"), &Configuration::LargeSend6, 0, 1, 1},
    {NDIS_STRING_CONST("*PriorityVLANTag"), &Configuration::Tagging, 0, 3, 3},
    {NDIS_STRING_CONST("*JumboPacket"), &Configuration::FrameBytes, 590, 9014, 1514},
    {NDIS_STRING_CONST("*ReceiveBuffers"), &Configuration::ReceiveBuffers, 16, 1024, 128},
    {NDIS_STRING_CONST("*TransmitBuffers"), &Configuration::TransmitBuffers, 8, 512, 64},
    {NDIS_STRING_CONST("ReceiveBufferBytes"), &Configuration::BufferBytes, 256, 16384, 2048},
    {NDIS_STRING_CONST("MergeReceiveBuffers"), &Configuration::MergeBuffers, 0, 1, 1},
    {NDIS_STRING_CONST("IndirectDescriptors"), &Configuration::IndirectDescriptors, 0, 1, 1},
    {NDIS_STRING_CONST("EventIndex"), &Configuration::EventIndex, 0, 1, 1},
    {NDIS_STRING_CONST("ForceLegacy"), &Configuration::ForceLegacy, 0, 1, 0},
    {NDIS_STRING_CONST("WatchSeconds"), &Configuration::WatchSeconds, 1, 60, 2},
};

PAGE_CODE static ULONG ReadInteger(NDIS_HANDLE Key, const KEYWORD *Keyword) {
  NDIS_STRING name = Keyword->Name;
  PNDIS_CONFIGURATION_PARAMETER value = NULL;
  NDIS_STATUS status;
  NdisReadConfiguration(&status, &value, Key, &name, NdisParameterInteger);
  if (status != NDIS_STATUS_SUCCESS || value->ParameterType != NdisParameterInteger) return Keyword->Default;
  ULONG integer = value->ParameterData.IntegerData;
  BOOLEAN fits = integer >= Keyword->Lowest && integer <= Keyword->Highest;
  Trace(TraceResources, "%ws = %u%s", name.Buffer, integer, fits ? "" : ", out of range");
  return fits ? integer : Keyword->Default;
}

/* An address of the administrator's has to be one of a single, locally administered station. */
PAGE_CODE VOID Configuration::ReadAddress(NDIS_HANDLE Key) {
  NDIS_STATUS status;
  PVOID given = NULL;
  UINT length = 0;
  NdisReadNetworkAddress(&status, &given, &length, Key);
  if (status != NDIS_STATUS_SUCCESS || length != ETH_LENGTH_OF_ADDRESS || (*(PUCHAR)given & 0x03) != 0x02) return;
  NdisMoveMemory(Address, given, ETH_LENGTH_OF_ADDRESS);
  AddressGiven = TRUE;
}

PAGE_CODE NDIS_STATUS Configuration::Read(NDIS_HANDLE Adapter) {
  NDIS_CONFIGURATION_OBJECT object = {};
  NDIS_HANDLE key;
  object.Header.Type = NDIS_OBJECT_TYPE_CONFIGURATION_OBJECT;
  object.Header.Revision = NDIS_CONFIGURATION_OBJECT_REVISION_1;
  object.Header.Size = NDIS_SIZEOF_CONFIGURATION_OBJECT_REVISION_1;
  object.NdisHandle = Adapter;
  NDIS_STATUS status = NdisOpenConfigurationEx(&object, &key);
  if (status != NDIS_STATUS_SUCCESS) return status;
  for (const KEYWORD &keyword : Keywords) this->*keyword.Field = ReadInteger(key, &keyword);
  ReadAddress(key);
  NdisCloseConfiguration(key);
  return NDIS_STATUS_SUCCESS;
}

BOOLEAN Configuration::FramesInOneBuffer() const {
  return !MergeBuffers || BufferBytes >= sizeof(VIRTIO_NET_HEADER) + FrameBytes + VLAN_TAG;
}
