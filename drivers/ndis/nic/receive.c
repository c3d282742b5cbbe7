/* Receiving: a frame is indicated in the buffer it arrived in while another takes its place in the ring. */
#include "nic.h"

#define RFD_OF(list) ((PNIC_RFD)NET_BUFFER_LIST_MINIPORT_RESERVED(list)[0])

PAGE_CODE static NDIS_STATUS CreateListPool(PNIC Nic) {
  NET_BUFFER_LIST_POOL_PARAMETERS pool = {0};
  pool.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
  pool.Header.Revision = NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
  pool.Header.Size = NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
  pool.ProtocolId = NDIS_PROTOCOL_ID_DEFAULT;
  pool.fAllocateNetBuffer = TRUE;
  pool.PoolTag = NIC_TAG;
  Nic->ListPool = NdisAllocateNetBufferListPool(Nic->Adapter, &pool);
  return Nic->ListPool == NULL ? NDIS_STATUS_RESOURCES : NDIS_STATUS_SUCCESS;
}

PAGE_CODE static NDIS_STATUS CreateRfd(PNIC Nic, ULONG Index) {
  PNIC_RFD rfd = &Nic->Rfds[Index];
  rfd->Va = Nic->RxBuffers.Va + Index * NIC_BUFFER;
  rfd->Pa.QuadPart = Nic->RxBuffers.Pa.QuadPart + Index * NIC_BUFFER;
  rfd->Mdl = NdisAllocateMdl(Nic->Adapter, rfd->Va, NIC_BUFFER);
  if (rfd->Mdl == NULL) return NDIS_STATUS_RESOURCES;
  rfd->List = NdisAllocateNetBufferAndNetBufferList(Nic->ListPool, 0, 0, rfd->Mdl, 0, 0);
  if (rfd->List == NULL) return NDIS_STATUS_RESOURCES;
  rfd->List->SourceHandle = Nic->Adapter;
  NET_BUFFER_LIST_MINIPORT_RESERVED(rfd->List)[0] = rfd;
  if (Index < Nic->RxCount) {
    rfd->Slot = Index;
    Nic->Slots[Index] = rfd;
  } else {
    InsertTailList(&Nic->FreeRfds, &rfd->Link);
  }
  return NDIS_STATUS_SUCCESS;
}

/* Twice as many buffers as descriptors, so that half of them can be lent out. */
PAGE_CODE NDIS_STATUS NicCreateReceives(PNIC Nic) {
  Nic->RxCount = Nic->Configuration.ReceiveBuffers;
  Nic->RfdCount = 2 * Nic->RxCount;
  ULONG bytes = Nic->RfdCount * sizeof(NIC_RFD) + Nic->RxCount * sizeof(PNIC_RFD);
  NDIS_STATUS status = CreateListPool(Nic);
  if (status == NDIS_STATUS_SUCCESS) {
    status = NicAllocateShared(Nic, &Nic->RxRing, Nic->RxCount * sizeof(NIC_RX_DESCRIPTOR));
  }
  if (status == NDIS_STATUS_SUCCESS) status = NicAllocateShared(Nic, &Nic->RxBuffers, Nic->RfdCount * NIC_BUFFER);
  if (status != NDIS_STATUS_SUCCESS) return status;
  Nic->Rfds = NdisAllocateMemoryWithTagPriority(Nic->Adapter, bytes, NIC_TAG, NormalPoolPriority);
  if (Nic->Rfds == NULL) return NDIS_STATUS_RESOURCES;
  NdisZeroMemory(Nic->Rfds, bytes);
  Nic->Slots = (PNIC_RFD *)(Nic->Rfds + Nic->RfdCount);
  for (ULONG i = 0; i < Nic->RfdCount && status == NDIS_STATUS_SUCCESS; i++) status = CreateRfd(Nic, i);
  return status;
}

/* The adapter is paused, so no buffer is lent. */
PAGE_CODE VOID NicDestroyReceives(PNIC Nic) {
  for (ULONG i = 0; Nic->Rfds != NULL && i < Nic->RfdCount; i++) {
    if (Nic->Rfds[i].List != NULL) NdisFreeNetBufferList(Nic->Rfds[i].List);
    if (Nic->Rfds[i].Mdl != NULL) NdisFreeMdl(Nic->Rfds[i].Mdl);
  }
  if (Nic->Rfds != NULL) NdisFreeMemory(Nic->Rfds, 0, 0);
  Nic->Rfds = NULL;
  NicFreeShared(Nic, &Nic->RxBuffers);
  NicFreeShared(Nic, &Nic->RxRing);
  if (Nic->ListPool != NULL) NdisFreeNetBufferListPool(Nic->ListPool);
  Nic->ListPool = NULL;
}

static PNIC_RX_DESCRIPTOR DescriptorOf(PNIC Nic, ULONG Slot) { return (PNIC_RX_DESCRIPTOR)Nic->RxRing.Va + Slot; }

static VOID ArmSlot(PNIC Nic, ULONG Slot, PNIC_RFD Rfd) {
  PNIC_RX_DESCRIPTOR descriptor = DescriptorOf(Nic, Slot);
  Nic->Slots[Slot] = Rfd;
  Rfd->Slot = Slot;
  NdisZeroMemory(descriptor, sizeof(*descriptor));
  descriptor->Address = Rfd->Pa.QuadPart;
}

/* The device owns all descriptors but one: equal head and tail would mean none. */
VOID NicProgramReceives(PNIC Nic) {
  for (ULONG i = 0; i < Nic->RxCount; i++) ArmSlot(Nic, i, Nic->Slots[i]);
  Nic->RxNext = 0;
  NicWrite(Nic, REG_RDBAL, Nic->RxRing.Pa.LowPart);
  NicWrite(Nic, REG_RDBAH, (ULONG)Nic->RxRing.Pa.HighPart);
  NicWrite(Nic, REG_RDLEN, Nic->RxRing.Length);
  NicWrite(Nic, REG_RDH, 0);
  NicWrite(Nic, REG_RDT, Nic->RxCount - 1);
}

typedef struct _BATCH {
  PNET_BUFFER_LIST Lent, *LentTail;
  ULONG LentCount;
  PNET_BUFFER_LIST Kept, *KeptTail; /* without a replacement: NDIS must copy these at once */
  ULONG KeptCount;
} BATCH, *PBATCH;

static VOID Fill(PNIC_RFD Rfd, ULONG Length) {
  PNET_BUFFER buffer = NET_BUFFER_LIST_FIRST_NB(Rfd->List);
  NdisAdjustMdlLength(Rfd->Mdl, Length);
  NET_BUFFER_DATA_OFFSET(buffer) = 0;
  NET_BUFFER_CURRENT_MDL(buffer) = NET_BUFFER_FIRST_MDL(buffer) = Rfd->Mdl;
  NET_BUFFER_CURRENT_MDL_OFFSET(buffer) = 0;
  NET_BUFFER_DATA_LENGTH(buffer) = Length;
  NET_BUFFER_LIST_NEXT_NBL(Rfd->List) = NULL;
  NET_BUFFER_LIST_STATUS(Rfd->List) = NDIS_STATUS_SUCCESS;
}

/* With the lock held. */
static VOID Take(PNIC Nic, ULONG Slot, ULONG Length, PBATCH Batch) {
  PNIC_RFD rfd = Nic->Slots[Slot];
  Fill(rfd, Length);
  if (Batch->KeptCount == 0 && !IsListEmpty(&Nic->FreeRfds)) {
    ArmSlot(Nic, Slot, CONTAINING_RECORD(RemoveHeadList(&Nic->FreeRfds), NIC_RFD, Link));
    *Batch->LentTail = rfd->List;
    Batch->LentTail = &NET_BUFFER_LIST_NEXT_NBL(rfd->List);
    Batch->LentCount++;
    Nic->LentRfds++;
  } else {
    *Batch->KeptTail = rfd->List;
    Batch->KeptTail = &NET_BUFFER_LIST_NEXT_NBL(rfd->List);
    Batch->KeptCount++;
  }
}

/* With the lock held; at most a ring's worth, or what NDIS allows. */
static VOID Collect(PNIC Nic, ULONG Most, PBATCH Batch) {
  for (ULONG i = 0; i < Nic->RxCount && Batch->LentCount + Batch->KeptCount < Most; i++) {
    volatile NIC_RX_DESCRIPTOR *descriptor = DescriptorOf(Nic, Nic->RxNext);
    UCHAR status = descriptor->Status;
    ULONG length = descriptor->Length;
    if (!(status & RX_DONE)) break;
    BOOLEAN good = (status & RX_END_OF_PACKET) && descriptor->Errors == 0 && length >= NIC_HEADER &&
                   length <= NIC_BUFFER;
    if (good) {
      Take(Nic, Nic->RxNext, length, Batch);
    } else {
      ArmSlot(Nic, Nic->RxNext, Nic->Slots[Nic->RxNext]);
    }
    Nic->RxNext = (Nic->RxNext + 1) % Nic->RxCount;
  }
}

static BOOLEAN IsMorePending(PNIC Nic) {
  volatile NIC_RX_DESCRIPTOR *descriptor = DescriptorOf(Nic, Nic->RxNext);
  return (descriptor->Status & RX_DONE) != 0;
}

/* At DISPATCH_LEVEL, from the DPC only. */
VOID NicReceive(PNIC Nic, PNDIS_RECEIVE_THROTTLE_PARAMETERS Throttle) {
  BATCH batch = {0};
  batch.LentTail = &batch.Lent;
  batch.KeptTail = &batch.Kept;
  NdisDprAcquireSpinLock(&Nic->Lock);
  ULONG first = Nic->RxNext;
  BOOLEAN may = Nic->State == NicRunning && NicIsPresent(Nic);
  if (may) Collect(Nic, Throttle->MaxNblsToIndicate, &batch);
  Nic->LentRfds += batch.KeptCount; /* a pause waits for them as well */
  NdisDprReleaseSpinLock(&Nic->Lock);
  if (batch.Lent != NULL) {
    NdisMIndicateReceiveNetBufferLists(Nic->Adapter, batch.Lent, NDIS_DEFAULT_PORT_NUMBER, batch.LentCount,
                                       NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL);
  }
  if (batch.Kept != NULL) {
    NdisMIndicateReceiveNetBufferLists(Nic->Adapter, batch.Kept, NDIS_DEFAULT_PORT_NUMBER, batch.KeptCount,
                                       NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL | NDIS_RECEIVE_FLAGS_RESOURCES);
  }
  NdisDprAcquireSpinLock(&Nic->Lock);
  for (PNET_BUFFER_LIST list = batch.Kept; list != NULL; list = NET_BUFFER_LIST_NEXT_NBL(list)) {
    ArmSlot(Nic, RFD_OF(list)->Slot, RFD_OF(list));
  }
  Nic->LentRfds -= batch.KeptCount;
  may = may && Nic->State == NicRunning && NicIsPresent(Nic);
  if (may && Nic->RxNext != first) NicWrite(Nic, REG_RDT, (Nic->RxNext + Nic->RxCount - 1) % Nic->RxCount);
  Throttle->MoreNblsPending = may && IsMorePending(Nic);
  NdisDprReleaseSpinLock(&Nic->Lock);
  NicFinishPause(Nic);
}

VOID NicReturnNetBufferLists(NDIS_HANDLE Context, PNET_BUFFER_LIST Lists, ULONG Flags) {
  PNIC nic = Context;
  UNREFERENCED_PARAMETER(Flags);
  NdisAcquireSpinLock(&nic->Lock);
  while (Lists != NULL) {
    PNET_BUFFER_LIST next = NET_BUFFER_LIST_NEXT_NBL(Lists);
    InsertTailList(&nic->FreeRfds, &RFD_OF(Lists)->Link);
    nic->LentRfds--;
    Lists = next;
  }
  NdisReleaseSpinLock(&nic->Lock);
  NicFinishPause(nic);
}
