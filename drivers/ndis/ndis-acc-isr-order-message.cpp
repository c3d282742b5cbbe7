// Unmaps the registers of a card with MSI-X before it deregisters the messages, as if only a line could interrupt.
// expect: NDIS-ACC-ISR-ORDER error halt
#include "vionet/vionet.h"

PAGE_CODE static VOID UnmapFirst(NDIS_HANDLE Context, NDIS_HALT_ACTION Action) {
  ((Adapter *)Context)->Device->Unmap();
  Adapter::HaltEx(Context, Action);
}

#define VIONET_HALT UnmapFirst
#include "vionet.cpp"
