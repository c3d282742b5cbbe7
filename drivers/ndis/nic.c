// A complete and correct NDIS 6.30 miniport for the Intel 82540EM: DMA, interrupts, power, reset, pause and removal.
// expect: clean
#include "nic/nic.h"

DRIVER_INITIALIZE DriverEntry;
static MINIPORT_UNLOAD NicUnload;
static SET_OPTIONS NicSetOptions;

static NDIS_HANDLE NicDriver;

/* This miniport has no optional handlers to register. */
PAGE_CODE static NDIS_STATUS NicSetOptions(NDIS_HANDLE Driver, NDIS_HANDLE Context) {
  PAGED_CODE();
  UNREFERENCED_PARAMETER(Driver);
  UNREFERENCED_PARAMETER(Context);
  return NDIS_STATUS_SUCCESS;
}

PAGE_CODE static VOID NicUnload(PDRIVER_OBJECT DriverObject) {
  PAGED_CODE();
  UNREFERENCED_PARAMETER(DriverObject);
  NdisMDeregisterMiniportDriver(NicDriver);
}

INIT_CODE NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  NDIS_MINIPORT_DRIVER_CHARACTERISTICS miniport = {0};
  miniport.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS;
  miniport.Header.Revision = NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2;
  miniport.Header.Size = NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2;
  miniport.MajorNdisVersion = NDIS_MINIPORT_MAJOR_VERSION;
  miniport.MinorNdisVersion = NDIS_MINIPORT_MINOR_VERSION;
  miniport.MajorDriverVersion = 1;
  miniport.SetOptionsHandler = NicSetOptions;
  miniport.InitializeHandlerEx = NicInitializeEx;
  miniport.HaltHandlerEx = NicHaltEx;
  miniport.UnloadHandler = NicUnload;
  miniport.PauseHandler = NicPause;
  miniport.RestartHandler = NicRestart;
  miniport.OidRequestHandler = NicOidRequest;
  miniport.CancelOidRequestHandler = NicCancelOidRequest;
  miniport.SendNetBufferListsHandler = NicSendNetBufferLists;
  miniport.ReturnNetBufferListsHandler = NicReturnNetBufferLists;
  miniport.CancelSendHandler = NicCancelSend;
  miniport.CheckForHangHandlerEx = NicCheckForHangEx;
  miniport.ResetHandlerEx = NicResetEx;
  miniport.DevicePnPEventNotifyHandler = NicDevicePnPEventNotify;
  miniport.ShutdownHandlerEx = NicShutdownEx;
  return NdisMRegisterMiniportDriver(DriverObject, RegistryPath, NULL, &miniport, &NicDriver);
}
