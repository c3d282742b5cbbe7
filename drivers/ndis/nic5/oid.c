/* Object requests: NDIS 5 answers none of them itself. */
#include "nic5.h"

#define GIGABIT_IN_100 10000000
#define DRIVER_VERSION (NDIS_MINIPORT_MAJOR_VERSION << 8 | NDIS_MINIPORT_MINOR_VERSION)

static const char Description[] = "Intel 82540EM Gigabit Ethernet (sample, NDIS 5.1)";

static const NDIS_OID Supported[] = {
    OID_GEN_SUPPORTED_LIST,
    OID_GEN_HARDWARE_STATUS,
    OID_GEN_MEDIA_SUPPORTED,
    OID_GEN_MEDIA_IN_USE,
    OID_GEN_MAXIMUM_LOOKAHEAD,
    OID_GEN_MAXIMUM_FRAME_SIZE,
    OID_GEN_LINK_SPEED,
    OID_GEN_TRANSMIT_BUFFER_SPACE,
    OID_GEN_RECEIVE_BUFFER_SPACE,
    OID_GEN_TRANSMIT_BLOCK_SIZE,
    OID_GEN_RECEIVE_BLOCK_SIZE,
    OID_GEN_VENDOR_ID,
    OID_GEN_VENDOR_DESCRIPTION,
    OID_GEN_CURRENT_PACKET_FILTER,
    OID_GEN_CURRENT_LOOKAHEAD,
    OID_GEN_DRIVER_VERSION,
    OID_GEN_MAXIMUM_TOTAL_SIZE,
    OID_GEN_PROTOCOL_OPTIONS,
    OID_GEN_MAC_OPTIONS,
    OID_GEN_MEDIA_CONNECT_STATUS,
    OID_GEN_MAXIMUM_SEND_PACKETS,
    OID_GEN_VENDOR_DRIVER_VERSION,
    OID_GEN_PHYSICAL_MEDIUM,
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
};

/* What is answered, and with how many bytes. */
typedef struct _ANSWER {
  const void *Value;
  ULONG Length;
  ULONG64 Number;
} ANSWER, *PANSWER;

static NDIS_STATUS Number(PANSWER Answer, ULONG64 Value, ULONG Length) {
  Answer->Number = Value;
  Answer->Value = &Answer->Number;
  Answer->Length = Length;
  return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS Bytes(PANSWER Answer, const void *Value, ULONG Length) {
  Answer->Value = Value;
  Answer->Length = Length;
  return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS QueryCounter(PNIC Nic, NDIS_OID Oid, PANSWER Answer) {
  NdisAcquireSpinLock(&Nic->Lock);
  if (!Nic->Removed && !Nic->Halting) Nic->Missed += NicRead(Nic, REG_MPC);
  ULONG64 sent = Nic->Sent, errors = Nic->SendErrors, received = Nic->Received, missed = Nic->Missed;
  NdisReleaseSpinLock(&Nic->Lock);
  switch (Oid) {
    case OID_GEN_XMIT_OK:
      return Number(Answer, sent, sizeof(ULONG));
    case OID_GEN_RCV_OK:
      return Number(Answer, received, sizeof(ULONG));
    case OID_GEN_XMIT_ERROR:
      return Number(Answer, errors, sizeof(ULONG));
    case OID_GEN_RCV_NO_BUFFER:
      return Number(Answer, missed, sizeof(ULONG));
    case OID_GEN_RCV_ERROR:
    case OID_802_3_RCV_ERROR_ALIGNMENT:
    case OID_802_3_XMIT_ONE_COLLISION:
    case OID_802_3_XMIT_MORE_COLLISIONS:
      return Number(Answer, 0, sizeof(ULONG));
    default:
      return NDIS_STATUS_INVALID_OID;
  }
}

static NDIS_STATUS QuerySizes(PNIC Nic, NDIS_OID Oid, PANSWER Answer) {
  switch (Oid) {
    case OID_GEN_MAXIMUM_LOOKAHEAD:
    case OID_GEN_MAXIMUM_FRAME_SIZE:
      return Number(Answer, NIC_MTU, sizeof(ULONG));
    case OID_GEN_CURRENT_LOOKAHEAD:
      return Number(Answer, Nic->Lookahead == 0 ? NIC_MTU : Nic->Lookahead, sizeof(ULONG));
    case OID_GEN_MAXIMUM_TOTAL_SIZE:
    case OID_GEN_TRANSMIT_BLOCK_SIZE:
      return Number(Answer, NIC_FRAME, sizeof(ULONG));
    case OID_GEN_RECEIVE_BLOCK_SIZE:
      return Number(Answer, NIC_BUFFER, sizeof(ULONG));
    case OID_GEN_TRANSMIT_BUFFER_SPACE:
      return Number(Answer, NIC_SENDS * NIC_FRAME, sizeof(ULONG));
    case OID_GEN_RECEIVE_BUFFER_SPACE:
      return Number(Answer, NIC_RECEIVES * NIC_BUFFER, sizeof(ULONG));
    case OID_GEN_MAXIMUM_SEND_PACKETS:
      return Number(Answer, NIC_SENDS, sizeof(ULONG));
    case OID_802_3_MAXIMUM_LIST_SIZE:
      return Number(Answer, NIC_MULTICASTS, sizeof(ULONG));
    default:
      return QueryCounter(Nic, Oid, Answer);
  }
}

static NDIS_STATUS Query(PNIC Nic, NDIS_OID Oid, PANSWER Answer) {
  switch (Oid) {
    case OID_GEN_SUPPORTED_LIST:
      return Bytes(Answer, Supported, sizeof(Supported));
    case OID_GEN_HARDWARE_STATUS:
      return Number(Answer, Nic->Removed ? NdisHardwareStatusNotReady : NdisHardwareStatusReady, sizeof(ULONG));
    case OID_GEN_MEDIA_SUPPORTED:
    case OID_GEN_MEDIA_IN_USE:
      return Number(Answer, NdisMedium802_3, sizeof(ULONG));
    case OID_GEN_PHYSICAL_MEDIUM:
      return Number(Answer, NdisPhysicalMediumUnspecified, sizeof(ULONG));
    case OID_GEN_LINK_SPEED:
      return Number(Answer, GIGABIT_IN_100, sizeof(ULONG));
    case OID_GEN_MEDIA_CONNECT_STATUS:
      return Number(Answer, Nic->LinkUp ? NdisMediaStateConnected : NdisMediaStateDisconnected, sizeof(ULONG));
    case OID_GEN_VENDOR_ID:
      return Number(Answer, Nic->PermanentAddress[0] << 16 | Nic->PermanentAddress[1] << 8 | Nic->PermanentAddress[2],
                    sizeof(ULONG));
    case OID_GEN_VENDOR_DESCRIPTION:
      return Bytes(Answer, Description, sizeof(Description));
    case OID_GEN_DRIVER_VERSION:
      return Number(Answer, DRIVER_VERSION, sizeof(USHORT));
    case OID_GEN_VENDOR_DRIVER_VERSION:
      return Number(Answer, DRIVER_VERSION << 8, sizeof(ULONG));
    case OID_GEN_MAC_OPTIONS:
      return Number(Answer, NDIS_MAC_OPTION_COPY_LOOKAHEAD_DATA | NDIS_MAC_OPTION_TRANSFERS_NOT_PEND |
                                NDIS_MAC_OPTION_NO_LOOPBACK, sizeof(ULONG));
    case OID_GEN_CURRENT_PACKET_FILTER:
      return Number(Answer, Nic->PacketFilter, sizeof(ULONG));
    case OID_802_3_PERMANENT_ADDRESS:
      return Bytes(Answer, Nic->PermanentAddress, ETH_LENGTH_OF_ADDRESS);
    case OID_802_3_CURRENT_ADDRESS:
      return Bytes(Answer, Nic->CurrentAddress, ETH_LENGTH_OF_ADDRESS);
    case OID_802_3_MULTICAST_LIST:
      return Bytes(Answer, Nic->Multicast, Nic->Multicasts * ETH_LENGTH_OF_ADDRESS);
    default:
      return QuerySizes(Nic, Oid, Answer);
  }
}

NDIS_STATUS NTAPI NicQueryInformation(NDIS_HANDLE Context, NDIS_OID Oid, PVOID Buffer, ULONG Length, PULONG Written,
                                      PULONG Needed) {
  ANSWER answer = {0};
  NDIS_STATUS status = Query(Context, Oid, &answer);
  *Written = 0;
  *Needed = answer.Length;
  if (status != NDIS_STATUS_SUCCESS) return status;
  if (Length < answer.Length) return NDIS_STATUS_INVALID_LENGTH;
  NdisMoveMemory(Buffer, answer.Value, answer.Length);
  *Written = answer.Length;
  return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS SetFilter(PNIC Nic, ULONG Filter) {
  if (Filter & ~(ULONG)NIC_PACKET_FILTERS) return NDIS_STATUS_NOT_SUPPORTED;
  NdisAcquireSpinLock(&Nic->Lock);
  Nic->PacketFilter = Filter;
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

NDIS_STATUS NTAPI NicSetInformation(NDIS_HANDLE Context, NDIS_OID Oid, PVOID Buffer, ULONG Length, PULONG Read,
                                    PULONG Needed) {
  PNIC nic = Context;
  ULONG value = 0;
  BOOLEAN number = Oid != OID_802_3_MULTICAST_LIST;
  *Read = 0;
  *Needed = number ? sizeof(value) : ETH_LENGTH_OF_ADDRESS;
  if (number) {
    if (Length < sizeof(value)) return NDIS_STATUS_INVALID_LENGTH;
    NdisMoveMemory(&value, Buffer, sizeof(value));
  }
  NDIS_STATUS status = NDIS_STATUS_SUCCESS;
  switch (Oid) {
    case OID_GEN_CURRENT_PACKET_FILTER:
      status = SetFilter(nic, value);
      break;
    case OID_GEN_CURRENT_LOOKAHEAD:
      if (value > NIC_MTU) return NDIS_STATUS_INVALID_DATA;
      nic->Lookahead = value;
      break;
    case OID_GEN_PROTOCOL_OPTIONS:
      break;
    case OID_802_3_MULTICAST_LIST:
      status = SetMulticasts(nic, Buffer, Length);
      break;
    default:
      return NDIS_STATUS_INVALID_OID;
  }
  if (status == NDIS_STATUS_SUCCESS) *Read = number ? sizeof(value) : Length;
  return status;
}
