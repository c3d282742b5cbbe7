/* Packets out and in: both rings work on buffers that the miniport shares with the card. */
#include "nic5.h"

#define NEXT_OF(packet) (*(PNDIS_PACKET *)(packet)->MiniportReserved)
#define INDEX_OF(packet) (*(PULONG_PTR)(packet)->MiniportReserved)

static NDIS_STATUS Allocate(PNIC Nic, PNIC_SHARED Shared, ULONG Length) {
  PVOID memory = NULL;
  NdisMAllocateSharedMemory(Nic->Adapter, Length, TRUE, &memory, &Shared->Pa);
  if (memory == NULL) return NDIS_STATUS_RESOURCES;
  NdisZeroMemory(memory, Length);
  Shared->Va = memory;
  Shared->Length = Length;
  return NDIS_STATUS_SUCCESS;
}

static VOID Free(PNIC Nic, PNIC_SHARED Shared) {
  if (Shared->Va != NULL) NdisMFreeSharedMemory(Nic->Adapter, Shared->Length, TRUE, Shared->Va, Shared->Pa);
  Shared->Va = NULL;
}

static NDIS_STATUS CreateReceive(PNIC Nic, ULONG Index) {
  PNIC_RECEIVE receive = &Nic->Receives[Index];
  NDIS_STATUS status;
  NdisAllocatePacket(&status, &receive->Packet, Nic->PacketPool);
  if (status != NDIS_STATUS_SUCCESS) {
    receive->Packet = NULL;
    return status;
  }
  NdisAllocateBuffer(&status, &receive->Buffer, Nic->BufferPool, Nic->RxBuffers.Va + Index * NIC_BUFFER, NIC_BUFFER);
  if (status != NDIS_STATUS_SUCCESS) {
    receive->Buffer = NULL;
    return status;
  }
  NDIS_SET_PACKET_HEADER_SIZE(receive->Packet, NIC_HEADER);
  INDEX_OF(receive->Packet) = Index;
  NdisChainBufferAtFront(receive->Packet, receive->Buffer);
  return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS NicCreateTransfers(PNIC Nic) {
  NDIS_STATUS status = NdisMInitializeScatterGatherDma(Nic->Adapter, TRUE, NIC_FRAME);
  if (status == NDIS_STATUS_SUCCESS) status = Allocate(Nic, &Nic->TxRing, NIC_SENDS * sizeof(NIC_TX_DESCRIPTOR));
  if (status == NDIS_STATUS_SUCCESS) status = Allocate(Nic, &Nic->TxBuffers, NIC_SENDS * NIC_BUFFER);
  if (status == NDIS_STATUS_SUCCESS) status = Allocate(Nic, &Nic->RxRing, NIC_RECEIVES * sizeof(NIC_RX_DESCRIPTOR));
  if (status == NDIS_STATUS_SUCCESS) status = Allocate(Nic, &Nic->RxBuffers, NIC_RECEIVES * NIC_BUFFER);
  if (status != NDIS_STATUS_SUCCESS) return status;
  NdisAllocatePacketPoolEx(&status, &Nic->PacketPool, NIC_RECEIVES, 0, 4 * sizeof(PVOID));
  if (status != NDIS_STATUS_SUCCESS) {
    Nic->PacketPool = NULL;
    return status;
  }
  NdisAllocateBufferPool(&status, &Nic->BufferPool, NIC_RECEIVES);
  for (ULONG i = 0; i < NIC_RECEIVES && status == NDIS_STATUS_SUCCESS; i++) status = CreateReceive(Nic, i);
  return status;
}

VOID NicDestroyTransfers(PNIC Nic) {
  for (ULONG i = 0; i < NIC_RECEIVES; i++) {
    if (Nic->Receives[i].Buffer != NULL) NdisFreeBuffer(Nic->Receives[i].Buffer);
    if (Nic->Receives[i].Packet != NULL) NdisFreePacket(Nic->Receives[i].Packet);
  }
  if (Nic->BufferPool != NULL) NdisFreeBufferPool(Nic->BufferPool);
  if (Nic->PacketPool != NULL) NdisFreePacketPool(Nic->PacketPool);
  Free(Nic, &Nic->RxBuffers);
  Free(Nic, &Nic->RxRing);
  Free(Nic, &Nic->TxBuffers);
  Free(Nic, &Nic->TxRing);
}

static PNIC_RX_DESCRIPTOR RxDescriptor(PNIC Nic, ULONG Index) { return (PNIC_RX_DESCRIPTOR)Nic->RxRing.Va + Index; }

static VOID Arm(PNIC Nic, ULONG Index) {
  PNIC_RX_DESCRIPTOR descriptor = RxDescriptor(Nic, Index);
  NdisZeroMemory(descriptor, sizeof(*descriptor));
  descriptor->Address = Nic->RxBuffers.Pa.QuadPart + Index * NIC_BUFFER;
}

/* The descriptors go back in order, up to the first whose buffer NDIS still has; one always stays with us. */
static VOID GiveDescriptors(PNIC Nic) {
  ULONG tail = Nic->RxTail;
  for (ULONG next = (tail + 1) % NIC_RECEIVES; next != Nic->RxNext && !Nic->Receives[tail].Lent;
       next = (next + 1) % NIC_RECEIVES) {
    Arm(Nic, tail);
    tail = next;
  }
  if (tail == Nic->RxTail || Nic->Removed || Nic->Halting) return;
  Nic->RxTail = tail;
  KeMemoryBarrier(); /* the descriptors before the tail */
  NicWrite(Nic, REG_RDT, tail);
}

/* With the lock held. */
VOID NicProgramRings(PNIC Nic) {
  NicWrite(Nic, REG_TDBAL, Nic->TxRing.Pa.LowPart);
  NicWrite(Nic, REG_TDBAH, (ULONG)Nic->TxRing.Pa.HighPart);
  NicWrite(Nic, REG_TDLEN, Nic->TxRing.Length);
  NicWrite(Nic, REG_TDH, 0);
  NicWrite(Nic, REG_TDT, 0);
  Nic->TxHead = Nic->TxTail = 0;
  NicWrite(Nic, REG_RDBAL, Nic->RxRing.Pa.LowPart);
  NicWrite(Nic, REG_RDBAH, (ULONG)Nic->RxRing.Pa.HighPart);
  NicWrite(Nic, REG_RDLEN, Nic->RxRing.Length);
  NicWrite(Nic, REG_RDH, 0);
  NicWrite(Nic, REG_RDT, 0);
  Nic->RxNext = Nic->RxTail = 0;
  for (ULONG i = 0; i < NIC_RECEIVES; i++) Arm(Nic, i);
  GiveDescriptors(Nic);
}

static ULONG CopyPacket(PNDIS_PACKET Packet, PUCHAR To) {
  ULONG copied = 0;
  PNDIS_BUFFER buffer;
  NdisQueryPacket(Packet, NULL, NULL, &buffer, NULL);
  while (buffer != NULL) {
    PVOID from;
    UINT length;
    NdisQueryBufferSafe(buffer, &from, &length, LowPagePriority);
    if (from == NULL || copied + length > NIC_FRAME) return 0;
    NdisMoveMemory(To + copied, from, length);
    copied += length;
    NdisGetNextBuffer(buffer, &buffer);
  }
  return copied;
}

/* With the lock held: false when the packet cannot be sent at all. */
static BOOLEAN Post(PNIC Nic, PNDIS_PACKET Packet) {
  PNIC_TX_DESCRIPTOR descriptor = (PNIC_TX_DESCRIPTOR)Nic->TxRing.Va + Nic->TxTail;
  ULONG length = CopyPacket(Packet, Nic->TxBuffers.Va + Nic->TxTail * NIC_BUFFER);
  if (length < NIC_HEADER) return FALSE;
  NdisZeroMemory(descriptor, sizeof(*descriptor));
  descriptor->Address = Nic->TxBuffers.Pa.QuadPart + Nic->TxTail * NIC_BUFFER;
  descriptor->Length = (USHORT)length;
  descriptor->Command = TX_END_OF_PACKET | TX_INSERT_CRC | TX_REPORT_STATUS;
  Nic->Sends[Nic->TxTail] = Packet;
  Nic->TxTail = (Nic->TxTail + 1) % NIC_SENDS;
  KeMemoryBarrier(); /* the descriptor before the tail */
  NicWrite(Nic, REG_TDT, Nic->TxTail);
  return TRUE;
}

static VOID CompleteChain(PNIC Nic, PNDIS_PACKET Packets, NDIS_STATUS Status) {
  while (Packets != NULL) {
    PNDIS_PACKET next = NEXT_OF(Packets);
    NdisMSendComplete(Nic->Adapter, Packets, Status);
    Packets = next;
  }
}

/* With the lock held: posts what there is room for, and returns what cannot be sent. */
static PNDIS_PACKET SendQueued(PNIC Nic) {
  PNDIS_PACKET failed = NULL;
  while (Nic->QueueHead != NULL && (Nic->TxTail + 1) % NIC_SENDS != Nic->TxHead) {
    PNDIS_PACKET packet = Nic->QueueHead;
    Nic->QueueHead = NEXT_OF(packet);
    if (Post(Nic, packet)) continue;
    Nic->SendErrors++;
    NEXT_OF(packet) = failed;
    failed = packet;
  }
  if (Nic->QueueHead == NULL) Nic->QueueTail = NULL;
  return failed;
}

/* Every packet is pending from here until NdisMSendComplete. */
VOID NTAPI NicSendPackets(NDIS_HANDLE Context, PPNDIS_PACKET Packets, UINT Count) {
  PNIC nic = Context;
  PNDIS_PACKET failed = NULL;
  NdisAcquireSpinLock(&nic->Lock);
  BOOLEAN refused = nic->Removed || nic->Halting;
  for (UINT i = 0; i < Count; i++) {
    NEXT_OF(Packets[i]) = NULL;
    if (refused) {
      NEXT_OF(Packets[i]) = failed;
      failed = Packets[i];
      continue;
    }
    if (nic->QueueTail == NULL) {
      nic->QueueHead = Packets[i];
    } else {
      NEXT_OF(nic->QueueTail) = Packets[i];
    }
    nic->QueueTail = Packets[i];
  }
  if (!refused) failed = SendQueued(nic);
  NdisReleaseSpinLock(&nic->Lock);
  CompleteChain(nic, failed, NDIS_STATUS_FAILURE);
}

/* At DISPATCH_LEVEL: what the device has sent is done. */
VOID NicReap(PNIC Nic) {
  PNDIS_PACKET done = NULL, *last = &done, failed;
  NdisDprAcquireSpinLock(&Nic->Lock);
  while (Nic->TxHead != Nic->TxTail) {
    volatile NIC_TX_DESCRIPTOR *descriptor = (PNIC_TX_DESCRIPTOR)Nic->TxRing.Va + Nic->TxHead;
    if (!(descriptor->Status & TX_DONE)) break;
    *last = Nic->Sends[Nic->TxHead];
    NEXT_OF(*last) = NULL;
    last = &NEXT_OF(*last);
    Nic->TxHead = (Nic->TxHead + 1) % NIC_SENDS;
    Nic->HangChecks = 0;
    Nic->Sent++;
  }
  failed = SendQueued(Nic);
  NdisDprReleaseSpinLock(&Nic->Lock);
  CompleteChain(Nic, done, NDIS_STATUS_SUCCESS);
  CompleteChain(Nic, failed, NDIS_STATUS_FAILURE);
}

/* The device has stopped: nothing that it or the queue still holds will be sent. */
VOID NicAbort(PNIC Nic, NDIS_STATUS Status) {
  NdisAcquireSpinLock(&Nic->Lock);
  PNDIS_PACKET all = Nic->QueueHead;
  while (Nic->TxTail != Nic->TxHead) {
    Nic->TxTail = (Nic->TxTail + NIC_SENDS - 1) % NIC_SENDS;
    NEXT_OF(Nic->Sends[Nic->TxTail]) = all;
    all = Nic->Sends[Nic->TxTail];
    Nic->SendErrors++;
  }
  Nic->QueueHead = Nic->QueueTail = NULL;
  NdisReleaseSpinLock(&Nic->Lock);
  CompleteChain(Nic, all, Status);
}

VOID NTAPI NicCancelSends(NDIS_HANDLE Context, PVOID CancelId) {
  PNIC nic = Context;
  PNDIS_PACKET cancelled = NULL, *link = &nic->QueueHead;
  NdisAcquireSpinLock(&nic->Lock);
  nic->QueueTail = NULL;
  while (*link != NULL) {
    PNDIS_PACKET packet = *link;
    if (NdisGetPacketCancelId(packet) == CancelId) {
      *link = NEXT_OF(packet);
      NEXT_OF(packet) = cancelled;
      cancelled = packet;
    } else {
      nic->QueueTail = packet;
      link = &NEXT_OF(packet);
    }
  }
  NdisReleaseSpinLock(&nic->Lock);
  CompleteChain(nic, cancelled, NDIS_STATUS_REQUEST_ABORTED);
}

/* With the lock held: prepares the frame of a descriptor, or drops it. */
static PNDIS_PACKET Take(PNIC Nic, ULONG Index, ULONG Length, ULONG Few) {
  PNIC_RECEIVE receive = &Nic->Receives[Index];
  NdisAdjustBufferLength(receive->Buffer, Length);
  NdisRecalculatePacketCounts(receive->Packet);
  NDIS_SET_PACKET_STATUS(receive->Packet, Few ? NDIS_STATUS_RESOURCES : NDIS_STATUS_SUCCESS);
  receive->Lent = TRUE;
  Nic->Lent++;
  Nic->Received++;
  return receive->Packet;
}

/* With the lock held. */
static ULONG Collect(PNIC Nic, PPNDIS_PACKET Packets) {
  ULONG count = 0;
  while (!Nic->Removed && !Nic->Halting && Nic->RxNext != Nic->RxTail) {
    ULONG index = Nic->RxNext;
    volatile NIC_RX_DESCRIPTOR *descriptor = RxDescriptor(Nic, index);
    if (!(descriptor->Status & RX_DONE)) break;
    ULONG length = descriptor->Length;
    BOOLEAN good = (descriptor->Status & RX_END_OF_PACKET) && descriptor->Errors == 0 && length >= NIC_HEADER &&
                   length <= NIC_BUFFER;
    Nic->RxNext = (index + 1) % NIC_RECEIVES;
    if (good) Packets[count++] = Take(Nic, index, length, NIC_RECEIVES - Nic->Lent <= NIC_FEW_RECEIVES);
  }
  return count;
}

/* With the lock held. */
static VOID Returned(PNIC Nic, PNDIS_PACKET Packet) {
  Nic->Receives[INDEX_OF(Packet)].Lent = FALSE;
  if (--Nic->Lent == 0 && Nic->Halting) NdisSetEvent(&Nic->NothingLent);
}

/* At DISPATCH_LEVEL. A packet given with NDIS_STATUS_RESOURCES is ours again when the call is over. */
VOID NicReceive(PNIC Nic) {
  PNDIS_PACKET packets[NIC_RECEIVES];
  BOOLEAN ours[NIC_RECEIVES];
  NdisDprAcquireSpinLock(&Nic->Lock);
  ULONG count = Collect(Nic, packets);
  NdisDprReleaseSpinLock(&Nic->Lock);
  for (ULONG i = 0; i < count; i++) ours[i] = NDIS_GET_PACKET_STATUS(packets[i]) == NDIS_STATUS_RESOURCES;
  if (count > 0) NdisMIndicateReceivePacket(Nic->Adapter, packets, count);
  NdisDprAcquireSpinLock(&Nic->Lock);
  for (ULONG i = 0; i < count; i++) {
    if (ours[i]) Returned(Nic, packets[i]);
  }
  GiveDescriptors(Nic);
  NdisDprReleaseSpinLock(&Nic->Lock);
}

VOID NTAPI NicReturnPacket(NDIS_HANDLE Context, PNDIS_PACKET Packet) {
  PNIC nic = Context;
  NdisAcquireSpinLock(&nic->Lock);
  Returned(nic, Packet);
  GiveDescriptors(nic);
  NdisReleaseSpinLock(&nic->Lock);
}
