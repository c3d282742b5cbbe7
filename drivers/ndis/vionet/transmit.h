/* The transmit queue: lists wait in line, their buffers pass through a frame in flight each. */
#pragma once

class TransmitQueue;

/* Lists on their way back to NDIS. */
class ListChain {
public:
  ListChain() : Head(NULL), Tail(&Head) {}
  VOID Append(PNET_BUFFER_LIST List) {
    NET_BUFFER_LIST_NEXT_NBL(List) = NULL;
    *Tail = List;
    Tail = &NET_BUFFER_LIST_NEXT_NBL(List);
  }
  PNET_BUFFER_LIST Head;

private:
  PNET_BUFFER_LIST *Tail;
};

struct IN_FLIGHT {
  LIST_ENTRY Link;
  TransmitQueue *Queue;
  PNET_BUFFER NetBuffer;
  PNET_BUFFER_LIST List;
  PSCATTER_GATHER_LIST Pieces;
  PVOID PieceBuffer; /* where NDIS builds Pieces */
  ULONG Offset;      /* of its part of the shared memory */
  ULONG HangChecks;
};

class TransmitQueue : public VirtQueue {
public:
  TransmitQueue(Adapter *Adapter, USHORT Index) : VirtQueue(Adapter, Index) {}
  PAGE_CODE ~TransmitQueue() override;
  PAGE_CODE NDIS_STATUS Create(USHORT Size) override;
  BOOLEAN Serve(PNDIS_RECEIVE_THROTTLE_PARAMETERS Throttle) override;
  VOID Reclaim(NDIS_STATUS Status) override;

  /* At DISPATCH_LEVEL; a list that has to wait is waited for by nobody. */
  VOID Enqueue(PNET_BUFFER_LIST List, ListChain *Refused);
  VOID SendQueued();
  VOID AbortQueued(NDIS_STATUS Status);
  VOID Cancel(PVOID CancelId);
  BOOLEAN IsIdle();
  BOOLEAN HasStuckFrame();
  VOID AddTo(PNDIS_STATISTICS_INFO Total);

  static MINIPORT_PROCESS_SG_LIST PiecesReady;

private:
  struct COUNTERS {
    ULONG64 Unicasts, Multicasts, Broadcasts, Bytes, Errors;
  };

  IN_FLIGHT *TakeNext();
  NDIS_STATUS Post(IN_FLIGHT *Flight);
  BOOLEAN Gather(IN_FLIGHT *Flight, ULONG Skip, PIECE *Pieces, PULONG Count);
  VOID CopyFrame(IN_FLIGHT *Flight, ULONG Skip, PUCHAR To);
  VOID Finish(IN_FLIGHT *Flight, NDIS_STATUS Status, ListChain *Chain);
  VOID Complete(ListChain *Chain, ULONG Flights);
  VOID Count(PNET_BUFFER Buffer);

  SharedMemory Memory;
  ULONG Stride;
  ULONG CopyBytes;
  ULONG MostPieces;
  IN_FLIGHT *Flights;
  PUCHAR PieceBuffers;
  LIST_ENTRY Free;
  LIST_ENTRY Posted;
  PNET_BUFFER_LIST QueueHead;
  PNET_BUFFER_LIST QueueTail;
  COUNTERS Sent;
};
