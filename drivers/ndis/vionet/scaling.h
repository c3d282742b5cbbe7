/* Receive side scaling: which processor looks after which frames, and the hash that says so. */
#pragma once

#define SCALING_ENTRIES 128
#define SCALING_KEY_BYTES 40

class ReceiveScaling {
public:
  VOID Initialize(BOOLEAN Wanted) { Possible = Wanted; }
  /* Null when the administrator does not want it. */
  PAGE_CODE PNDIS_RECEIVE_SCALE_CAPABILITIES Capabilities(ULONG Messages, ULONG Queues);
  NDIS_STATUS Set(const NDIS_RECEIVE_SCALE_PARAMETERS *Parameters, ULONG Length);
  VOID Disable() { Enabled = FALSE; }

  /* Marks a frame that is about to be indicated. */
  VOID Mark(const UCHAR *Bytes, ULONG Length, PNET_BUFFER_LIST List) const;
  /* Where the DPC of a queue has to run: that of the table, or where its interrupt came. */
  GROUP_AFFINITY TargetOf(ULONG Pair) const;

private:
  ULONG Hash(const UCHAR *Input, ULONG Length, ULONG Start) const;

  BOOLEAN Possible;
  volatile BOOLEAN Enabled;
  ULONG HashInformation;
  ULONG Entries;
  PROCESSOR_NUMBER Table[SCALING_ENTRIES];
  UCHAR Key[SCALING_KEY_BYTES];
  NDIS_RECEIVE_SCALE_CAPABILITIES Offered;
};
