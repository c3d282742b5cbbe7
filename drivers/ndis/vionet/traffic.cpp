/* What NDIS gives and takes back. */
#include "vionet.h"

/* Lists that belong together keep to one queue, by their hash or else by processor. */
VOID Adapter::SendNetBufferLists(NDIS_HANDLE Context, PNET_BUFFER_LIST Lists, NDIS_PORT_NUMBER, ULONG Flags) {
  Adapter *adapter = (Adapter *)Context;
  ListChain refused;
  KIRQL irql = DISPATCH_LEVEL;
  BOOLEAN raise = !NDIS_TEST_SEND_AT_DISPATCH_LEVEL(Flags);
  if (raise) NDIS_RAISE_IRQL_TO_DISPATCH(&irql);
  ULONG here = NdisCurrentGroupAndProcessor().Number;
  while (Lists != NULL) {
    PNET_BUFFER_LIST next = NET_BUFFER_LIST_NEXT_NBL(Lists);
    ULONG hash = NET_BUFFER_LIST_GET_HASH_VALUE(Lists);
    adapter->Transmits[(hash != 0 ? hash : here) % adapter->Pairs]->Enqueue(Lists, &refused);
    Lists = next;
  }
  if (refused.Head != NULL) {
    NdisMSendNetBufferListsComplete(adapter->Miniport, refused.Head, NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL);
  }
  for (ULONG i = 0; i < adapter->Pairs; i++) adapter->Transmits[i]->SendQueued();
  if (raise) NDIS_LOWER_IRQL(irql, DISPATCH_LEVEL);
}

VOID Adapter::ReturnNetBufferLists(NDIS_HANDLE, PNET_BUFFER_LIST Lists, ULONG) {
  while (Lists != NULL) {
    PNET_BUFFER_LIST next = NET_BUFFER_LIST_NEXT_NBL(Lists);
    ReceiveQueue::Return(Lists);
    Lists = next;
  }
}

VOID Adapter::CancelSend(NDIS_HANDLE Context, PVOID CancelId) {
  Adapter *adapter = (Adapter *)Context;
  for (ULONG i = 0; i < adapter->Pairs; i++) adapter->Transmits[i]->Cancel(CancelId);
}
