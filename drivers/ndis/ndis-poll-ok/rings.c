/* The rings: frames are copied into slots on their way out and out of slots on their way in. */
#include "polled.h"

/* Of a list with the device: the slot of its last buffer. Of a list to receive with: its memory. */
#define LAST_SLOT(list) (NET_BUFFER_LIST_MINIPORT_RESERVED(list)[0])
#define MEMORY_OF(list) ((PUCHAR)NET_BUFFER_LIST_MINIPORT_RESERVED(list)[0])

static NDIS_STATUS CreateLists(PPOLLED Polled) {
  NET_BUFFER_LIST_POOL_PARAMETERS pool = {0};
  pool.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
  pool.Header.Revision = NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
  pool.Header.Size = NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
  pool.ProtocolId = NDIS_PROTOCOL_ID_DEFAULT;
  pool.fAllocateNetBuffer = TRUE;
  pool.PoolTag = POLLED_TAG;
  Polled->Pool = NdisAllocateNetBufferListPool(Polled->Adapter, &pool);
  if (Polled->Pool == NULL) return NDIS_STATUS_RESOURCES;
  Polled->ReceiveMemory =
      NdisAllocateMemoryWithTagPriority(Polled->Adapter, RECEIVES * BUFFER, POLLED_TAG, NormalPoolPriority);
  if (Polled->ReceiveMemory == NULL) return NDIS_STATUS_RESOURCES;
  for (ULONG i = 0; i < RECEIVES; i++) {
    PUCHAR memory = Polled->ReceiveMemory + i * BUFFER;
    PMDL mdl = NdisAllocateMdl(Polled->Adapter, memory, BUFFER);
    if (mdl == NULL) return NDIS_STATUS_RESOURCES;
    PNET_BUFFER_LIST list = NdisAllocateNetBufferAndNetBufferList(Polled->Pool, 0, 0, mdl, 0, 0);
    if (list == NULL) {
      NdisFreeMdl(mdl);
      return NDIS_STATUS_RESOURCES;
    }
    list->SourceHandle = Polled->Adapter;
    NET_BUFFER_LIST_MINIPORT_RESERVED(list)[0] = memory;
    NET_BUFFER_LIST_NEXT_NBL(list) = Polled->Free;
    Polled->Free = list;
  }
  return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS PolledCreateRings(PPOLLED Polled) {
  Polled->QueueTail = &Polled->QueueHead;
  Polled->PostedTail = &Polled->PostedHead;
  NDIS_STATUS status = PolledAllocateShared(Polled, &Polled->TxRing, SLOTS * sizeof(NIC_TX_DESCRIPTOR));
  if (status == NDIS_STATUS_SUCCESS) status = PolledAllocateShared(Polled, &Polled->TxBuffers, SLOTS * BUFFER);
  if (status == NDIS_STATUS_SUCCESS) {
    status = PolledAllocateShared(Polled, &Polled->RxRing, SLOTS * sizeof(NIC_RX_DESCRIPTOR));
  }
  if (status == NDIS_STATUS_SUCCESS) status = PolledAllocateShared(Polled, &Polled->RxBuffers, SLOTS * BUFFER);
  return status == NDIS_STATUS_SUCCESS ? CreateLists(Polled) : status;
}

/* The adapter is paused, so every list is here. */
VOID PolledDestroyRings(PPOLLED Polled) {
  while (Polled->Free != NULL) {
    PNET_BUFFER_LIST list = Polled->Free;
    PMDL mdl = NET_BUFFER_FIRST_MDL(NET_BUFFER_LIST_FIRST_NB(list));
    Polled->Free = NET_BUFFER_LIST_NEXT_NBL(list);
    NdisFreeNetBufferList(list);
    NdisFreeMdl(mdl);
  }
  if (Polled->ReceiveMemory != NULL) NdisFreeMemory(Polled->ReceiveMemory, 0, 0);
  if (Polled->Pool != NULL) NdisFreeNetBufferListPool(Polled->Pool);
  PolledFreeShared(Polled, &Polled->RxBuffers);
  PolledFreeShared(Polled, &Polled->RxRing);
  PolledFreeShared(Polled, &Polled->TxBuffers);
  PolledFreeShared(Polled, &Polled->TxRing);
}

static PNIC_RX_DESCRIPTOR ReceiveSlot(PPOLLED Polled, ULONG Slot) {
  return (PNIC_RX_DESCRIPTOR)Polled->RxRing.Va + Slot;
}

static VOID ArmSlot(PPOLLED Polled, ULONG Slot) {
  PNIC_RX_DESCRIPTOR descriptor = ReceiveSlot(Polled, Slot);
  NdisZeroMemory(descriptor, sizeof(*descriptor));
  descriptor->Address = Polled->RxBuffers.Pa.QuadPart + Slot * BUFFER;
}

/* With the lock held. */
VOID PolledProgramRings(PPOLLED Polled) {
  const UCHAR *mac = Polled->Mac;
  for (ULONG i = 0; i < SLOTS; i++) ArmSlot(Polled, i);
  Polled->TxTail = Polled->TxBusy = Polled->RxNext = 0;
  PolledWrite(Polled, REG_RAL, mac[0] | mac[1] << 8 | mac[2] << 16 | (ULONG)mac[3] << 24);
  PolledWrite(Polled, REG_RAH, mac[4] | mac[5] << 8 | RAH_VALID);
  PolledWrite(Polled, REG_TIPG, TIPG_COPPER);
  PolledWrite(Polled, REG_TDBAL, Polled->TxRing.Pa.LowPart);
  PolledWrite(Polled, REG_TDBAH, (ULONG)Polled->TxRing.Pa.HighPart);
  PolledWrite(Polled, REG_TDLEN, Polled->TxRing.Length);
  PolledWrite(Polled, REG_TDH, 0);
  PolledWrite(Polled, REG_TDT, 0);
  PolledWrite(Polled, REG_RDBAL, Polled->RxRing.Pa.LowPart);
  PolledWrite(Polled, REG_RDBAH, (ULONG)Polled->RxRing.Pa.HighPart);
  PolledWrite(Polled, REG_RDLEN, Polled->RxRing.Length);
  PolledWrite(Polled, REG_RDH, 0);
  PolledWrite(Polled, REG_RDT, SLOTS - 1);
  PolledWrite(Polled, REG_TCTL, TCTL_EN | TCTL_PSP | TCTL_FULL_DUPLEX_COLLISIONS);
  PolledWrite(Polled, REG_RCTL, RCTL_EN | RCTL_BAM | RCTL_SECRC);
}

static VOID Count(PCOUNTERS Counters, PUCHAR Data, ULONG Length) {
  Counters->Bytes += Length;
  if (ETH_IS_BROADCAST(Data)) {
    Counters->Broadcast++;
  } else if (ETH_IS_MULTICAST(Data)) {
    Counters->Multicast++;
  } else {
    Counters->Directed++;
  }
}

static ULONG BuffersOf(PNET_BUFFER_LIST List) {
  ULONG count = 0;
  for (PNET_BUFFER nb = NET_BUFFER_LIST_FIRST_NB(List); nb != NULL; nb = NET_BUFFER_NEXT_NB(nb)) count++;
  return count;
}

static VOID CopyOut(PUCHAR To, PNET_BUFFER Buffer) {
  ULONG left = NET_BUFFER_DATA_LENGTH(Buffer);
  ULONG offset = NET_BUFFER_CURRENT_MDL_OFFSET(Buffer);
  for (PMDL mdl = NET_BUFFER_CURRENT_MDL(Buffer); mdl != NULL && left > 0; mdl = mdl->Next) {
    PUCHAR from = MmGetSystemAddressForMdlSafe(mdl, LowPagePriority | MdlMappingNoExecute);
    if (from == NULL) break;
    ULONG bytes = min(MmGetMdlByteCount(mdl) - offset, left);
    NdisMoveMemory(To, from + offset, bytes);
    To += bytes;
    left -= bytes;
    offset = 0;
  }
  NdisZeroMemory(To, left);
}

static VOID Post(PPOLLED Polled, PNET_BUFFER Buffer) {
  PNIC_TX_DESCRIPTOR descriptor = (PNIC_TX_DESCRIPTOR)Polled->TxRing.Va + Polled->TxTail;
  PUCHAR memory = Polled->TxBuffers.Va + Polled->TxTail * BUFFER;
  CopyOut(memory, Buffer);
  NdisZeroMemory(descriptor, sizeof(*descriptor));
  descriptor->Address = Polled->TxBuffers.Pa.QuadPart + Polled->TxTail * BUFFER;
  descriptor->Length = (USHORT)NET_BUFFER_DATA_LENGTH(Buffer);
  descriptor->Command = TX_END_OF_PACKET | TX_INSERT_CRC | TX_REPORT_STATUS;
  Count(&Polled->Sent, memory, NET_BUFFER_DATA_LENGTH(Buffer));
  Polled->TxTail = (Polled->TxTail + 1) % SLOTS;
  Polled->TxBusy++;
}

/* With the lock held: as many lists of the queue as have slots, never all slots. */
static VOID PostQueued(PPOLLED Polled) {
  if (!Polled->Running || !PolledIsPresent(Polled)) return;
  ULONG before = Polled->TxTail;
  while (Polled->QueueHead != NULL && Polled->TxBusy + BuffersOf(Polled->QueueHead) < SLOTS) {
    PNET_BUFFER_LIST list = Polled->QueueHead;
    Polled->QueueHead = NET_BUFFER_LIST_NEXT_NBL(list);
    if (Polled->QueueHead == NULL) Polled->QueueTail = &Polled->QueueHead;
    for (PNET_BUFFER nb = NET_BUFFER_LIST_FIRST_NB(list); nb != NULL; nb = NET_BUFFER_NEXT_NB(nb)) {
      LAST_SLOT(list) = (PVOID)(ULONG_PTR)Polled->TxTail;
      Post(Polled, nb);
    }
    NET_BUFFER_LIST_NEXT_NBL(list) = NULL;
    *Polled->PostedTail = list;
    Polled->PostedTail = &NET_BUFFER_LIST_NEXT_NBL(list);
  }
  KeMemoryBarrier(); /* the descriptors before the tail */
  if (Polled->TxTail != before) PolledWrite(Polled, REG_TDT, Polled->TxTail);
}

static BOOLEAN IsSent(PPOLLED Polled, PNET_BUFFER_LIST List) {
  volatile NIC_TX_DESCRIPTOR *last = (PNIC_TX_DESCRIPTOR)Polled->TxRing.Va + (ULONG_PTR)LAST_SLOT(List);
  return (last->Status & TX_DONE) != 0;
}

/* With the lock held: what the device has sent goes into the poll's chain. */
VOID PolledReap(PPOLLED Polled, NDIS_POLL_TRANSMIT_DATA *Transmit) {
  PNET_BUFFER_LIST *tail = &Transmit->CompletedNblChain;
  while (Polled->PostedHead != NULL && IsSent(Polled, Polled->PostedHead)) {
    PNET_BUFFER_LIST list = Polled->PostedHead;
    if (Transmit->NumberOfCompletedNbls == Transmit->MaxNblsToComplete) {
      Transmit->NumberOfRemainingNbls = NDIS_ANY_NUMBER_OF_NBLS;
      break;
    }
    Polled->PostedHead = NET_BUFFER_LIST_NEXT_NBL(list);
    if (Polled->PostedHead == NULL) Polled->PostedTail = &Polled->PostedHead;
    Polled->TxBusy -= BuffersOf(list);
    NET_BUFFER_LIST_STATUS(list) = NDIS_STATUS_SUCCESS;
    NET_BUFFER_LIST_NEXT_NBL(list) = NULL;
    *tail = list;
    tail = &NET_BUFFER_LIST_NEXT_NBL(list);
    Transmit->NumberOfCompletedNbls++;
  }
  PostQueued(Polled);
}

static PNET_BUFFER_LIST TakeFree(PPOLLED Polled, ULONG Slot, ULONG Length) {
  PNET_BUFFER_LIST list = Polled->Free;
  PNET_BUFFER buffer = NET_BUFFER_LIST_FIRST_NB(list);
  Polled->Free = NET_BUFFER_LIST_NEXT_NBL(list);
  Polled->Lent++;
  NdisMoveMemory(MEMORY_OF(list), Polled->RxBuffers.Va + Slot * BUFFER, Length);
  Count(&Polled->Received, MEMORY_OF(list), Length);
  NET_BUFFER_DATA_OFFSET(buffer) = NET_BUFFER_CURRENT_MDL_OFFSET(buffer) = 0;
  NET_BUFFER_CURRENT_MDL(buffer) = NET_BUFFER_FIRST_MDL(buffer);
  NET_BUFFER_DATA_LENGTH(buffer) = Length;
  NET_BUFFER_LIST_STATUS(list) = NDIS_STATUS_SUCCESS;
  NET_BUFFER_LIST_NEXT_NBL(list) = NULL;
  return list;
}

/* With the lock held: frames that have arrived go into the poll's chain; with no list free they wait in the ring. */
VOID PolledCollect(PPOLLED Polled, NDIS_POLL_RECEIVE_DATA *Receive) {
  PNET_BUFFER_LIST *tail = &Receive->IndicatedNblChain;
  ULONG first = Polled->RxNext;
  if (!Polled->Running || !PolledIsPresent(Polled)) return;
  for (ULONG i = 0; i < SLOTS && Polled->Free != NULL; i++) {
    volatile NIC_RX_DESCRIPTOR *descriptor = ReceiveSlot(Polled, Polled->RxNext);
    UCHAR status = descriptor->Status;
    ULONG length = descriptor->Length;
    if (!(status & RX_DONE)) break;
    if (Receive->NumberOfIndicatedNbls == Receive->MaxNblsToIndicate) {
      Receive->NumberOfRemainingNbls = NDIS_ANY_NUMBER_OF_NBLS;
      break;
    }
    if ((status & RX_END_OF_PACKET) && descriptor->Errors == 0 && length >= HEADER && length <= FRAME) {
      *tail = TakeFree(Polled, Polled->RxNext, length);
      tail = &NET_BUFFER_LIST_NEXT_NBL(*tail);
      Receive->NumberOfIndicatedNbls++;
    }
    ArmSlot(Polled, Polled->RxNext);
    Polled->RxNext = (Polled->RxNext + 1) % SLOTS;
  }
  if (Polled->RxNext != first) PolledWrite(Polled, REG_RDT, (Polled->RxNext + SLOTS - 1) % SLOTS);
}

VOID PolledReturn(NDIS_HANDLE Context, PNET_BUFFER_LIST Lists, ULONG Flags) {
  PPOLLED polled = Context;
  UNREFERENCED_PARAMETER(Flags);
  NdisAcquireSpinLock(&polled->Lock);
  while (Lists != NULL) {
    PNET_BUFFER_LIST next = NET_BUFFER_LIST_NEXT_NBL(Lists);
    NET_BUFFER_LIST_NEXT_NBL(Lists) = polled->Free;
    polled->Free = Lists;
    polled->Lent--;
    Lists = next;
  }
  NdisReleaseSpinLock(&polled->Lock);
}

/* With the lock held. */
static NDIS_STATUS Refusal(PPOLLED Polled, PNET_BUFFER_LIST List) {
  if (Polled->Removed) return NDIS_STATUS_ADAPTER_REMOVED;
  if (Polled->LowPower) return NDIS_STATUS_LOW_POWER_STATE;
  if (!Polled->Running) return NDIS_STATUS_PAUSED;
  ULONG count = BuffersOf(List);
  if (count == 0 || count >= SLOTS) return NDIS_STATUS_INVALID_PACKET;
  for (PNET_BUFFER nb = NET_BUFFER_LIST_FIRST_NB(List); nb != NULL; nb = NET_BUFFER_NEXT_NB(nb)) {
    ULONG length = NET_BUFFER_DATA_LENGTH(nb);
    if (length < HEADER || length > FRAME) return NDIS_STATUS_INVALID_LENGTH;
  }
  return NDIS_STATUS_SUCCESS;
}

/* Lists that are refused are completed at once, all others by a poll. */
VOID PolledSend(NDIS_HANDLE Context, PNET_BUFFER_LIST Lists, NDIS_PORT_NUMBER Port, ULONG Flags) {
  PPOLLED polled = Context;
  PNET_BUFFER_LIST refused = NULL, *tail = &refused;
  UNREFERENCED_PARAMETER(Port);
  NdisAcquireSpinLock(&polled->Lock);
  while (Lists != NULL) {
    PNET_BUFFER_LIST list = Lists;
    Lists = NET_BUFFER_LIST_NEXT_NBL(list);
    NDIS_STATUS status = Refusal(polled, list);
    NET_BUFFER_LIST_STATUS(list) = status;
    NET_BUFFER_LIST_NEXT_NBL(list) = NULL;
    if (status != NDIS_STATUS_SUCCESS) {
      *tail = list;
      tail = &NET_BUFFER_LIST_NEXT_NBL(list);
    } else {
      *polled->QueueTail = list;
      polled->QueueTail = &NET_BUFFER_LIST_NEXT_NBL(list);
    }
  }
  PostQueued(polled);
  NdisReleaseSpinLock(&polled->Lock);
  if (refused == NULL) return;
  ULONG flags = NDIS_TEST_SEND_AT_DISPATCH_LEVEL(Flags) ? NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL : 0;
  NdisMSendNetBufferListsComplete(polled->Adapter, refused, flags);
}

/* The device has stopped: what it and the queue still hold will not be sent. */
VOID PolledAbortSends(PPOLLED Polled, NDIS_STATUS Status) {
  NdisAcquireSpinLock(&Polled->Lock);
  *Polled->PostedTail = Polled->QueueHead;
  PNET_BUFFER_LIST lists = Polled->PostedHead;
  Polled->PostedHead = Polled->QueueHead = NULL;
  Polled->PostedTail = &Polled->PostedHead;
  Polled->QueueTail = &Polled->QueueHead;
  Polled->TxBusy = 0;
  NdisReleaseSpinLock(&Polled->Lock);
  for (PNET_BUFFER_LIST list = lists; list != NULL; list = NET_BUFFER_LIST_NEXT_NBL(list)) {
    NET_BUFFER_LIST_STATUS(list) = Status;
  }
  if (lists != NULL) NdisMSendNetBufferListsComplete(Polled->Adapter, lists, 0);
}

/* The queue is short: what is in it will soon be sent. */
VOID PolledCancelSend(NDIS_HANDLE Context, PVOID CancelId) {
  UNREFERENCED_PARAMETER(Context);
  UNREFERENCED_PARAMETER(CancelId);
}
