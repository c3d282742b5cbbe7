/* From nothing to a paused adapter and back. */
#include "nic.h"

/* In the reverse order of acquisition, the interrupt before anything it uses; safe with nothing acquired. */
PAGE_CODE static VOID Release(PNIC Nic) {
  NicStopHardware(Nic);
  NicDeregisterInterrupt(Nic);
  NicDestroyReceives(Nic);
  NicDestroySends(Nic);
  NicDeregisterDma(Nic);
  NicUnmap(Nic);
  NicDestroyLinkCheck(Nic);
  NdisFreeSpinLock(&Nic->Lock);
  NdisFreeMemory(Nic, 0, 0);
}

PAGE_CODE static NDIS_STATUS Acquire(PNIC Nic, PNDIS_MINIPORT_INIT_PARAMETERS Parameters) {
  NDIS_STATUS status = NicReadConfiguration(Nic);
  if (status == NDIS_STATUS_SUCCESS) status = NicFindResources(Nic, Parameters->AllocatedResources);
  if (status == NDIS_STATUS_SUCCESS) status = NicCreateLinkCheck(Nic);
  if (status == NDIS_STATUS_SUCCESS) status = NicMap(Nic);
  if (status == NDIS_STATUS_SUCCESS) {
    NicResetHardware(Nic);
    status = NicReadAddress(Nic);
  }
  if (status == NDIS_STATUS_SUCCESS) status = NicSetGeneralAttributes(Nic);
  if (status == NDIS_STATUS_SUCCESS) status = NicRegisterDma(Nic);
  if (status == NDIS_STATUS_SUCCESS) status = NicCreateSends(Nic);
  if (status == NDIS_STATUS_SUCCESS) status = NicCreateReceives(Nic);
  if (status == NDIS_STATUS_SUCCESS) status = NicRegisterInterrupt(Nic);
  return status;
}

/* A failure gives everything back here: NDIS does not call MiniportHaltEx then. */
PAGE_CODE NDIS_STATUS NicInitializeEx(NDIS_HANDLE Adapter, NDIS_HANDLE DriverContext,
                                      PNDIS_MINIPORT_INIT_PARAMETERS Parameters) {
  PAGED_CODE();
  UNREFERENCED_PARAMETER(DriverContext);
  PNIC nic = NdisAllocateMemoryWithTagPriority(Adapter, sizeof(NIC), NIC_TAG, NormalPoolPriority);
  if (nic == NULL) return NDIS_STATUS_RESOURCES;
  NdisZeroMemory(nic, sizeof(NIC));
  nic->Adapter = Adapter;
  nic->State = NicPaused;
  NdisAllocateSpinLock(&nic->Lock);
  InitializeListHead(&nic->FreeTcbs);
  InitializeListHead(&nic->PostedTcbs);
  InitializeListHead(&nic->FreeRfds);

  NDIS_STATUS status = NicSetRegistrationAttributes(nic);
  if (status == NDIS_STATUS_SUCCESS) status = Acquire(nic, Parameters);
  if (status != NDIS_STATUS_SUCCESS) Release(nic);
  return status;
}

/* NDIS has paused the adapter: no sends, receives or link checks are under way, whatever the reason of the halt. */
PAGE_CODE VOID NicHaltEx(NDIS_HANDLE Context, NDIS_HALT_ACTION Action) {
  PNIC nic = Context;
  PAGED_CODE();
  if (Action == NdisHaltDeviceSurpriseRemoved) nic->Removed = TRUE;
  nic->Halting = TRUE;
  Release(nic);
}
