/* Sending: pieces of each NET_BUFFER behind a header of the device's, in descriptors of the buffer's own if it may. */
#include "vionet.h"

/* Of a NET_BUFFER_LIST in our hands: how many buffers are not done, and the first that has not been handed on. */
#define REMAINING(list) ((ULONG_PTR)NET_BUFFER_LIST_MINIPORT_RESERVED(list)[0])
#define SET_REMAINING(list, count) (NET_BUFFER_LIST_MINIPORT_RESERVED(list)[0] = (PVOID)(ULONG_PTR)(count))
#define UNSENT(list) ((PNET_BUFFER &)NET_BUFFER_LIST_MINIPORT_RESERVED(list)[1])

#define PIECES_INDIRECT 32
#define PIECES_DIRECT 6
#define HANG_CHECKS 3

/* Of each frame in flight: the header, the frame's own headers, a descriptor table, room for a copy. */
#define TABLE_AT 256
#define TABLE_BYTES ((PIECES_INDIRECT + 2) * sizeof(VIRTQ_DESCRIPTOR))
#define COPY_AT (TABLE_AT + TABLE_BYTES)
static_assert(sizeof(VIRTIO_NET_HEADER) + HEADERS_MOST <= TABLE_AT, "headers");

PAGE_CODE NDIS_STATUS TransmitQueue::Create(USHORT Entries) {
  BOOLEAN indirect = Owner->Device->Has(VIRTIO_F_INDIRECT_DESC);
  InitializeListHead(&Free);
  InitializeListHead(&Posted);
  NDIS_STATUS status = CreateRing(Entries);
  if (status != NDIS_STATUS_SUCCESS) return status;
  MostPieces = indirect ? PIECES_INDIRECT : PIECES_DIRECT;
  ULONG flights = min(Owner->Settings.TransmitBuffers, indirect ? Entries : Entries / (PIECES_DIRECT + 2u));
  CopyBytes = Owner->FrameBytes();
  Stride = (ULONG)ALIGN_UP_BY(COPY_AT + CopyBytes, 64);
  status = Memory.Allocate(Owner->Handle(), flights * Stride);
  if (status != NDIS_STATUS_SUCCESS) return status;
  ULONG pieceBytes = (ULONG)ALIGN_UP_BY(Owner->PieceBufferBytes, 16);
  Flights = new (PoolOf{Owner->Handle()}) IN_FLIGHT[flights];
  PieceBuffers = new (PoolOf{Owner->Handle()}) UCHAR[flights * pieceBytes];
  if (Flights == NULL || PieceBuffers == NULL) return NDIS_STATUS_RESOURCES;
  for (ULONG i = 0; i < flights; i++) {
    Flights[i].Queue = this;
    Flights[i].Offset = i * Stride;
    Flights[i].PieceBuffer = PieceBuffers + i * pieceBytes;
    InsertTailList(&Free, &Flights[i].Link);
  }
  return NDIS_STATUS_SUCCESS;
}

PAGE_CODE TransmitQueue::~TransmitQueue() {
  delete[] PieceBuffers;
  delete[] Flights;
  Memory.Free();
}

/* Hands finished lists back, and only then lets go of what was held, so that a pause ends after the last list. */
VOID TransmitQueue::Complete(ListChain *Chain, ULONG Flights) {
  if (Chain->Head != NULL) {
    NdisMSendNetBufferListsComplete(Owner->Handle(), Chain->Head, NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL);
  }
  Owner->Let(Flights);
}

VOID TransmitQueue::Count(PNET_BUFFER Buffer) {
  UCHAR room[ETH_LENGTH_OF_ADDRESS];
  PUCHAR to = (PUCHAR)NdisGetDataBuffer(Buffer, sizeof(room), room, 1, 0);
  Sent.Bytes += NET_BUFFER_DATA_LENGTH(Buffer);
  if (to == NULL || !ETH_IS_MULTICAST(to)) {
    Sent.Unicasts++;
  } else if (ETH_IS_BROADCAST(to)) {
    Sent.Broadcasts++;
  } else {
    Sent.Multicasts++;
  }
}

/* One buffer is done; its list too if it was the last. At DISPATCH_LEVEL without the lock. */
VOID TransmitQueue::Finish(IN_FLIGHT *Flight, NDIS_STATUS Status, ListChain *Chain) {
  PNET_BUFFER_LIST list = Flight->List;
  if (Flight->Pieces != NULL) NdisMFreeNetBufferSGList(Owner->Dma, Flight->Pieces, Flight->NetBuffer);
  NdisDprAcquireSpinLock(&Lock);
  if (Status == NDIS_STATUS_SUCCESS) {
    Count(Flight->NetBuffer);
  } else {
    NET_BUFFER_LIST_STATUS(list) = Status;
    Sent.Errors++;
  }
  SET_REMAINING(list, REMAINING(list) - 1);
  if (REMAINING(list) == 0) {
    NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO large;
    large.Value = NET_BUFFER_LIST_INFO(list, TcpLargeSendNetBufferListInfo);
    if (large.Value != NULL) {
      large.Value = NULL;
      large.LsoV2TransmitComplete.Type = NDIS_TCP_LARGE_SEND_OFFLOAD_V2_TYPE;
      NET_BUFFER_LIST_INFO(list, TcpLargeSendNetBufferListInfo) = large.Value;
    }
    Chain->Append(list);
  }
  InsertTailList(&Free, &Flight->Link);
  NdisDprReleaseSpinLock(&Lock);
}

VOID TransmitQueue::CopyFrame(IN_FLIGHT *Flight, ULONG Skip, PUCHAR To) {
  ULONG left = NET_BUFFER_DATA_LENGTH(Flight->NetBuffer) - Skip;
  ULONG offset = NET_BUFFER_CURRENT_MDL_OFFSET(Flight->NetBuffer) + Skip;
  for (PMDL mdl = NET_BUFFER_CURRENT_MDL(Flight->NetBuffer); mdl != NULL && left > 0; mdl = mdl->Next) {
    ULONG length = MmGetMdlByteCount(mdl);
    if (offset >= length) {
      offset -= length;
      continue;
    }
    PUCHAR from = (PUCHAR)MmGetSystemAddressForMdlSafe(mdl, LowPagePriority | MdlMappingNoExecute);
    if (from == NULL) break;
    ULONG bytes = min(length - offset, left);
    NdisMoveMemory(To, from + offset, bytes);
    To += bytes;
    left -= bytes;
    offset = 0;
  }
  NdisZeroMemory(To, left);
}

/* The frame's pieces behind the header, without what the headers stand for already. NDIS maps the MDLs from the
   start of the current one on, so what lies before the frame is passed over as well. */
BOOLEAN TransmitQueue::Gather(IN_FLIGHT *Flight, ULONG Skip, PIECE *Pieces, PULONG Count) {
  ULONG left = NET_BUFFER_DATA_LENGTH(Flight->NetBuffer) - Skip;
  Skip += NET_BUFFER_CURRENT_MDL_OFFSET(Flight->NetBuffer);
  for (ULONG i = 0; i < Flight->Pieces->NumberOfElements && left > 0; i++) {
    PSCATTER_GATHER_ELEMENT element = &Flight->Pieces->Elements[i];
    ULONG skipped = min(Skip, element->Length);
    ULONG bytes = min(element->Length - skipped, left);
    Skip -= skipped;
    if (bytes == 0) continue;
    if (*Count > MostPieces) return FALSE;
    Pieces[*Count].Address = (ULONG64)element->Address.QuadPart + skipped;
    Pieces[*Count].Length = bytes;
    (*Count)++;
    left -= bytes;
  }
  return TRUE;
}

/* With the lock held. */
NDIS_STATUS TransmitQueue::Post(IN_FLIGHT *Flight) {
  PIECE pieces[PIECES_INDIRECT + 2];
  SEND_PLAN plan;
  ULONG count = 1;
  ULONG header = Owner->Device->HeaderBytes();
  PUCHAR block = Memory.At<UCHAR>(Flight->Offset);
  NDIS_STATUS status = plan.Make(Owner->Tasks, Flight->List, Flight->NetBuffer, block + header);
  if (status != NDIS_STATUS_SUCCESS) return status;
  NdisMoveMemory(block, &plan.Header, header);
  pieces[0].Address = Memory.Address(Flight->Offset);
  pieces[0].Length = header + plan.Copied;
  if (!Gather(Flight, plan.Taken, pieces, &count)) {
    ULONG left = NET_BUFFER_DATA_LENGTH(Flight->NetBuffer) - plan.Taken;
    if (left > CopyBytes) return NDIS_STATUS_RESOURCES;
    CopyFrame(Flight, plan.Taken, block + COPY_AT);
    pieces[1].Address = Memory.Address(Flight->Offset + COPY_AT);
    pieces[1].Length = left;
    count = 2;
  }
  INDIRECT_TABLE table = {Memory.At<VIRTQ_DESCRIPTOR>(Flight->Offset + TABLE_AT),
                          Memory.Address(Flight->Offset + TABLE_AT)};
  BOOLEAN indirect = Owner->Device->Has(VIRTIO_F_INDIRECT_DESC);
  if (!Put(pieces, count, 0, Flight, indirect ? &table : NULL)) return NDIS_STATUS_RESOURCES;
  Flight->HangChecks = 0;
  InsertTailList(&Posted, &Flight->Link);
  Kick();
  return NDIS_STATUS_SUCCESS;
}

/* NDIS has mapped a frame for DMA, perhaps later than asked; the adapter may have been paused in between. */
VOID TransmitQueue::PiecesReady(PDEVICE_OBJECT, PVOID, PSCATTER_GATHER_LIST Pieces, PVOID Context) {
  IN_FLIGHT *flight = (IN_FLIGHT *)Context;
  TransmitQueue *queue = flight->Queue;
  NDIS_STATUS status = NDIS_STATUS_PAUSED;
  flight->Pieces = Pieces;
  NdisDprAcquireSpinLock(&queue->Lock);
  if (queue->Owner->MaySend()) status = queue->Post(flight);
  NdisDprReleaseSpinLock(&queue->Lock);
  if (status == NDIS_STATUS_SUCCESS) return;
  ListChain chain;
  queue->Finish(flight, status, &chain);
  queue->Complete(&chain, 1);
}

/* The next buffer in line with room for it, or nothing. With the lock held. */
IN_FLIGHT *TransmitQueue::TakeNext() {
  PNET_BUFFER_LIST list = QueueHead;
  if (list == NULL || IsListEmpty(&Free) || !Owner->MaySend()) return NULL;
  IN_FLIGHT *flight = CONTAINING_RECORD(RemoveHeadList(&Free), IN_FLIGHT, Link);
  flight->List = list;
  flight->NetBuffer = UNSENT(list);
  flight->Pieces = NULL;
  UNSENT(list) = NET_BUFFER_NEXT_NB(flight->NetBuffer);
  if (UNSENT(list) == NULL) {
    QueueHead = NET_BUFFER_LIST_NEXT_NBL(list);
    if (QueueHead == NULL) QueueTail = NULL;
  }
  Owner->Hold();
  return flight;
}

/* Without the lock, since NDIS may call PiecesReady at once. */
VOID TransmitQueue::SendQueued() {
  for (;;) {
    NdisDprAcquireSpinLock(&Lock);
    IN_FLIGHT *flight = TakeNext();
    NdisDprReleaseSpinLock(&Lock);
    if (flight == NULL) return;
    NDIS_STATUS status = NdisMAllocateNetBufferSGList(Owner->Dma, flight->NetBuffer, flight,
                                                      NDIS_SG_LIST_WRITE_TO_DEVICE, flight->PieceBuffer,
                                                      Owner->PieceBufferBytes);
    if (status == NDIS_STATUS_SUCCESS || status == NDIS_STATUS_PENDING) continue;
    ListChain chain;
    Finish(flight, status, &chain);
    Complete(&chain, 1);
  }
}

static ULONG CountBuffers(PNET_BUFFER_LIST List, ULONG Most, PNDIS_STATUS Status) {
  ULONG count = 0;
  for (PNET_BUFFER buffer = NET_BUFFER_LIST_FIRST_NB(List); buffer != NULL; buffer = NET_BUFFER_NEXT_NB(buffer)) {
    ULONG length = NET_BUFFER_DATA_LENGTH(buffer);
    if (length < ETHERNET_HEADER || length > Most) *Status = NDIS_STATUS_INVALID_LENGTH;
    count++;
  }
  if (count == 0) *Status = NDIS_STATUS_INVALID_PACKET;
  return count;
}

VOID TransmitQueue::Enqueue(PNET_BUFFER_LIST List, ListChain *Refused) {
  NdisDprAcquireSpinLock(&Lock);
  NDIS_STATUS status = Owner->WhyNotSend();
  BOOLEAN large = NET_BUFFER_LIST_INFO(List, TcpLargeSendNetBufferListInfo) != NULL;
  ULONG buffers = CountBuffers(List, large ? LARGE_SEND_MOST + HEADERS_MOST : Owner->FrameBytes(), &status);
  NET_BUFFER_LIST_STATUS(List) = status;
  if (status == NDIS_STATUS_SUCCESS) {
    SET_REMAINING(List, buffers);
    UNSENT(List) = NET_BUFFER_LIST_FIRST_NB(List);
    NET_BUFFER_LIST_NEXT_NBL(List) = NULL;
    if (QueueTail == NULL) {
      QueueHead = List;
    } else {
      NET_BUFFER_LIST_NEXT_NBL(QueueTail) = List;
    }
    QueueTail = List;
  } else {
    Refused->Append(List);
  }
  NdisDprReleaseSpinLock(&Lock);
}

/* What the device has sent is done. */
BOOLEAN TransmitQueue::Serve(PNDIS_RECEIVE_THROTTLE_PARAMETERS) {
  LIST_ENTRY done;
  ListChain chain;
  ULONG count = 0, written;
  InitializeListHead(&done);
  NdisDprAcquireSpinLock(&Lock);
  while (IN_FLIGHT *flight = (IN_FLIGHT *)Take(&written)) {
    RemoveEntryList(&flight->Link);
    InsertTailList(&done, &flight->Link);
    count++;
  }
  NdisDprReleaseSpinLock(&Lock);
  if (count == 0) return FALSE;
  while (!IsListEmpty(&done)) {
    Finish(CONTAINING_RECORD(RemoveHeadList(&done), IN_FLIGHT, Link), NDIS_STATUS_SUCCESS, &chain);
  }
  Complete(&chain, count);
  SendQueued();
  return FALSE;
}

/* A list that leaves the line early: its unsent buffers count as done. With the lock held. */
static VOID Withdraw(PNET_BUFFER_LIST List, NDIS_STATUS Status, ListChain *Chain) {
  for (PNET_BUFFER buffer = UNSENT(List); buffer != NULL; buffer = NET_BUFFER_NEXT_NB(buffer)) {
    SET_REMAINING(List, REMAINING(List) - 1);
  }
  NET_BUFFER_LIST_STATUS(List) = Status;
  if (REMAINING(List) == 0) Chain->Append(List);
}

VOID TransmitQueue::AbortQueued(NDIS_STATUS Status) {
  ListChain chain;
  KIRQL irql;
  NDIS_RAISE_IRQL_TO_DISPATCH(&irql);
  NdisDprAcquireSpinLock(&Lock);
  while (QueueHead != NULL) {
    PNET_BUFFER_LIST list = QueueHead;
    QueueHead = NET_BUFFER_LIST_NEXT_NBL(list);
    Withdraw(list, Status, &chain);
  }
  QueueTail = NULL;
  NdisDprReleaseSpinLock(&Lock);
  Complete(&chain, 0);
  NDIS_LOWER_IRQL(irql, DISPATCH_LEVEL);
}

VOID TransmitQueue::Reclaim(NDIS_STATUS Status) {
  LIST_ENTRY done;
  ListChain chain;
  KIRQL irql;
  ULONG count = 0;
  USHORT from = 0;
  InitializeListHead(&done);
  AbortQueued(Status);
  NDIS_RAISE_IRQL_TO_DISPATCH(&irql);
  NdisDprAcquireSpinLock(&Lock);
  while (IN_FLIGHT *flight = (IN_FLIGHT *)TakeBack(&from)) {
    RemoveEntryList(&flight->Link);
    InsertTailList(&done, &flight->Link);
    count++;
  }
  NdisDprReleaseSpinLock(&Lock);
  while (!IsListEmpty(&done)) Finish(CONTAINING_RECORD(RemoveHeadList(&done), IN_FLIGHT, Link), Status, &chain);
  Complete(&chain, count);
  NDIS_LOWER_IRQL(irql, DISPATCH_LEVEL);
}

/* Lists of which nothing has been handed to the device yet. */
VOID TransmitQueue::Cancel(PVOID CancelId) {
  ListChain kept, cancelled;
  NdisAcquireSpinLock(&Lock);
  QueueTail = NULL;
  for (PNET_BUFFER_LIST list = QueueHead, next; list != NULL; list = next) {
    next = NET_BUFFER_LIST_NEXT_NBL(list);
    BOOLEAN untouched = UNSENT(list) == NET_BUFFER_LIST_FIRST_NB(list);
    if (untouched && NDIS_GET_NET_BUFFER_LIST_CANCEL_ID(list) == CancelId) {
      Withdraw(list, NDIS_STATUS_SEND_ABORTED, &cancelled);
    } else {
      kept.Append(list);
      QueueTail = list;
    }
  }
  QueueHead = kept.Head;
  NdisReleaseSpinLock(&Lock);
  if (cancelled.Head != NULL) NdisMSendNetBufferListsComplete(Owner->Handle(), cancelled.Head, 0);
}

BOOLEAN TransmitQueue::IsIdle() {
  NdisAcquireSpinLock(&Lock);
  BOOLEAN idle = QueueHead == NULL && IsListEmpty(&Posted);
  NdisReleaseSpinLock(&Lock);
  return idle;
}

/* The oldest frame has been with the device for too long. */
BOOLEAN TransmitQueue::HasStuckFrame() {
  BOOLEAN stuck = FALSE;
  NdisAcquireSpinLock(&Lock);
  if (!IsListEmpty(&Posted)) stuck = ++CONTAINING_RECORD(Posted.Flink, IN_FLIGHT, Link)->HangChecks >= HANG_CHECKS;
  NdisReleaseSpinLock(&Lock);
  return stuck;
}

VOID TransmitQueue::AddTo(PNDIS_STATISTICS_INFO Total) {
  NdisAcquireSpinLock(&Lock);
  Total->ifHCOutUcastPkts += Sent.Unicasts;
  Total->ifHCOutMulticastPkts += Sent.Multicasts;
  Total->ifHCOutBroadcastPkts += Sent.Broadcasts;
  Total->ifHCOutOctets += Sent.Bytes;
  Total->ifOutErrors += Sent.Errors;
  NdisReleaseSpinLock(&Lock);
}
