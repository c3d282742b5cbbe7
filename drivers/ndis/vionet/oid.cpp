/* Object requests; most queries NDIS answers itself from the general attributes. */
#include "vionet.h"

#define DRIVER_VERSION 0x00010000

static const char Description[] = "VirtIO Ethernet (sample)";

NDIS_OID VionetSupportedOids[] = {
    OID_GEN_SUPPORTED_LIST,
    OID_GEN_HARDWARE_STATUS,
    OID_GEN_MEDIA_SUPPORTED,
    OID_GEN_MEDIA_IN_USE,
    OID_GEN_PHYSICAL_MEDIUM,
    OID_GEN_MAXIMUM_LOOKAHEAD,
    OID_GEN_CURRENT_LOOKAHEAD,
    OID_GEN_MAXIMUM_FRAME_SIZE,
    OID_GEN_MAXIMUM_TOTAL_SIZE,
    OID_GEN_TRANSMIT_BUFFER_SPACE,
    OID_GEN_RECEIVE_BUFFER_SPACE,
    OID_GEN_TRANSMIT_BLOCK_SIZE,
    OID_GEN_RECEIVE_BLOCK_SIZE,
    OID_GEN_VENDOR_ID,
    OID_GEN_VENDOR_DESCRIPTION,
    OID_GEN_VENDOR_DRIVER_VERSION,
    OID_GEN_CURRENT_PACKET_FILTER,
    OID_GEN_MAC_OPTIONS,
    OID_GEN_MAXIMUM_SEND_PACKETS,
    OID_GEN_INTERRUPT_MODERATION,
    OID_GEN_RECEIVE_SCALE_PARAMETERS,
    OID_GEN_STATISTICS,
    OID_GEN_XMIT_OK,
    OID_GEN_RCV_OK,
    OID_GEN_XMIT_ERROR,
    OID_GEN_RCV_ERROR,
    OID_GEN_RCV_NO_BUFFER,
    OID_802_3_PERMANENT_ADDRESS,
    OID_802_3_CURRENT_ADDRESS,
    OID_802_3_MULTICAST_LIST,
    OID_802_3_MAXIMUM_LIST_SIZE,
    OID_802_3_RCV_ERROR_ALIGNMENT,
    OID_802_3_XMIT_ONE_COLLISION,
    OID_802_3_XMIT_MORE_COLLISIONS,
    OID_OFFLOAD_ENCAPSULATION,
    OID_TCP_OFFLOAD_PARAMETERS,
    OID_PNP_QUERY_POWER,
    OID_PNP_SET_POWER,
};
extern const ULONG VionetSupportedOidsLength = sizeof(VionetSupportedOids);

static NDIS_STATUS Answer(PNDIS_OID_REQUEST Request, const void *Value, ULONG Length) {
  auto *query = &Request->DATA.QUERY_INFORMATION;
  query->BytesWritten = 0;
  query->BytesNeeded = Length;
  if (query->InformationBufferLength < Length) return NDIS_STATUS_BUFFER_TOO_SHORT;
  NdisMoveMemory(query->InformationBuffer, Value, Length);
  query->BytesWritten = Length;
  return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS AnswerUlong(PNDIS_OID_REQUEST Request, ULONG Value) {
  return Answer(Request, &Value, sizeof(Value));
}

/* A counter may be asked for in 32 or in 64 bits. */
static NDIS_STATUS AnswerCount(PNDIS_OID_REQUEST Request, ULONG64 Value) {
  UINT length = Request->DATA.QUERY_INFORMATION.InformationBufferLength;
  NDIS_STATUS status = Answer(Request, &Value, length < sizeof(ULONG64) ? sizeof(ULONG) : sizeof(ULONG64));
  Request->DATA.QUERY_INFORMATION.BytesNeeded = sizeof(ULONG64);
  return status;
}

NDIS_STATUS Adapter::QueryStatistics(PNDIS_OID_REQUEST Request) {
  NDIS_STATISTICS_INFO total = {};
  total.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
  total.Header.Revision = NDIS_STATISTICS_INFO_REVISION_1;
  total.Header.Size = NDIS_SIZEOF_STATISTICS_INFO_REVISION_1;
  total.SupportedStatistics =
      NDIS_STATISTICS_FLAGS_VALID_DIRECTED_FRAMES_RCV | NDIS_STATISTICS_FLAGS_VALID_MULTICAST_FRAMES_RCV |
      NDIS_STATISTICS_FLAGS_VALID_BROADCAST_FRAMES_RCV | NDIS_STATISTICS_FLAGS_VALID_BYTES_RCV |
      NDIS_STATISTICS_FLAGS_VALID_RCV_ERROR | NDIS_STATISTICS_FLAGS_VALID_DIRECTED_FRAMES_XMIT |
      NDIS_STATISTICS_FLAGS_VALID_MULTICAST_FRAMES_XMIT | NDIS_STATISTICS_FLAGS_VALID_BROADCAST_FRAMES_XMIT |
      NDIS_STATISTICS_FLAGS_VALID_BYTES_XMIT | NDIS_STATISTICS_FLAGS_VALID_XMIT_ERROR;
  for (ULONG i = 0; i < Pairs; i++) {
    Receives[i]->AddTo(&total);
    Transmits[i]->AddTo(&total);
  }
  switch (Request->DATA.QUERY_INFORMATION.Oid) {
    case OID_GEN_STATISTICS:
      return Answer(Request, &total, sizeof(total));
    case OID_GEN_XMIT_OK:
      return AnswerCount(Request, total.ifHCOutUcastPkts + total.ifHCOutMulticastPkts + total.ifHCOutBroadcastPkts);
    case OID_GEN_RCV_OK:
      return AnswerCount(Request, total.ifHCInUcastPkts + total.ifHCInMulticastPkts + total.ifHCInBroadcastPkts);
    case OID_GEN_XMIT_ERROR:
      return AnswerCount(Request, total.ifOutErrors);
    case OID_GEN_RCV_ERROR:
      return AnswerCount(Request, total.ifInErrors);
    case OID_GEN_RCV_NO_BUFFER:
    case OID_802_3_RCV_ERROR_ALIGNMENT:
    case OID_802_3_XMIT_ONE_COLLISION:
    case OID_802_3_XMIT_MORE_COLLISIONS:
      return AnswerCount(Request, 0);
    default:
      return NDIS_STATUS_NOT_SUPPORTED;
  }
}

static NDIS_STATUS QueryModeration(PNDIS_OID_REQUEST Request) {
  NDIS_INTERRUPT_MODERATION_PARAMETERS moderation = {};
  moderation.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
  moderation.Header.Revision = NDIS_INTERRUPT_MODERATION_PARAMETERS_REVISION_1;
  moderation.Header.Size = NDIS_SIZEOF_INTERRUPT_MODERATION_PARAMETERS_REVISION_1;
  moderation.InterruptModeration = NdisInterruptModerationNotSupported;
  return Answer(Request, &moderation, sizeof(moderation));
}

NDIS_STATUS Adapter::Query(PNDIS_OID_REQUEST Request) {
  switch (Request->DATA.QUERY_INFORMATION.Oid) {
    case OID_GEN_HARDWARE_STATUS:
      return AnswerUlong(Request, Removed ? NdisHardwareStatusNotReady : NdisHardwareStatusReady);
    case OID_GEN_CURRENT_LOOKAHEAD:
      return AnswerUlong(Request, Mtu);
    case OID_GEN_MAXIMUM_TOTAL_SIZE:
    case OID_GEN_TRANSMIT_BLOCK_SIZE:
      return AnswerUlong(Request, FrameBytes());
    case OID_GEN_RECEIVE_BLOCK_SIZE:
      return AnswerUlong(Request, Settings.BufferBytes);
    case OID_GEN_TRANSMIT_BUFFER_SPACE:
      return AnswerUlong(Request, Pairs * Settings.TransmitBuffers * FrameBytes());
    case OID_GEN_RECEIVE_BUFFER_SPACE:
      return AnswerUlong(Request, Pairs * Settings.ReceiveBuffers * Settings.BufferBytes);
    case OID_GEN_MAXIMUM_SEND_PACKETS:
      return AnswerUlong(Request, Pairs * Settings.TransmitBuffers);
    case OID_GEN_CURRENT_PACKET_FILTER:
      return AnswerUlong(Request, PacketFilter);
    case OID_GEN_VENDOR_ID:
      return AnswerUlong(Request, PermanentAddress[0] << 16 | PermanentAddress[1] << 8 | PermanentAddress[2]);
    case OID_GEN_VENDOR_DESCRIPTION:
      return Answer(Request, Description, sizeof(Description));
    case OID_GEN_VENDOR_DRIVER_VERSION:
      return AnswerUlong(Request, DRIVER_VERSION);
    case OID_GEN_INTERRUPT_MODERATION:
      return QueryModeration(Request);
    case OID_802_3_PERMANENT_ADDRESS:
      return Answer(Request, PermanentAddress, ETH_LENGTH_OF_ADDRESS);
    case OID_802_3_CURRENT_ADDRESS:
      return Answer(Request, CurrentAddress, ETH_LENGTH_OF_ADDRESS);
    case OID_802_3_MULTICAST_LIST:
      return Answer(Request, Multicast, Multicasts * ETH_LENGTH_OF_ADDRESS);
    case OID_802_3_MAXIMUM_LIST_SIZE:
      return AnswerUlong(Request, VIONET_MULTICASTS);
    case OID_PNP_QUERY_POWER:
      return NDIS_STATUS_SUCCESS;
    default:
      return QueryStatistics(Request);
  }
}

/* Modes and the table of multicasts, as the filter has them now; a device that cannot filter lets all through. */
VOID Adapter::SendFilter() {
  struct {
    ULONG Unicasts;
    ULONG Multicasts;
    UCHAR Multicast[VIONET_MULTICASTS][ETH_LENGTH_OF_ADDRESS];
  } table;
  if (Control == NULL || !Device->Has(VIRTIO_NET_F_CTRL_RX)) return;
  NdisAcquireSpinLock(&Lock);
  ULONG filter = PacketFilter;
  table.Unicasts = 0;
  table.Multicasts = Multicasts;
  NdisMoveMemory(table.Multicast, Multicast, sizeof(table.Multicast));
  NdisReleaseSpinLock(&Lock);
  Control->SendMode(VIRTIO_NET_CTRL_RX_PROMISC, (filter & NDIS_PACKET_TYPE_PROMISCUOUS) != 0);
  Control->SendMode(VIRTIO_NET_CTRL_RX_ALLMULTI, (filter & NDIS_PACKET_TYPE_ALL_MULTICAST) != 0);
  if (Device->Has(VIRTIO_NET_F_CTRL_RX_EXTRA)) {
    ULONG multicasts = NDIS_PACKET_TYPE_MULTICAST | NDIS_PACKET_TYPE_ALL_MULTICAST;
    Control->SendMode(VIRTIO_NET_CTRL_RX_NOMULTI, (filter & multicasts) == 0);
    Control->SendMode(VIRTIO_NET_CTRL_RX_NOUNI, (filter & NDIS_PACKET_TYPE_DIRECTED) == 0);
    Control->SendMode(VIRTIO_NET_CTRL_RX_NOBCAST, (filter & NDIS_PACKET_TYPE_BROADCAST) == 0);
  }
  Control->Send(VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_TABLE, &table,
                2 * sizeof(ULONG) + table.Multicasts * ETH_LENGTH_OF_ADDRESS);
}

/* At once without a device that runs; else with the device's last answer. */
NDIS_STATUS Adapter::ApplyFilter(PNDIS_OID_REQUEST Request) {
  if (Control == NULL || !MayReceive()) return NDIS_STATUS_SUCCESS;
  Control->BeginRequest(Request);
  SendFilter();
  return Control->EndRequest();
}

NDIS_STATUS Adapter::SetFilter(PNDIS_OID_REQUEST Request, const void *Buffer, ULONG Length) {
  ULONG filter;
  if (Length < sizeof(filter)) return NDIS_STATUS_INVALID_LENGTH;
  NdisMoveMemory(&filter, Buffer, sizeof(filter));
  if (filter & ~(ULONG)VIONET_FILTERS) return NDIS_STATUS_NOT_SUPPORTED;
  NdisAcquireSpinLock(&Lock);
  PacketFilter = filter;
  NdisReleaseSpinLock(&Lock);
  Trace(TraceStates, "packet filter %x", filter);
  return ApplyFilter(Request);
}

NDIS_STATUS Adapter::SetMulticasts(PNDIS_OID_REQUEST Request, const void *Buffer, ULONG Length) {
  if (Length % ETH_LENGTH_OF_ADDRESS != 0) return NDIS_STATUS_INVALID_LENGTH;
  if (Length > sizeof(Multicast)) return NDIS_STATUS_MULTICAST_FULL;
  NdisAcquireSpinLock(&Lock);
  NdisMoveMemory(Multicast, Buffer, Length);
  Multicasts = Length / ETH_LENGTH_OF_ADDRESS;
  NdisReleaseSpinLock(&Lock);
  return ApplyFilter(Request);
}

NDIS_STATUS Adapter::SetPower(const void *Buffer, ULONG Length) {
  NDIS_DEVICE_POWER_STATE state;
  if (Length < sizeof(state)) return NDIS_STATUS_INVALID_LENGTH;
  NdisMoveMemory(&state, Buffer, sizeof(state));
  Trace(TraceStates, "power to D%d", state - NdisDeviceStateD0);
  if (state == NdisDeviceStateD0) {
    PowerUp();
  } else {
    PowerDown();
  }
  return NDIS_STATUS_SUCCESS;
}

/* The stack has to hear of what is in force now. */
VOID Adapter::IndicateOffload() {
  NDIS_STATUS_INDICATION indication = {};
  NDIS_OFFLOAD current;
  Tasks.FillCurrent(&current);
  indication.Header.Type = NDIS_OBJECT_TYPE_STATUS_INDICATION;
  indication.Header.Revision = NDIS_STATUS_INDICATION_REVISION_1;
  indication.Header.Size = NDIS_SIZEOF_STATUS_INDICATION_REVISION_1;
  indication.SourceHandle = Miniport;
  indication.StatusCode = NDIS_STATUS_TASK_OFFLOAD_CURRENT_CONFIG;
  indication.StatusBuffer = &current;
  indication.StatusBufferSize = NDIS_SIZEOF_NDIS_OFFLOAD_REVISION_3;
  NdisMIndicateStatusEx(Miniport, &indication);
}

NDIS_STATUS Adapter::OffloadSet(NDIS_STATUS Status) {
  if (Status == NDIS_STATUS_SUCCESS) IndicateOffload();
  return Status;
}

NDIS_STATUS Adapter::Set(PNDIS_OID_REQUEST Request) {
  const void *buffer = Request->DATA.SET_INFORMATION.InformationBuffer;
  UINT length = Request->DATA.SET_INFORMATION.InformationBufferLength;
  Request->DATA.SET_INFORMATION.BytesNeeded = Request->DATA.SET_INFORMATION.BytesRead = length;
  switch (Request->DATA.SET_INFORMATION.Oid) {
    case OID_GEN_CURRENT_PACKET_FILTER:
      return SetFilter(Request, buffer, length);
    case OID_GEN_CURRENT_LOOKAHEAD:
      return length < sizeof(ULONG) ? NDIS_STATUS_INVALID_LENGTH : NDIS_STATUS_SUCCESS;
    case OID_802_3_MULTICAST_LIST:
      return SetMulticasts(Request, buffer, length);
    case OID_GEN_RECEIVE_SCALE_PARAMETERS:
      return Scaling.Set((const NDIS_RECEIVE_SCALE_PARAMETERS *)buffer, length);
    case OID_TCP_OFFLOAD_PARAMETERS:
      return OffloadSet(Tasks.Set((const NDIS_OFFLOAD_PARAMETERS *)buffer, length));
    case OID_OFFLOAD_ENCAPSULATION:
      return OffloadSet(Tasks.SetEncapsulation((const NDIS_OFFLOAD_ENCAPSULATION *)buffer, length));
    case OID_PNP_SET_POWER:
      return SetPower(buffer, length);
    default:
      return NDIS_STATUS_NOT_SUPPORTED;
  }
}

static VOID SayRead(PNDIS_OID_REQUEST Request, NDIS_STATUS Status) {
  if (Status == NDIS_STATUS_SUCCESS) return;
  Request->DATA.SET_INFORMATION.BytesRead = 0;
  if (Status == NDIS_STATUS_INVALID_LENGTH) Request->DATA.SET_INFORMATION.BytesNeeded = sizeof(ULONG);
}

NDIS_STATUS Adapter::OidRequest(NDIS_HANDLE Context, PNDIS_OID_REQUEST Request) {
  Adapter *adapter = (Adapter *)Context;
  NDIS_STATUS status;
  switch (Request->RequestType) {
    case NdisRequestQueryInformation:
    case NdisRequestQueryStatistics:
      return adapter->Query(Request);
    case NdisRequestSetInformation:
      status = adapter->Set(Request);
      if (status != NDIS_STATUS_PENDING) SayRead(Request, status); /* a pending one may be gone by now */
      return status;
    default:
      return NDIS_STATUS_NOT_SUPPORTED;
  }
}

VOID Adapter::CompleteRequest(PNDIS_OID_REQUEST Request, NDIS_STATUS Status) {
  SayRead(Request, Status);
  NdisMOidRequestComplete(Miniport, Request, Status);
}

/* The device answers what is pending soon enough. */
VOID Adapter::CancelOidRequest(NDIS_HANDLE, PVOID) {}
