/* A split virtqueue, and what every kind of queue does with it. */
#pragma once

class Adapter;

struct PIECE {
  ULONG64 Address;
  ULONG Length;
};

/* Descriptors of a buffer's own, in memory that is shared. */
struct INDIRECT_TABLE {
  VIRTQ_DESCRIPTOR *Va;
  ULONG64 Address;
};

class VirtQueue {
public:
  PAGE_CODE virtual ~VirtQueue();

  /* Memory for as many entries as the device has; nothing is shared with the device yet. */
  PAGE_CODE virtual NDIS_STATUS Create(USHORT Size) = 0;
  /* The device runs. */
  virtual VOID Begin() {}
  /* At DISPATCH_LEVEL: handles what the device has given back. True when NDIS's limit left some of it. */
  virtual BOOLEAN Serve(PNDIS_RECEIVE_THROTTLE_PARAMETERS Throttle) = 0;
  /* The device has been reset: it holds nothing any more. */
  virtual VOID Reclaim(NDIS_STATUS Status) = 0;

  VOID Prepare();
  BOOLEAN EnableInterrupts();
  VOID DisableInterrupts();

  USHORT Number() const { return Index; }
  USHORT Entries() const { return Size; }
  ULONG64 Area(ULONG Which) const { return Ring.Address(Areas[Which]); }
  VOID SetDoorbell(ULONG Offset) { Doorbell = Offset; }
  VOID SetMessage(ULONG Id) { Message = Id; }
  ULONG MessageId() const { return Message; }

protected:
  PAGE_CODE VirtQueue(Adapter *Adapter, USHORT Index);
  PAGE_CODE NDIS_STATUS CreateRing(USHORT Size);

  /* With the lock held. */
  BOOLEAN Put(const PIECE *Pieces, ULONG Readable, ULONG Writable, PVOID Buffer, const INDIRECT_TABLE *Table);
  PVOID Take(PULONG Written);
  PVOID TakeBack(PUSHORT From);
  VOID Kick();
  BOOLEAN HasUsed() const;

  Adapter *Owner;
  NDIS_SPIN_LOCK Lock;

private:
  volatile USHORT *UsedEvent() const { return (volatile USHORT *)&Available->Ring[Size]; }
  volatile USHORT *AvailableEvent() const { return (volatile USHORT *)&Used->Ring[Size]; }
  VOID Release(USHORT Head);

  USHORT Index;
  USHORT Size;
  ULONG Message;
  ULONG Doorbell;
  SharedMemory Ring;
  ULONG Areas[3];
  VIRTQ_DESCRIPTOR *Descriptors;
  volatile VIRTQ_AVAILABLE *Available;
  volatile VIRTQ_USED *Used;
  PVOID *Buffers; /* of each chain, at its first descriptor */
  USHORT FirstFree;
  USHORT Free;
  USHORT NextAvailable;
  USHORT Announced; /* how far the device has been told */
  USHORT NextUsed;
};
