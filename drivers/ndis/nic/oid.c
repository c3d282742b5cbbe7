/* Object requests; most queries NDIS answers itself from the general attributes. */
#include "nic.h"

#define DRIVER_VERSION 0x00010000

static const char Description[] = "Intel 82540EM Gigabit Ethernet (sample)";

NDIS_OID NicSupportedOids[] = {
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
    OID_GEN_LINK_PARAMETERS,
    OID_GEN_INTERRUPT_MODERATION,
    OID_GEN_STATISTICS,
    OID_GEN_XMIT_OK,
    OID_GEN_RCV_OK,
    OID_GEN_XMIT_ERROR,
    OID_GEN_RCV_ERROR,
    OID_GEN_RCV_NO_BUFFER,
    OID_GEN_RCV_CRC_ERROR,
    OID_802_3_PERMANENT_ADDRESS,
    OID_802_3_CURRENT_ADDRESS,
    OID_802_3_MULTICAST_LIST,
    OID_802_3_MAXIMUM_LIST_SIZE,
    OID_802_3_RCV_ERROR_ALIGNMENT,
    OID_802_3_XMIT_ONE_COLLISION,
    OID_802_3_XMIT_MORE_COLLISIONS,
    OID_802_3_XMIT_LATE_COLLISIONS,
    OID_PNP_QUERY_POWER,
    OID_PNP_SET_POWER,
};
const ULONG NicSupportedOidsLength = sizeof(NicSupportedOids);

static NDIS_STATUS Answer(PNDIS_OID_REQUEST Request, const void *Value, ULONG Length) {
  Request->DATA.QUERY_INFORMATION.BytesWritten = 0;
  Request->DATA.QUERY_INFORMATION.BytesNeeded = Length;
  if (Request->DATA.QUERY_INFORMATION.InformationBufferLength < Length) return NDIS_STATUS_BUFFER_TOO_SHORT;
  NdisMoveMemory(Request->DATA.QUERY_INFORMATION.InformationBuffer, Value, Length);
  Request->DATA.QUERY_INFORMATION.BytesWritten = Length;
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

static NDIS_STATUS QueryModeration(PNIC Nic, PNDIS_OID_REQUEST Request) {
  NDIS_INTERRUPT_MODERATION_PARAMETERS moderation = {0};
  moderation.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
  moderation.Header.Revision = NDIS_INTERRUPT_MODERATION_PARAMETERS_REVISION_1;
  moderation.Header.Size = NDIS_SIZEOF_INTERRUPT_MODERATION_PARAMETERS_REVISION_1;
  moderation.Flags = NDIS_INTERRUPT_MODERATION_CHANGE_NEEDS_REINITIALIZE;
  moderation.InterruptModeration =
      Nic->Configuration.InterruptModeration ? NdisInterruptModerationEnabled : NdisInterruptModerationDisabled;
  return Answer(Request, &moderation, sizeof(moderation));
}

static NDIS_STATUS QueryStatistics(const NIC_STATISTICS *Total, PNDIS_OID_REQUEST Request) {
  NDIS_STATISTICS_INFO info = {0};
  info.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
  info.Header.Revision = NDIS_STATISTICS_INFO_REVISION_1;
  info.Header.Size = NDIS_SIZEOF_STATISTICS_INFO_REVISION_1;
  info.SupportedStatistics =
      NDIS_STATISTICS_FLAGS_VALID_DIRECTED_FRAMES_RCV | NDIS_STATISTICS_FLAGS_VALID_MULTICAST_FRAMES_RCV |
      NDIS_STATISTICS_FLAGS_VALID_BROADCAST_FRAMES_RCV | NDIS_STATISTICS_FLAGS_VALID_BYTES_RCV |
      NDIS_STATISTICS_FLAGS_VALID_RCV_DISCARDS | NDIS_STATISTICS_FLAGS_VALID_RCV_ERROR |
      NDIS_STATISTICS_FLAGS_VALID_DIRECTED_FRAMES_XMIT | NDIS_STATISTICS_FLAGS_VALID_MULTICAST_FRAMES_XMIT |
      NDIS_STATISTICS_FLAGS_VALID_BROADCAST_FRAMES_XMIT | NDIS_STATISTICS_FLAGS_VALID_BYTES_XMIT |
      NDIS_STATISTICS_FLAGS_VALID_XMIT_ERROR;
  info.ifInDiscards = Total->Missed;
  info.ifInErrors = Total->CrcErrors + Total->Undersized + Total->Oversized;
  info.ifHCInOctets = Total->ReceivedBytes;
  info.ifHCInUcastPkts = Total->ReceivedFrames - Total->ReceivedMulticasts - Total->ReceivedBroadcasts;
  info.ifHCInMulticastPkts = Total->ReceivedMulticasts;
  info.ifHCInBroadcastPkts = Total->ReceivedBroadcasts;
  info.ifHCOutOctets = Total->SentBytes;
  info.ifHCOutUcastPkts = Total->SentFrames - Total->SentMulticasts - Total->SentBroadcasts;
  info.ifHCOutMulticastPkts = Total->SentMulticasts;
  info.ifHCOutBroadcastPkts = Total->SentBroadcasts;
  info.ifOutErrors = Total->SendErrors;
  return Answer(Request, &info, sizeof(info));
}

static NDIS_STATUS QueryCounter(PNIC Nic, PNDIS_OID_REQUEST Request) {
  NdisAcquireSpinLock(&Nic->Lock);
  NicUpdateStatistics(Nic);
  NIC_STATISTICS total = Nic->Statistics;
  NdisReleaseSpinLock(&Nic->Lock);
  switch (Request->DATA.QUERY_INFORMATION.Oid) {
    case OID_GEN_STATISTICS:
      return QueryStatistics(&total, Request);
    case OID_GEN_XMIT_OK:
      return AnswerCount(Request, total.SentFrames);
    case OID_GEN_RCV_OK:
      return AnswerCount(Request, total.ReceivedFrames);
    case OID_GEN_XMIT_ERROR:
      return AnswerCount(Request, total.SendErrors);
    case OID_GEN_RCV_ERROR:
      return AnswerCount(Request, total.CrcErrors + total.Undersized + total.Oversized);
    case OID_GEN_RCV_NO_BUFFER:
      return AnswerCount(Request, total.Missed);
    case OID_GEN_RCV_CRC_ERROR:
      return AnswerCount(Request, total.CrcErrors);
    case OID_802_3_RCV_ERROR_ALIGNMENT:
      return AnswerCount(Request, 0);
    case OID_802_3_XMIT_ONE_COLLISION:
      return AnswerCount(Request, total.OneCollision);
    case OID_802_3_XMIT_MORE_COLLISIONS:
      return AnswerCount(Request, total.MoreCollisions);
    case OID_802_3_XMIT_LATE_COLLISIONS:
      return AnswerCount(Request, total.LateCollisions);
    default:
      return NDIS_STATUS_NOT_SUPPORTED;
  }
}

static NDIS_STATUS Query(PNIC Nic, PNDIS_OID_REQUEST Request) {
  switch (Request->DATA.QUERY_INFORMATION.Oid) {
    case OID_GEN_HARDWARE_STATUS:
      return AnswerUlong(Request, Nic->Removed ? NdisHardwareStatusNotReady : NdisHardwareStatusReady);
    case OID_GEN_CURRENT_LOOKAHEAD:
      return AnswerUlong(Request, NIC_MTU);
    case OID_GEN_MAXIMUM_TOTAL_SIZE:
    case OID_GEN_TRANSMIT_BLOCK_SIZE:
      return AnswerUlong(Request, NIC_FRAME);
    case OID_GEN_RECEIVE_BLOCK_SIZE:
      return AnswerUlong(Request, NIC_BUFFER);
    case OID_GEN_TRANSMIT_BUFFER_SPACE:
      return AnswerUlong(Request, Nic->Configuration.TransmitBuffers * NIC_FRAME);
    case OID_GEN_RECEIVE_BUFFER_SPACE:
      return AnswerUlong(Request, Nic->RfdCount * NIC_BUFFER);
    case OID_GEN_MAXIMUM_SEND_PACKETS:
      return AnswerUlong(Request, Nic->Configuration.TransmitBuffers);
    case OID_GEN_CURRENT_PACKET_FILTER:
      return AnswerUlong(Request, Nic->PacketFilter);
    case OID_GEN_VENDOR_ID:
      return AnswerUlong(Request, Nic->PermanentAddress[0] << 16 | Nic->PermanentAddress[1] << 8 |
                                      Nic->PermanentAddress[2]);
    case OID_GEN_VENDOR_DESCRIPTION:
      return Answer(Request, Description, sizeof(Description));
    case OID_GEN_VENDOR_DRIVER_VERSION:
      return AnswerUlong(Request, DRIVER_VERSION);
    case OID_GEN_INTERRUPT_MODERATION:
      return QueryModeration(Nic, Request);
    case OID_802_3_PERMANENT_ADDRESS:
      return Answer(Request, Nic->PermanentAddress, ETH_LENGTH_OF_ADDRESS);
    case OID_802_3_CURRENT_ADDRESS:
      return Answer(Request, Nic->CurrentAddress, ETH_LENGTH_OF_ADDRESS);
    case OID_802_3_MULTICAST_LIST:
      return Answer(Request, Nic->Multicast, Nic->Multicasts * ETH_LENGTH_OF_ADDRESS);
    case OID_802_3_MAXIMUM_LIST_SIZE:
      return AnswerUlong(Request, NIC_MULTICASTS);
    case OID_PNP_QUERY_POWER:
      return NDIS_STATUS_SUCCESS;
    default:
      return QueryCounter(Nic, Request);
  }
}

static NDIS_STATUS SetFilter(PNIC Nic, const void *Buffer, ULONG Length) {
  ULONG filter;
  if (Length < sizeof(filter)) return NDIS_STATUS_INVALID_LENGTH;
  NdisMoveMemory(&filter, Buffer, sizeof(filter));
  if (filter & ~(ULONG)NIC_PACKET_FILTERS) return NDIS_STATUS_NOT_SUPPORTED;
  NdisAcquireSpinLock(&Nic->Lock);
  Nic->PacketFilter = filter;
  NicApplyFilter(Nic);
  NdisReleaseSpinLock(&Nic->Lock);
  return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS SetMulticasts(PNIC Nic, const void *Buffer, ULONG Length) {
  if (Length % ETH_LENGTH_OF_ADDRESS != 0) return NDIS_STATUS_INVALID_LENGTH;
  if (Length > sizeof(Nic->Multicast)) return NDIS_STATUS_MULTICAST_FULL;
  NdisAcquireSpinLock(&Nic->Lock);
  NdisMoveMemory(Nic->Multicast, Buffer, Length);
  Nic->Multicasts = Length / ETH_LENGTH_OF_ADDRESS;
  NicApplyFilter(Nic);
  NdisReleaseSpinLock(&Nic->Lock);
  return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS SetPower(PNIC Nic, const void *Buffer, ULONG Length) {
  NDIS_DEVICE_POWER_STATE state;
  if (Length < sizeof(state)) return NDIS_STATUS_INVALID_LENGTH;
  NdisMoveMemory(&state, Buffer, sizeof(state));
  if (state == NdisDeviceStateD0) {
    NicPowerUp(Nic);
  } else {
    NicPowerDown(Nic);
  }
  return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS Set(PNIC Nic, PNDIS_OID_REQUEST Request) {
  const void *buffer = Request->DATA.SET_INFORMATION.InformationBuffer;
  UINT length = Request->DATA.SET_INFORMATION.InformationBufferLength;
  UINT needed = sizeof(ULONG);
  NDIS_STATUS status;
  switch (Request->DATA.SET_INFORMATION.Oid) {
    case OID_GEN_CURRENT_PACKET_FILTER:
      status = SetFilter(Nic, buffer, length);
      break;
    case OID_GEN_CURRENT_LOOKAHEAD:
      status = length < sizeof(ULONG) ? NDIS_STATUS_INVALID_LENGTH : NDIS_STATUS_SUCCESS;
      break;
    case OID_802_3_MULTICAST_LIST:
      needed = min(length, sizeof(Nic->Multicast));
      status = SetMulticasts(Nic, buffer, length);
      break;
    case OID_PNP_SET_POWER:
      status = SetPower(Nic, buffer, length);
      break;
    case OID_GEN_LINK_PARAMETERS:
    case OID_GEN_INTERRUPT_MODERATION:
    default:
      status = NDIS_STATUS_NOT_SUPPORTED;
      break;
  }
  Request->DATA.SET_INFORMATION.BytesNeeded = needed;
  Request->DATA.SET_INFORMATION.BytesRead = status == NDIS_STATUS_SUCCESS ? needed : 0;
  return status;
}

NDIS_STATUS NicOidRequest(NDIS_HANDLE Context, PNDIS_OID_REQUEST Request) {
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

/* No request is ever left pending. */
VOID NicCancelOidRequest(NDIS_HANDLE Context, PVOID RequestId) {
  UNREFERENCED_PARAMETER(Context);
  UNREFERENCED_PARAMETER(RequestId);
}
