/* What the NDIS 5 samples answer: no more than NDIS and TCP/IP ask for. */
#include "skeleton5.h"

#define MTU 1500
#define FRAME (MTU + 14)
#define GIGABIT_IN_100 10000000
#define MULTICASTS 32
#define DRIVER_VERSION (NDIS_MINIPORT_MAJOR_VERSION << 8 | NDIS_MINIPORT_MINOR_VERSION)

static const char Description[] = "Sample miniport (NDIS 5.1)";
static const NDIS_OID Supported[] = {
    OID_GEN_SUPPORTED_LIST,      OID_GEN_HARDWARE_STATUS,       OID_GEN_MEDIA_SUPPORTED,
    OID_GEN_MEDIA_IN_USE,        OID_GEN_MAXIMUM_LOOKAHEAD,     OID_GEN_MAXIMUM_FRAME_SIZE,
    OID_GEN_LINK_SPEED,          OID_GEN_TRANSMIT_BLOCK_SIZE,   OID_GEN_RECEIVE_BLOCK_SIZE,
    OID_GEN_VENDOR_ID,           OID_GEN_VENDOR_DESCRIPTION,    OID_GEN_CURRENT_PACKET_FILTER,
    OID_GEN_CURRENT_LOOKAHEAD,   OID_GEN_DRIVER_VERSION,        OID_GEN_MAXIMUM_TOTAL_SIZE,
    OID_GEN_MAC_OPTIONS,         OID_GEN_MEDIA_CONNECT_STATUS,  OID_GEN_MAXIMUM_SEND_PACKETS,
    OID_802_3_PERMANENT_ADDRESS, OID_802_3_CURRENT_ADDRESS,     OID_802_3_MULTICAST_LIST,
    OID_802_3_MAXIMUM_LIST_SIZE,
};

/* Answers that are one number. */
static BOOLEAN NumberOf(PSAMPLE Sample, NDIS_OID Oid, PULONG Number) {
  switch (Oid) {
    case OID_GEN_HARDWARE_STATUS:
      *Number = NdisHardwareStatusReady;
      return TRUE;
    case OID_GEN_MEDIA_SUPPORTED:
    case OID_GEN_MEDIA_IN_USE:
      *Number = NdisMedium802_3;
      return TRUE;
    case OID_GEN_MAXIMUM_LOOKAHEAD:
    case OID_GEN_CURRENT_LOOKAHEAD:
    case OID_GEN_MAXIMUM_FRAME_SIZE:
      *Number = MTU;
      return TRUE;
    case OID_GEN_TRANSMIT_BLOCK_SIZE:
    case OID_GEN_RECEIVE_BLOCK_SIZE:
    case OID_GEN_MAXIMUM_TOTAL_SIZE:
      *Number = FRAME;
      return TRUE;
    case OID_GEN_LINK_SPEED:
      *Number = GIGABIT_IN_100;
      return TRUE;
    case OID_GEN_VENDOR_ID:
      *Number = Sample->Mac[0] << 16 | Sample->Mac[1] << 8 | Sample->Mac[2];
      return TRUE;
    case OID_GEN_CURRENT_PACKET_FILTER:
      *Number = Sample->PacketFilter;
      return TRUE;
    case OID_GEN_MAC_OPTIONS:
      *Number = NDIS_MAC_OPTION_COPY_LOOKAHEAD_DATA | NDIS_MAC_OPTION_TRANSFERS_NOT_PEND | NDIS_MAC_OPTION_NO_LOOPBACK;
      return TRUE;
    case OID_GEN_MEDIA_CONNECT_STATUS:
      *Number = NdisMediaStateDisconnected;
      return TRUE;
    case OID_GEN_MAXIMUM_SEND_PACKETS:
      *Number = 1;
      return TRUE;
    case OID_802_3_MAXIMUM_LIST_SIZE:
      *Number = MULTICASTS;
      return TRUE;
    default:
      return FALSE;
  }
}

NDIS_STATUS NTAPI SampleQuery(NDIS_HANDLE Context, NDIS_OID Oid, PVOID Buffer, ULONG Length, PULONG Written,
                              PULONG Needed) {
  static const USHORT version = DRIVER_VERSION;
  PSAMPLE sample = Context;
  ULONG number = 0;
  const void *answer = &number;
  ULONG bytes = sizeof(number);
  *Written = *Needed = 0;
  if (!NumberOf(sample, Oid, &number)) {
    switch (Oid) {
      case OID_GEN_SUPPORTED_LIST:
        answer = Supported;
        bytes = sizeof(Supported);
        break;
      case OID_GEN_VENDOR_DESCRIPTION:
        answer = Description;
        bytes = sizeof(Description);
        break;
      case OID_GEN_DRIVER_VERSION:
        answer = &version;
        bytes = sizeof(version);
        break;
      case OID_802_3_PERMANENT_ADDRESS:
      case OID_802_3_CURRENT_ADDRESS:
        answer = sample->Mac;
        bytes = sizeof(sample->Mac);
        break;
      default:
        return NDIS_STATUS_INVALID_OID;
    }
  }
  *Needed = bytes;
  if (Length < bytes) return NDIS_STATUS_INVALID_LENGTH;
  NdisMoveMemory(Buffer, answer, bytes);
  *Written = bytes;
  return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS NTAPI SampleSet(NDIS_HANDLE Context, NDIS_OID Oid, PVOID Buffer, ULONG Length, PULONG Read,
                            PULONG Needed) {
  PSAMPLE sample = Context;
  *Read = 0;
  *Needed = sizeof(ULONG);
  switch (Oid) {
    case OID_GEN_CURRENT_PACKET_FILTER:
      if (Length < sizeof(ULONG)) return NDIS_STATUS_INVALID_LENGTH;
      NdisMoveMemory(&sample->PacketFilter, Buffer, sizeof(ULONG));
      break;
    case OID_GEN_CURRENT_LOOKAHEAD:
      if (Length < sizeof(ULONG)) return NDIS_STATUS_INVALID_LENGTH;
      break;
    case OID_802_3_MULTICAST_LIST:
      *Needed = ETH_LENGTH_OF_ADDRESS;
      if (Length % ETH_LENGTH_OF_ADDRESS != 0) return NDIS_STATUS_INVALID_LENGTH;
      if (Length > MULTICASTS * ETH_LENGTH_OF_ADDRESS) return NDIS_STATUS_MULTICAST_FULL;
      break;
    default:
      return NDIS_STATUS_INVALID_OID;
  }
  *Read = Length;
  return NDIS_STATUS_SUCCESS;
}
