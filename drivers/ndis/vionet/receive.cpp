/* Receiving, with frames in one buffer or merged from several. */
#include "vionet.h"

#define BUFFER_OF(list) ((RECEIVE_BUFFER *)NET_BUFFER_LIST_MINIPORT_RESERVED(list)[0])
#define LENT_AT_MOST(count) ((count) - (count) / 4) /* the device keeps a quarter */

PAGE_CODE NDIS_STATUS ReceiveQueue::CreatePool() {
  NET_BUFFER_LIST_POOL_PARAMETERS pool = {};
  pool.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
  pool.Header.Revision = NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
  pool.Header.Size = NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
  pool.ProtocolId = NDIS_PROTOCOL_ID_DEFAULT;
  pool.fAllocateNetBuffer = TRUE;
  pool.PoolTag = VIONET_TAG;
  Pool = NdisAllocateNetBufferListPool(Owner->Handle(), &pool);
  return Pool == NULL ? NDIS_STATUS_RESOURCES : NDIS_STATUS_SUCCESS;
}

PAGE_CODE NDIS_STATUS ReceiveQueue::CreateBuffer(ULONG Number) {
  RECEIVE_BUFFER *buffer = &Buffers[Number];
  buffer->Queue = this;
  buffer->Va = Memory.At<UCHAR>(Number * BufferBytes);
  buffer->Address = Memory.Address(Number * BufferBytes);
  buffer->Mdl = NdisAllocateMdl(Owner->Handle(), buffer->Va, BufferBytes);
  if (buffer->Mdl == NULL) return NDIS_STATUS_RESOURCES;
  buffer->List = NdisAllocateNetBufferAndNetBufferList(Pool, 0, 0, buffer->Mdl, Owner->Device->HeaderBytes(), 0);
  if (buffer->List == NULL) return NDIS_STATUS_RESOURCES;
  buffer->List->SourceHandle = Owner->Handle();
  NET_BUFFER_LIST_MINIPORT_RESERVED(buffer->List)[0] = buffer;
  InsertTailList(&Idle, &buffer->Link);
  return NDIS_STATUS_SUCCESS;
}

/* Without merging every buffer holds the longest frame. */
PAGE_CODE NDIS_STATUS ReceiveQueue::Create(USHORT Entries) {
  ULONG least = Owner->Device->Has(VIRTIO_NET_F_MRG_RXBUF) ? 0 : Owner->FrameBytes() + VLAN_TAG;
  InitializeListHead(&Idle);
  BufferBytes = (ULONG)ALIGN_UP_BY(max(Owner->Settings.BufferBytes, least + sizeof(VIRTIO_NET_HEADER)), 64);
  BufferCount = min(Owner->Settings.ReceiveBuffers, (ULONG)Entries);
  NDIS_STATUS status = CreateRing(Entries);
  if (status == NDIS_STATUS_SUCCESS) status = CreatePool();
  if (status == NDIS_STATUS_SUCCESS) status = Memory.Allocate(Owner->Handle(), BufferCount * BufferBytes);
  if (status != NDIS_STATUS_SUCCESS) return status;
  Buffers = new (PoolOf{Owner->Handle()}) RECEIVE_BUFFER[BufferCount];
  if (Buffers == NULL) return NDIS_STATUS_RESOURCES;
  for (ULONG i = 0; i < BufferCount && status == NDIS_STATUS_SUCCESS; i++) status = CreateBuffer(i);
  return status;
}

/* The adapter is paused, so no buffer is lent. */
PAGE_CODE ReceiveQueue::~ReceiveQueue() {
  for (ULONG i = 0; Buffers != NULL && i < BufferCount; i++) {
    if (Buffers[i].List != NULL) NdisFreeNetBufferList(Buffers[i].List);
    if (Buffers[i].Mdl != NULL) NdisFreeMdl(Buffers[i].Mdl);
  }
  delete[] Buffers;
  Memory.Free();
  if (Pool != NULL) NdisFreeNetBufferListPool(Pool);
}

/* With the lock held; there is room for all buffers. */
VOID ReceiveQueue::Post(RECEIVE_BUFFER *Buffer) {
  PIECE piece = {Buffer->Address, BufferBytes};
  Buffer->Merged = NULL;
  Buffer->Mdl->Next = NULL;
  NdisAdjustMdlLength(Buffer->Mdl, BufferBytes);
  if (Put(&piece, 0, 1, Buffer, NULL)) {
    PostedCount++;
  } else {
    InsertTailList(&Idle, &Buffer->Link);
  }
}

/* With the lock held: to the device, or aside while that stands still. */
VOID ReceiveQueue::PostChain(RECEIVE_BUFFER *First) {
  for (RECEIVE_BUFFER *buffer = First, *next; buffer != NULL; buffer = next) {
    next = buffer->Merged;
    if (Owner->MayReceive()) {
      Post(buffer);
    } else {
      InsertTailList(&Idle, &buffer->Link);
    }
  }
}

VOID ReceiveQueue::Begin() {
  NdisAcquireSpinLock(&Lock);
  for (ULONG i = 0; i < BufferCount && !IsListEmpty(&Idle); i++) {
    Post(CONTAINING_RECORD(RemoveHeadList(&Idle), RECEIVE_BUFFER, Link));
  }
  Kick();
  NdisReleaseSpinLock(&Lock);
}

VOID ReceiveQueue::Reclaim(NDIS_STATUS) {
  USHORT from = 0;
  NdisAcquireSpinLock(&Lock);
  while (RECEIVE_BUFFER *buffer = (RECEIVE_BUFFER *)TakeBack(&from)) InsertTailList(&Idle, &buffer->Link);
  PostedCount = 0;
  NdisReleaseSpinLock(&Lock);
}

VOID ReceiveQueue::BATCH::Append(PNET_BUFFER_LIST List) {
  *Tail = List;
  Tail = &NET_BUFFER_LIST_NEXT_NBL(List);
  Count++;
}

/* A tag becomes out-of-band information; the addresses move up to the type. */
VOID ReceiveQueue::Strip(PUCHAR Frame, PULONG Offset, PULONG Length, PNET_BUFFER_LIST List) {
  NDIS_NET_BUFFER_LIST_8021Q_INFO tag;
  PUCHAR type = Frame + 2 * ETH_LENGTH_OF_ADDRESS;
  tag.Value = NULL;
  if (Owner->Tasks.Tagging && *Length >= ETHERNET_HEADER + VLAN_TAG && type[0] == 0x81 && type[1] == 0x00) {
    if (Owner->Tasks.Tagging & TAG_PRIORITY) tag.TagHeader.UserPriority = type[2] >> 5;
    tag.TagHeader.CanonicalFormatId = type[2] >> 4 & 1;
    if (Owner->Tasks.Tagging & TAG_VLAN) tag.TagHeader.VlanId = (type[2] & 0xf) << 8 | type[3];
    memmove(Frame + VLAN_TAG, Frame, 2 * ETH_LENGTH_OF_ADDRESS);
    *Offset += VLAN_TAG;
    *Length -= VLAN_TAG;
  }
  NET_BUFFER_LIST_INFO(List, Ieee8021QNetBufferListInfo) = tag.Value;
}

VOID ReceiveQueue::Count(const UCHAR *Frame, ULONG Length) {
  Received.Bytes += Length;
  if (!ETH_IS_MULTICAST(Frame)) {
    Received.Unicasts++;
  } else if (ETH_IS_BROADCAST(Frame)) {
    Received.Broadcasts++;
  } else {
    Received.Multicasts++;
  }
}

/* One frame with all that was merged into it; what the device says of lengths and numbers is checked. */
RECEIVE_BUFFER *ReceiveQueue::TakeFrame(PULONG Length) {
  ULONG written = 0;
  RECEIVE_BUFFER *first = (RECEIVE_BUFFER *)Take(&written);
  if (first == NULL) return NULL;
  PostedCount--;
  VIRTIO_NET_HEADER *header = (VIRTIO_NET_HEADER *)first->Va;
  ULONG skipped = Owner->Device->HeaderBytes();
  BOOLEAN good = written >= skipped + ETHERNET_HEADER && written <= BufferBytes;
  ULONG buffers = good && Owner->Device->Has(VIRTIO_NET_F_MRG_RXBUF) ? header->Buffers : 1;
  if (good) NdisAdjustMdlLength(first->Mdl, written);
  *Length = good ? written - skipped : 0;
  RECEIVE_BUFFER *last = first;
  for (ULONG i = 1; good && i < buffers; i++) {
    RECEIVE_BUFFER *next = (RECEIVE_BUFFER *)Take(&written);
    good = next != NULL;
    if (next == NULL) break;
    PostedCount--;
    last->Merged = next;
    last->Mdl->Next = next->Mdl;
    last = next;
    good = written <= BufferBytes;
    if (good) NdisAdjustMdlLength(next->Mdl, written);
    *Length += written;
  }
  if (!good || *Length > Owner->FrameBytes() + VLAN_TAG) *Length = 0;
  return first;
}

/* Fills in the list of a frame. */
BOOLEAN ReceiveQueue::Describe(RECEIVE_BUFFER *First, ULONG Length) {
  PNET_BUFFER buffer = NET_BUFFER_LIST_FIRST_NB(First->List);
  ULONG offset = Owner->Device->HeaderBytes();
  PUCHAR frame = First->Va + offset;
  ULONG here = min(Length, MmGetMdlByteCount(First->Mdl) - offset);
  if (here < ETHERNET_HEADER) return FALSE;
  Count(frame, Length);
  /* Only what lies in one piece is looked at. */
  if (here == Length) {
    VerifyReceived(Owner->Tasks, (VIRTIO_NET_HEADER *)First->Va, frame, Length, First->List);
  } else {
    NET_BUFFER_LIST_INFO(First->List, TcpIpChecksumNetBufferListInfo) = NULL;
  }
  Owner->Scaling.Mark(frame, here, First->List);
  Strip(frame, &offset, &Length, First->List);
  NET_BUFFER_DATA_OFFSET(buffer) = offset;
  NET_BUFFER_FIRST_MDL(buffer) = NET_BUFFER_CURRENT_MDL(buffer) = First->Mdl;
  NET_BUFFER_CURRENT_MDL_OFFSET(buffer) = offset;
  NET_BUFFER_DATA_LENGTH(buffer) = Length;
  NET_BUFFER_LIST_NEXT_NBL(First->List) = NULL;
  NET_BUFFER_LIST_STATUS(First->List) = NDIS_STATUS_SUCCESS;
  return TRUE;
}

/* With the lock held; at most what the device can hold, or what NDIS allows. */
VOID ReceiveQueue::Collect(ULONG Most, BATCH *Lent, BATCH *Kept) {
  ULONG length;
  while (Lent->Count + Kept->Count < Most) {
    RECEIVE_BUFFER *first = TakeFrame(&length);
    if (first == NULL) return;
    if (length == 0 || !Describe(first, length)) {
      Received.Errors++;
      PostChain(first);
    } else if (Kept->Count == 0 && BufferCount - PostedCount <= LENT_AT_MOST(BufferCount)) {
      Lent->Append(first->List);
    } else {
      Kept->Append(first->List);
    }
  }
}

BOOLEAN ReceiveQueue::Serve(PNDIS_RECEIVE_THROTTLE_PARAMETERS Throttle) {
  BATCH lent = {NULL, &lent.Head, 0};
  BATCH kept = {NULL, &kept.Head, 0};
  BOOLEAN more = FALSE;
  NdisDprAcquireSpinLock(&Lock);
  if (Owner->MayReceive()) {
    Collect(min(Throttle->MaxNblsToIndicate, (ULONG)Entries()), &lent, &kept);
    Owner->Hold(lent.Count + kept.Count);
    more = HasUsed();
    Kick();
  }
  NdisDprReleaseSpinLock(&Lock);
  if (lent.Head != NULL) {
    NdisMIndicateReceiveNetBufferLists(Owner->Handle(), lent.Head, NDIS_DEFAULT_PORT_NUMBER, lent.Count,
                                       NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL);
  }
  if (kept.Head != NULL) {
    NdisMIndicateReceiveNetBufferLists(Owner->Handle(), kept.Head, NDIS_DEFAULT_PORT_NUMBER, kept.Count,
                                       NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL | NDIS_RECEIVE_FLAGS_RESOURCES);
    for (PNET_BUFFER_LIST list = kept.Head, next; list != NULL; list = next) {
      next = NET_BUFFER_LIST_NEXT_NBL(list);
      Return(list);
    }
  }
  return more;
}

VOID ReceiveQueue::Return(PNET_BUFFER_LIST List) {
  RECEIVE_BUFFER *first = BUFFER_OF(List);
  ReceiveQueue *queue = first->Queue;
  NdisAcquireSpinLock(&queue->Lock);
  queue->PostChain(first);
  if (queue->Owner->MayReceive()) queue->Kick();
  NdisReleaseSpinLock(&queue->Lock);
  queue->Owner->Let(1);
}

VOID ReceiveQueue::AddTo(PNDIS_STATISTICS_INFO Total) {
  NdisAcquireSpinLock(&Lock);
  Total->ifHCInUcastPkts += Received.Unicasts;
  Total->ifHCInMulticastPkts += Received.Multicasts;
  Total->ifHCInBroadcastPkts += Received.Broadcasts;
  Total->ifHCInOctets += Received.Bytes;
  Total->ifInErrors += Received.Errors;
  NdisReleaseSpinLock(&Lock);
}
