/* NDIS_PACKET and the macros over it, NDIS 5. Layouts as in ndis.h of DDK 3790. */
#pragma once

typedef struct _NDIS_PACKET_PRIVATE {
  UINT PhysicalCount;
  UINT TotalLength;
  PNDIS_BUFFER Head;
  PNDIS_BUFFER Tail;
  PVOID Pool;
  UINT Count;
  ULONG Flags;
  BOOLEAN ValidCounts;
  UCHAR NdisPacketFlags;
  USHORT NdisPacketOobOffset;
} NDIS_PACKET_PRIVATE, *PNDIS_PACKET_PRIVATE;

typedef struct _NDIS_PACKET {
  NDIS_PACKET_PRIVATE Private;
  union {
    struct {
      UCHAR MiniportReserved[2 * sizeof(PVOID)];
      UCHAR WrapperReserved[2 * sizeof(PVOID)];
    };
    struct {
      UCHAR MiniportReservedEx[3 * sizeof(PVOID)];
      UCHAR WrapperReservedEx[sizeof(PVOID)];
    };
    struct {
      UCHAR MacReserved[4 * sizeof(PVOID)];
    };
  };
  ULONG_PTR Reserved[2];
  UCHAR ProtocolReserved[1];
} NDIS_PACKET, *PNDIS_PACKET, **PPNDIS_PACKET;

typedef struct _NDIS_PACKET_OOB_DATA {
  union {
    ULONGLONG TimeToSend;
    ULONGLONG TimeSent;
  };
  ULONGLONG TimeReceived;
  UINT HeaderSize;
  UINT SizeMediaSpecificInfo;
  PVOID MediaSpecificInformation;
  NDIS_STATUS Status;
} NDIS_PACKET_OOB_DATA, *PNDIS_PACKET_OOB_DATA;

typedef enum _NDIS_PER_PACKET_INFO {
  TcpIpChecksumPacketInfo,
  IpSecPacketInfo,
  TcpLargeSendPacketInfo,
  ClassificationHandlePacketInfo,
  NdisReserved,
  ScatterGatherListPacketInfo,
  Ieee8021QInfo,
  OriginalPacketInfo,
  PacketCancelId,
  ShortPacketPaddingInfo,
  MaxPerPacketInfo,
} NDIS_PER_PACKET_INFO;

typedef struct _NDIS_PACKET_EXTENSION {
  PVOID NdisPacketInfo[MaxPerPacketInfo];
} NDIS_PACKET_EXTENSION, *PNDIS_PACKET_EXTENSION;

#define NDIS_OOB_DATA_FROM_PACKET(packet) \
  ((PNDIS_PACKET_OOB_DATA)((PUCHAR)(packet) + (packet)->Private.NdisPacketOobOffset))
#define NDIS_PACKET_EXTENSION_FROM_PACKET(packet) ((PNDIS_PACKET_EXTENSION)(NDIS_OOB_DATA_FROM_PACKET(packet) + 1))
#define NDIS_PER_PACKET_INFO_FROM_PACKET(packet, id) (NDIS_PACKET_EXTENSION_FROM_PACKET(packet)->NdisPacketInfo[id])
#define NDIS_SET_PACKET_STATUS(packet, status) (NDIS_OOB_DATA_FROM_PACKET(packet)->Status = (status))
#define NDIS_GET_PACKET_STATUS(packet) (NDIS_OOB_DATA_FROM_PACKET(packet)->Status)
#define NDIS_SET_PACKET_HEADER_SIZE(packet, bytes) (NDIS_OOB_DATA_FROM_PACKET(packet)->HeaderSize = (bytes))
#define NDIS_GET_PACKET_CANCEL_ID(packet) NDIS_PER_PACKET_INFO_FROM_PACKET(packet, PacketCancelId)
#define NdisGetPacketCancelId(packet) NDIS_GET_PACKET_CANCEL_ID(packet)
#define NdisGetPacketFlags(packet) ((packet)->Private.Flags)

/* The last link of the chain is what Tail names; counts are then no longer known. */
#define NdisChainBufferAtFront(packet, buffer)                                              \
  do {                                                                                      \
    PNDIS_BUFFER last_ = (buffer);                                                          \
    while (last_->Next != NULL) last_ = last_->Next;                                        \
    if ((packet)->Private.Head == NULL) (packet)->Private.Tail = last_;                     \
    last_->Next = (packet)->Private.Head;                                                   \
    (packet)->Private.Head = (buffer);                                                      \
    (packet)->Private.ValidCounts = FALSE;                                                  \
  } while (0)
#define NdisReinitializePacket(packet) \
  ((packet)->Private.Head = NULL, (packet)->Private.ValidCounts = FALSE)
#define NdisRecalculatePacketCounts(packet) ((packet)->Private.ValidCounts = FALSE)
#define NdisGetNextBuffer(buffer, next) (*(next) = (buffer)->Next)
#define NdisAdjustBufferLength(buffer, length) ((buffer)->ByteCount = (length))
#define NdisFreeBuffer(buffer) IoFreeMdl(buffer)
#define NdisQueryBufferSafe(buffer, address, length, priority) \
  ((void)(*(address) = MmGetSystemAddressForMdlSafe(buffer, priority), *(length) = MmGetMdlByteCount(buffer)))

/* What of a packet is asked for: its pieces, its buffers, the first of them, all bytes. */
FORCEINLINE VOID NdisQueryPacket(PNDIS_PACKET Packet, PUINT PhysicalBufferCount, PUINT BufferCount,
                                 PNDIS_BUFFER *FirstBuffer, PUINT TotalPacketLength) {
  if (FirstBuffer != NULL) *FirstBuffer = Packet->Private.Head;
  if (!Packet->Private.ValidCounts) {
    UINT physical = 0, count = 0, total = 0;
    for (PNDIS_BUFFER buffer = Packet->Private.Head; buffer != NULL; buffer = buffer->Next) {
      physical += ADDRESS_AND_SIZE_TO_SPAN_PAGES(MmGetMdlVirtualAddress(buffer), MmGetMdlByteCount(buffer));
      total += MmGetMdlByteCount(buffer);
      count++;
    }
    Packet->Private.Count = count;
    Packet->Private.TotalLength = total;
    Packet->Private.PhysicalCount = physical;
    Packet->Private.ValidCounts = TRUE;
  }
  if (PhysicalBufferCount != NULL) *PhysicalBufferCount = Packet->Private.PhysicalCount;
  if (BufferCount != NULL) *BufferCount = Packet->Private.Count;
  if (TotalPacketLength != NULL) *TotalPacketLength = Packet->Private.TotalLength;
}
