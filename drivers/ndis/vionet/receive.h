/* The receive queue: frames are indicated in the buffers they arrived in, which come back from NDIS later. */
#pragma once

class ReceiveQueue;

struct RECEIVE_BUFFER {
  LIST_ENTRY Link;
  ReceiveQueue *Queue;
  RECEIVE_BUFFER *Merged; /* where the frame goes on */
  PUCHAR Va;
  ULONG64 Address;
  PMDL Mdl;
  PNET_BUFFER_LIST List;
};

class ReceiveQueue : public VirtQueue {
public:
  ReceiveQueue(Adapter *Adapter, USHORT Index) : VirtQueue(Adapter, Index) {}
  PAGE_CODE ~ReceiveQueue() override;
  PAGE_CODE NDIS_STATUS Create(USHORT Size) override;
  VOID Begin() override;
  BOOLEAN Serve(PNDIS_RECEIVE_THROTTLE_PARAMETERS Throttle) override;
  VOID Reclaim(NDIS_STATUS Status) override;
  VOID AddTo(PNDIS_STATISTICS_INFO Total);

  /* Back from NDIS, with everything that was merged. */
  static VOID Return(PNET_BUFFER_LIST List);

private:
  struct COUNTERS {
    ULONG64 Unicasts, Multicasts, Broadcasts, Bytes, Errors;
  };
  /* Frames to be indicated; of those that are scarce NDIS has to make copies. */
  struct BATCH {
    PNET_BUFFER_LIST Head;
    PNET_BUFFER_LIST *Tail;
    ULONG Count;
    VOID Append(PNET_BUFFER_LIST List);
  };

  PAGE_CODE NDIS_STATUS CreatePool();
  PAGE_CODE NDIS_STATUS CreateBuffer(ULONG Number);
  VOID Post(RECEIVE_BUFFER *Buffer);
  VOID PostChain(RECEIVE_BUFFER *First);
  RECEIVE_BUFFER *TakeFrame(PULONG Length);
  BOOLEAN Describe(RECEIVE_BUFFER *First, ULONG Length);
  VOID Strip(PUCHAR Frame, PULONG Offset, PULONG Length, PNET_BUFFER_LIST List);
  VOID Count(const UCHAR *Frame, ULONG Length);
  VOID Collect(ULONG Most, BATCH *Lent, BATCH *Kept);

  SharedMemory Memory;
  ULONG BufferBytes;
  ULONG BufferCount;
  ULONG PostedCount;
  RECEIVE_BUFFER *Buffers;
  NDIS_HANDLE Pool;
  LIST_ENTRY Idle; /* neither with the device nor with NDIS */
  COUNTERS Received;
};
