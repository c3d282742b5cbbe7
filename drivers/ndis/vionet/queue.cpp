/* The split virtqueue of VIRTIO 1.2, 2.7, from the driver's side. */
#include "vionet.h"

PAGE_CODE VirtQueue::VirtQueue(Adapter *Adapter, USHORT Index) : Owner(Adapter), Index(Index) {
  NdisAllocateSpinLock(&Lock);
}

PAGE_CODE VirtQueue::~VirtQueue() {
  delete[] Buffers;
  Ring.Free();
  NdisFreeSpinLock(&Lock);
}

/* Descriptor table, available ring and used ring behind each other, with room for both event indexes. */
PAGE_CODE NDIS_STATUS VirtQueue::CreateRing(USHORT Entries) {
  ULONG alignment = Owner->Device->QueueAlignment();
  ULONG table = Entries * sizeof(VIRTQ_DESCRIPTOR);
  ULONG used = (ULONG)ALIGN_UP_BY(table + sizeof(USHORT) * (3 + Entries), alignment);
  ULONG bytes = used + sizeof(USHORT) * 3 + Entries * sizeof(VIRTQ_USED_ELEMENT);
  NDIS_STATUS status = Ring.Allocate(Owner->Handle(), bytes + alignment);
  if (status != NDIS_STATUS_SUCCESS) return status;
  Size = Entries;
  Areas[0] = (ULONG)(ALIGN_UP_BY(Ring.Address(0), alignment) - Ring.Address(0));
  Areas[1] = Areas[0] + table;
  Areas[2] = Areas[0] + used;
  Descriptors = Ring.At<VIRTQ_DESCRIPTOR>(Areas[0]);
  Available = Ring.At<volatile VIRTQ_AVAILABLE>(Areas[1]);
  Used = Ring.At<volatile VIRTQ_USED>(Areas[2]);
  Buffers = new (PoolOf{Owner->Handle()}) PVOID[Size];
  return Buffers == NULL ? NDIS_STATUS_RESOURCES : NDIS_STATUS_SUCCESS;
}

/* Before the device gets the queue: everything is free, and nobody asks for interrupts. */
VOID VirtQueue::Prepare() {
  Ring.Clear();
  NdisZeroMemory(Buffers, Size * sizeof(PVOID));
  for (USHORT i = 0; i < Size; i++) Descriptors[i].Next = i + 1;
  FirstFree = 0;
  Free = Size;
  NextAvailable = Announced = NextUsed = 0;
  DisableInterrupts();
}

/* In step with the interrupt. True when something came back before the device could know. */
BOOLEAN VirtQueue::EnableInterrupts() {
  if (Owner->Device->Has(VIRTIO_F_EVENT_IDX)) {
    *UsedEvent() = NextUsed;
  } else {
    Available->Flags = 0;
  }
  KeMemoryBarrier();
  return HasUsed();
}

/* A request only: an interrupt may be under way. An event index just behind never comes up again by itself. */
VOID VirtQueue::DisableInterrupts() {
  if (Owner->Device->Has(VIRTIO_F_EVENT_IDX)) {
    *UsedEvent() = NextUsed - 1;
  } else {
    Available->Flags = VIRTQ_NO_INTERRUPT;
  }
}

BOOLEAN VirtQueue::HasUsed() const { return Used->Index != NextUsed; }

BOOLEAN VirtQueue::Put(const PIECE *Pieces, ULONG Readable, ULONG Writable, PVOID Buffer,
                       const INDIRECT_TABLE *Table) {
  ULONG count = Readable + Writable;
  ULONG needed = Table == NULL ? count : 1;
  if (Free < needed) return FALSE;
  USHORT head = FirstFree;
  USHORT last = head;
  for (ULONG i = 0; i < count; i++) {
    VIRTQ_DESCRIPTOR *descriptor = Table == NULL ? &Descriptors[FirstFree] : &Table->Va[i];
    descriptor->Address = Pieces[i].Address;
    descriptor->Length = Pieces[i].Length;
    descriptor->Flags = (USHORT)((i + 1 < count ? VIRTQ_NEXT : 0) | (i >= Readable ? VIRTQ_WRITE : 0));
    if (Table != NULL) {
      descriptor->Next = (USHORT)(i + 1);
    } else {
      last = FirstFree;
      FirstFree = descriptor->Next;
    }
  }
  if (Table != NULL) {
    FirstFree = Descriptors[last].Next;
    Descriptors[last].Address = Table->Address;
    Descriptors[last].Length = count * sizeof(VIRTQ_DESCRIPTOR);
    Descriptors[last].Flags = VIRTQ_INDIRECT;
  }
  Free -= (USHORT)needed;
  Buffers[head] = Buffer;
  Available->Ring[NextAvailable % Size] = head;
  KeMemoryBarrier(); /* the buffer before its index */
  Available->Index = ++NextAvailable;
  return TRUE;
}

VOID VirtQueue::Release(USHORT Head) {
  USHORT last = Head;
  Free++;
  while (Descriptors[last].Flags & VIRTQ_NEXT) {
    last = Descriptors[last].Next;
    Free++;
  }
  Descriptors[last].Next = FirstFree;
  FirstFree = Head;
  Buffers[Head] = NULL;
}

/* What the device says is not trusted: a buffer it does not have counts as nothing. */
PVOID VirtQueue::Take(PULONG Written) {
  while (HasUsed()) {
    KeMemoryBarrier(); /* the index before the element */
    volatile VIRTQ_USED_ELEMENT *element = &Used->Ring[NextUsed % Size];
    ULONG head = element->Id;
    *Written = element->Length;
    NextUsed++;
    if (head >= Size || Buffers[head] == NULL) {
      Trace(TraceErrors, "queue %u: device gives back %u, which it has not", Index, head);
      continue;
    }
    PVOID buffer = Buffers[head];
    Release((USHORT)head);
    return buffer;
  }
  return NULL;
}

/* Of a device that has been reset: the next buffer it had, beginning with descriptor 0. */
PVOID VirtQueue::TakeBack(PUSHORT From) {
  while (*From < Size) {
    PVOID *buffer = &Buffers[(*From)++];
    PVOID had = *buffer;
    *buffer = NULL;
    if (had != NULL) return had;
  }
  return NULL;
}

/* Tells the device of all new buffers, unless it has asked not to be told. */
VOID VirtQueue::Kick() {
  KeMemoryBarrier(); /* the index before the question */
  USHORT before = Announced;
  Announced = NextAvailable;
  BOOLEAN wanted;
  if (Owner->Device->Has(VIRTIO_F_EVENT_IDX)) {
    wanted = (USHORT)(NextAvailable - *AvailableEvent() - 1) < (USHORT)(NextAvailable - before);
  } else {
    wanted = NextAvailable != before && (Used->Flags & VIRTQ_NO_NOTIFY) == 0;
  }
  if (wanted && Owner->IsPresent()) Owner->Device->Notify(Doorbell, Index);
}
