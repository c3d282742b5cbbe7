/* The control queue: receive modes, addresses and the number of pairs, answered by the device in its own time. */
#pragma once

#define CONTROL_COMMANDS 16
#define CONTROL_BYTES 256 /* of each command, with its answer in the last byte */

struct CONTROL_COMMAND {
  ULONG Offset;
  BOOLEAN Busy;
  BOOLEAN Asked; /* on behalf of the request */
};

class ControlQueue : public VirtQueue {
public:
  ControlQueue(Adapter *Adapter, USHORT Index) : VirtQueue(Adapter, Index) {}
  PAGE_CODE ~ControlQueue() override;
  PAGE_CODE NDIS_STATUS Create(USHORT Size) override;
  BOOLEAN Serve(PNDIS_RECEIVE_THROTTLE_PARAMETERS Throttle) override;
  VOID Reclaim(NDIS_STATUS Status) override;

  VOID SendMode(UCHAR Mode, BOOLEAN On);
  VOID Send(UCHAR Class, UCHAR Command, const void *Data, ULONG Bytes);

  /* Commands in between belong to a request, which is completed with the last of them. */
  VOID BeginRequest(PNDIS_OID_REQUEST Request);
  NDIS_STATUS EndRequest();

private:
  PNDIS_OID_REQUEST Forget(ULONG Commands);

  SharedMemory Memory;
  CONTROL_COMMAND Commands[CONTROL_COMMANDS];
  PNDIS_OID_REQUEST Request;
  ULONG Unanswered; /* of the request, and one while it is being made */
  NDIS_STATUS Result;
};
