/* Sending: the pieces of each NET_BUFFER go into descriptors of their own. */
#include "nic.h"

/* Of a NET_BUFFER_LIST in our hands: how many buffers are not done, and the first that has not been handed on. */
#define REMAINING(list) ((ULONG_PTR)NET_BUFFER_LIST_MINIPORT_RESERVED(list)[0])
#define SET_REMAINING(list, count) (NET_BUFFER_LIST_MINIPORT_RESERVED(list)[0] = (PVOID)(ULONG_PTR)(count))
#define UNSENT(list) (NET_BUFFER_LIST_MINIPORT_RESERVED(list)[1])

typedef struct _CHAIN {
  PNET_BUFFER_LIST Head;
  PNET_BUFFER_LIST *Tail;
} LIST_CHAIN, *PLIST_CHAIN;

static VOID InitializeChain(PLIST_CHAIN Chain) {
  Chain->Head = NULL;
  Chain->Tail = &Chain->Head;
}

static VOID Append(PLIST_CHAIN Chain, PNET_BUFFER_LIST List) {
  NET_BUFFER_LIST_NEXT_NBL(List) = NULL;
  *Chain->Tail = List;
  Chain->Tail = &NET_BUFFER_LIST_NEXT_NBL(List);
}

/* Enough descriptors that every TCB finds its pieces' worth free, and the ring is never quite full. */
PAGE_CODE NDIS_STATUS NicCreateSends(PNIC Nic) {
  ULONG tcbs = Nic->Configuration.TransmitBuffers;
  Nic->TxCount = (tcbs + 1) * NIC_FRAGMENTS;
  NDIS_STATUS status = NicAllocateShared(Nic, &Nic->TxRing, Nic->TxCount * sizeof(NIC_TX_DESCRIPTOR));
  if (status == NDIS_STATUS_SUCCESS) status = NicAllocateShared(Nic, &Nic->TxCopies, tcbs * NIC_BUFFER);
  if (status != NDIS_STATUS_SUCCESS) return status;
  ULONG stride = (ULONG)ALIGN_UP_BY(sizeof(NIC_TCB), 16) + (ULONG)ALIGN_UP_BY(Nic->PieceBufferBytes, 16);
  PUCHAR memory = NdisAllocateMemoryWithTagPriority(Nic->Adapter, tcbs * stride, NIC_TAG, NormalPoolPriority);
  if (memory == NULL) return NDIS_STATUS_RESOURCES;
  NdisZeroMemory(memory, tcbs * stride);
  Nic->Tcbs = (PNIC_TCB)memory;
  for (ULONG i = 0; i < tcbs; i++) {
    PNIC_TCB tcb = (PNIC_TCB)(memory + i * stride);
    tcb->Nic = Nic;
    tcb->PieceBuffer = (PUCHAR)tcb + ALIGN_UP_BY(sizeof(NIC_TCB), 16);
    tcb->Copy = Nic->TxCopies.Va + i * NIC_BUFFER;
    tcb->CopyPa.QuadPart = Nic->TxCopies.Pa.QuadPart + i * NIC_BUFFER;
    InsertTailList(&Nic->FreeTcbs, &tcb->Link);
  }
  return NDIS_STATUS_SUCCESS;
}

PAGE_CODE VOID NicDestroySends(PNIC Nic) {
  if (Nic->Tcbs != NULL) NdisFreeMemory(Nic->Tcbs, 0, 0);
  Nic->Tcbs = NULL;
  NicFreeShared(Nic, &Nic->TxCopies);
  NicFreeShared(Nic, &Nic->TxRing);
}

VOID NicProgramSends(PNIC Nic) {
  NicWrite(Nic, REG_TDBAL, Nic->TxRing.Pa.LowPart);
  NicWrite(Nic, REG_TDBAH, (ULONG)Nic->TxRing.Pa.HighPart);
  NicWrite(Nic, REG_TDLEN, Nic->TxRing.Length);
  NicWrite(Nic, REG_TDH, 0);
  NicWrite(Nic, REG_TDT, 0);
  Nic->TxTail = 0;
}

/* Hands finished lists back, and only then lets go of their TCBs, so that a pause ends after the last list. */
static VOID Complete(PNIC Nic, PLIST_CHAIN Chain, ULONG Tcbs) {
  if (Chain->Head != NULL) {
    NdisMSendNetBufferListsComplete(Nic->Adapter, Chain->Head, NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL);
  }
  NdisDprAcquireSpinLock(&Nic->Lock);
  Nic->BusyTcbs -= Tcbs;
  NdisDprReleaseSpinLock(&Nic->Lock);
  NicFinishPause(Nic);
}

/* One buffer is done; its list too if it was the last. At DISPATCH_LEVEL without the lock. */
static VOID Finish(PNIC Nic, PNIC_TCB Tcb, NDIS_STATUS Status, PLIST_CHAIN Chain) {
  PNET_BUFFER_LIST list = Tcb->List;
  if (Tcb->Pieces != NULL) NdisMFreeNetBufferSGList(Nic->Dma, Tcb->Pieces, Tcb->NetBuffer);
  NdisDprAcquireSpinLock(&Nic->Lock);
  if (Status != NDIS_STATUS_SUCCESS) {
    NET_BUFFER_LIST_STATUS(list) = Status;
    Nic->Statistics.SendErrors++;
  }
  SET_REMAINING(list, REMAINING(list) - 1);
  if (REMAINING(list) == 0) Append(Chain, list);
  InsertTailList(&Nic->FreeTcbs, &Tcb->Link);
  NdisDprReleaseSpinLock(&Nic->Lock);
}

static VOID CopyFrame(PNIC_TCB Tcb) {
  ULONG left = NET_BUFFER_DATA_LENGTH(Tcb->NetBuffer);
  ULONG offset = NET_BUFFER_CURRENT_MDL_OFFSET(Tcb->NetBuffer);
  PUCHAR to = Tcb->Copy;
  for (PMDL mdl = NET_BUFFER_CURRENT_MDL(Tcb->NetBuffer); mdl != NULL && left > 0; mdl = mdl->Next) {
    PUCHAR from = MmGetSystemAddressForMdlSafe(mdl, LowPagePriority | MdlMappingNoExecute);
    if (from == NULL) break;
    ULONG bytes = min(MmGetMdlByteCount(mdl) - offset, left);
    NdisMoveMemory(to, from + offset, bytes);
    to += bytes;
    left -= bytes;
    offset = 0;
  }
  NdisZeroMemory(to, left);
}

static VOID PutDescriptor(PNIC Nic, ULONG64 Address, ULONG Length, UCHAR Command) {
  PNIC_TX_DESCRIPTOR descriptor = (PNIC_TX_DESCRIPTOR)Nic->TxRing.Va + Nic->TxTail;
  NdisZeroMemory(descriptor, sizeof(*descriptor));
  descriptor->Address = Address;
  descriptor->Length = (USHORT)Length;
  descriptor->Command = Command;
  Nic->TxTail = (Nic->TxTail + 1) % Nic->TxCount;
}

/* With the lock held. */
static VOID Post(PNIC Nic, PNIC_TCB Tcb) {
  const UCHAR last = TX_END_OF_PACKET | TX_INSERT_CRC | TX_REPORT_STATUS;
  if (Tcb->Pieces->NumberOfElements > NIC_FRAGMENTS) {
    CopyFrame(Tcb);
    Tcb->LastDescriptor = Nic->TxTail;
    PutDescriptor(Nic, Tcb->CopyPa.QuadPart, NET_BUFFER_DATA_LENGTH(Tcb->NetBuffer), last);
  } else {
    ULONG left = NET_BUFFER_DATA_LENGTH(Tcb->NetBuffer);
    ULONG skip = NET_BUFFER_CURRENT_MDL_OFFSET(Tcb->NetBuffer); /* the list begins where the MDL does */
    for (ULONG i = 0; i < Tcb->Pieces->NumberOfElements && left > 0; i++) {
      PSCATTER_GATHER_ELEMENT piece = &Tcb->Pieces->Elements[i];
      if (skip >= piece->Length) {
        skip -= piece->Length;
        continue;
      }
      ULONG bytes = min(piece->Length - skip, left);
      left -= bytes;
      Tcb->LastDescriptor = Nic->TxTail;
      PutDescriptor(Nic, piece->Address.QuadPart + skip, bytes, left == 0 ? last : TX_INSERT_CRC);
      skip = 0;
    }
  }
  Tcb->HangChecks = 0;
  InsertTailList(&Nic->PostedTcbs, &Tcb->Link);
  KeMemoryBarrier(); /* the descriptors before the tail */
  NicWrite(Nic, REG_TDT, Nic->TxTail);
}

/* NDIS has mapped a frame for DMA, perhaps later than asked; the adapter may have been paused in between. */
VOID NicProcessPieces(PDEVICE_OBJECT DeviceObject, PVOID Reserved, PSCATTER_GATHER_LIST Pieces, PVOID Context) {
  PNIC_TCB tcb = Context;
  PNIC nic = tcb->Nic;
  UNREFERENCED_PARAMETER(DeviceObject);
  UNREFERENCED_PARAMETER(Reserved);
  tcb->Pieces = Pieces;
  NdisDprAcquireSpinLock(&nic->Lock);
  BOOLEAN may = nic->State == NicRunning && NicIsPresent(nic);
  if (may) Post(nic, tcb);
  NdisDprReleaseSpinLock(&nic->Lock);
  if (!may) {
    LIST_CHAIN chain;
    InitializeChain(&chain);
    Finish(nic, tcb, NDIS_STATUS_PAUSED, &chain);
    Complete(nic, &chain, 1);
  }
}

/* The next buffer of the queue with a TCB to take it, or nothing. With the lock held. */
static PNIC_TCB TakeNext(PNIC Nic) {
  PNET_BUFFER_LIST list = Nic->QueueHead;
  if (list == NULL || IsListEmpty(&Nic->FreeTcbs) || Nic->State != NicRunning) return NULL;
  PNIC_TCB tcb = CONTAINING_RECORD(RemoveHeadList(&Nic->FreeTcbs), NIC_TCB, Link);
  tcb->List = list;
  tcb->NetBuffer = UNSENT(list);
  tcb->Pieces = NULL;
  UNSENT(list) = NET_BUFFER_NEXT_NB(tcb->NetBuffer);
  if (UNSENT(list) == NULL) {
    Nic->QueueHead = NET_BUFFER_LIST_NEXT_NBL(list);
    if (Nic->QueueHead == NULL) Nic->QueueTail = NULL;
  }
  Nic->BusyTcbs++;
  return tcb;
}

/* At DISPATCH_LEVEL without the lock, since NDIS may call NicProcessPieces at once. */
static VOID SendQueued(PNIC Nic) {
  for (;;) {
    NdisDprAcquireSpinLock(&Nic->Lock);
    PNIC_TCB tcb = TakeNext(Nic);
    NdisDprReleaseSpinLock(&Nic->Lock);
    if (tcb == NULL) return;
    NDIS_STATUS status = NdisMAllocateNetBufferSGList(
        Nic->Dma, tcb->NetBuffer, tcb, NDIS_SG_LIST_WRITE_TO_DEVICE, tcb->PieceBuffer, Nic->PieceBufferBytes);
    if (status != NDIS_STATUS_SUCCESS && status != NDIS_STATUS_PENDING) {
      LIST_CHAIN chain;
      InitializeChain(&chain);
      Finish(Nic, tcb, status, &chain);
      Complete(Nic, &chain, 1);
    }
  }
}

static NDIS_STATUS Refusal(PNIC Nic) {
  if (Nic->LowPower) return NDIS_STATUS_LOW_POWER_STATE;
  if (Nic->Removed) return NDIS_STATUS_ADAPTER_REMOVED;
  return Nic->State == NicRunning ? NDIS_STATUS_SUCCESS : NDIS_STATUS_PAUSED;
}

static ULONG CountBuffers(PNET_BUFFER_LIST List, PNDIS_STATUS Status) {
  ULONG count = 0;
  for (PNET_BUFFER buffer = NET_BUFFER_LIST_FIRST_NB(List); buffer != NULL; buffer = NET_BUFFER_NEXT_NB(buffer)) {
    ULONG length = NET_BUFFER_DATA_LENGTH(buffer);
    if (length < NIC_HEADER || length > NIC_FRAME) *Status = NDIS_STATUS_INVALID_LENGTH;
    count++;
  }
  if (count == 0) *Status = NDIS_STATUS_INVALID_PACKET;
  return count;
}

/* With the lock held: to the queue, or to the chain of those refused. */
static VOID Enqueue(PNIC Nic, PNET_BUFFER_LIST List, PLIST_CHAIN Refused) {
  NDIS_STATUS status = Refusal(Nic);
  ULONG buffers = CountBuffers(List, &status);
  NET_BUFFER_LIST_STATUS(List) = status;
  if (status != NDIS_STATUS_SUCCESS) {
    Append(Refused, List);
    return;
  }
  SET_REMAINING(List, buffers);
  UNSENT(List) = NET_BUFFER_LIST_FIRST_NB(List);
  NET_BUFFER_LIST_NEXT_NBL(List) = NULL;
  if (Nic->QueueTail == NULL) {
    Nic->QueueHead = List;
  } else {
    NET_BUFFER_LIST_NEXT_NBL(Nic->QueueTail) = List;
  }
  Nic->QueueTail = List;
}

VOID NicSendNetBufferLists(NDIS_HANDLE Context, PNET_BUFFER_LIST Lists, NDIS_PORT_NUMBER Port, ULONG Flags) {
  PNIC nic = Context;
  LIST_CHAIN refused;
  KIRQL irql = DISPATCH_LEVEL;
  UNREFERENCED_PARAMETER(Port);
  InitializeChain(&refused);
  BOOLEAN raise = !NDIS_TEST_SEND_AT_DISPATCH_LEVEL(Flags);
  if (raise) NDIS_RAISE_IRQL_TO_DISPATCH(&irql);
  NdisDprAcquireSpinLock(&nic->Lock);
  while (Lists != NULL) {
    PNET_BUFFER_LIST next = NET_BUFFER_LIST_NEXT_NBL(Lists);
    Enqueue(nic, Lists, &refused);
    Lists = next;
  }
  NdisDprReleaseSpinLock(&nic->Lock);
  if (refused.Head != NULL) {
    NdisMSendNetBufferListsComplete(nic->Adapter, refused.Head, NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL);
  }
  SendQueued(nic);
  if (raise) NDIS_LOWER_IRQL(irql, DISPATCH_LEVEL);
}

/* At DISPATCH_LEVEL: what the device has sent is done. */
VOID NicReapSends(PNIC Nic) {
  LIST_ENTRY done;
  LIST_CHAIN chain;
  ULONG count = 0;
  InitializeListHead(&done);
  InitializeChain(&chain);
  NdisDprAcquireSpinLock(&Nic->Lock);
  while (!IsListEmpty(&Nic->PostedTcbs)) {
    PNIC_TCB tcb = CONTAINING_RECORD(Nic->PostedTcbs.Flink, NIC_TCB, Link);
    volatile NIC_TX_DESCRIPTOR *last = (PNIC_TX_DESCRIPTOR)Nic->TxRing.Va + tcb->LastDescriptor;
    if (!(last->Status & TX_DONE)) break;
    RemoveEntryList(&tcb->Link);
    InsertTailList(&done, &tcb->Link);
    count++;
  }
  NdisDprReleaseSpinLock(&Nic->Lock);
  while (!IsListEmpty(&done)) {
    Finish(Nic, CONTAINING_RECORD(RemoveHeadList(&done), NIC_TCB, Link), NDIS_STATUS_SUCCESS, &chain);
  }
  Complete(Nic, &chain, count);
  SendQueued(Nic);
}

/* A list that leaves the queue early: its unsent buffers count as done. With the lock held. */
static VOID Withdraw(PNET_BUFFER_LIST List, NDIS_STATUS Status, PLIST_CHAIN Chain) {
  for (PNET_BUFFER buffer = UNSENT(List); buffer != NULL; buffer = NET_BUFFER_NEXT_NB(buffer)) {
    SET_REMAINING(List, REMAINING(List) - 1);
  }
  NET_BUFFER_LIST_STATUS(List) = Status;
  if (REMAINING(List) == 0) Append(Chain, List);
}

/* The device has stopped: nothing that it or the queue still holds will be sent. At DISPATCH_LEVEL or below. */
VOID NicAbortSends(PNIC Nic, NDIS_STATUS Status) {
  LIST_ENTRY posted;
  LIST_CHAIN chain;
  KIRQL irql;
  ULONG count = 0;
  InitializeListHead(&posted);
  InitializeChain(&chain);
  NDIS_RAISE_IRQL_TO_DISPATCH(&irql);
  NdisDprAcquireSpinLock(&Nic->Lock);
  while (!IsListEmpty(&Nic->PostedTcbs)) {
    InsertTailList(&posted, RemoveHeadList(&Nic->PostedTcbs));
    count++;
  }
  while (Nic->QueueHead != NULL) {
    PNET_BUFFER_LIST list = Nic->QueueHead;
    Nic->QueueHead = NET_BUFFER_LIST_NEXT_NBL(list);
    Withdraw(list, Status, &chain);
  }
  Nic->QueueTail = NULL;
  NdisDprReleaseSpinLock(&Nic->Lock);
  while (!IsListEmpty(&posted)) {
    Finish(Nic, CONTAINING_RECORD(RemoveHeadList(&posted), NIC_TCB, Link), Status, &chain);
  }
  Complete(Nic, &chain, count);
  NDIS_LOWER_IRQL(irql, DISPATCH_LEVEL);
}

/* Lists of which nothing has been handed to the device yet. */
VOID NicCancelSend(NDIS_HANDLE Context, PVOID CancelId) {
  PNIC nic = Context;
  LIST_CHAIN kept, cancelled;
  InitializeChain(&kept);
  InitializeChain(&cancelled);
  NdisAcquireSpinLock(&nic->Lock);
  for (PNET_BUFFER_LIST list = nic->QueueHead, next; list != NULL; list = next) {
    next = NET_BUFFER_LIST_NEXT_NBL(list);
    BOOLEAN untouched = UNSENT(list) == NET_BUFFER_LIST_FIRST_NB(list);
    if (untouched && NDIS_GET_NET_BUFFER_LIST_CANCEL_ID(list) == CancelId) {
      Withdraw(list, NDIS_STATUS_SEND_ABORTED, &cancelled);
    } else {
      Append(&kept, list);
      nic->QueueTail = list;
    }
  }
  nic->QueueHead = kept.Head;
  if (kept.Head == NULL) nic->QueueTail = NULL;
  NdisReleaseSpinLock(&nic->Lock);
  if (cancelled.Head != NULL) NdisMSendNetBufferListsComplete(nic->Adapter, cancelled.Head, 0);
}
