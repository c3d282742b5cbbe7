// A miniport of NDIS 6.85 that is polled, its interrupt only asking for NdisPoll, and that sleeps when it is idle.
// expect: clean
#include "ndis-poll-ok/polled.h"

DRIVER_INITIALIZE DriverEntry;
static MINIPORT_UNLOAD Unload;

static NDIS_HANDLE Driver;

static VOID Unload(PDRIVER_OBJECT DriverObject) {
  UNREFERENCED_PARAMETER(DriverObject);
  NdisMDeregisterMiniportDriver(Driver);
}

__declspec(code_seg("INIT")) NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  NDIS_MINIPORT_DRIVER_CHARACTERISTICS miniport = {0};
  miniport.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS;
  miniport.Header.Revision = NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2;
  miniport.Header.Size = NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2;
  miniport.MajorNdisVersion = NDIS_MINIPORT_MAJOR_VERSION;
  miniport.MinorNdisVersion = NDIS_MINIPORT_MINOR_VERSION;
  miniport.MajorDriverVersion = 1;
  miniport.SetOptionsHandler = PolledSetOptions;
  miniport.InitializeHandlerEx = PolledInitializeEx;
  miniport.HaltHandlerEx = PolledHaltEx;
  miniport.UnloadHandler = Unload;
  miniport.PauseHandler = PolledPause;
  miniport.RestartHandler = PolledRestart;
  miniport.OidRequestHandler = PolledOidRequest;
  miniport.CancelOidRequestHandler = PolledCancelOidRequest;
  miniport.SendNetBufferListsHandler = PolledSend;
  miniport.ReturnNetBufferListsHandler = PolledReturn;
  miniport.CancelSendHandler = PolledCancelSend;
  miniport.DevicePnPEventNotifyHandler = PolledEvent;
  miniport.ShutdownHandlerEx = PolledShutdown;
  return NdisMRegisterMiniportDriver(DriverObject, RegistryPath, NULL, &miniport, &Driver);
}
