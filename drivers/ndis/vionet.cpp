// A complete and correct NDIS 6.30 miniport for virtio-net in C++: MSI-X, virtqueues, offloads, power and removal.
// expect: clean
#include "vionet/vionet.h"

#ifndef VIONET_INITIALIZE /* what other samples do in their places */
#define VIONET_INITIALIZE Adapter::InitializeEx
#endif
#ifndef VIONET_HALT
#define VIONET_HALT Adapter::HaltEx
#endif

extern "C" DRIVER_INITIALIZE DriverEntry;
static MINIPORT_UNLOAD Unload;
static SET_OPTIONS SetOptions;

static NDIS_HANDLE Driver;

/* This miniport has no optional handlers to register. */
PAGE_CODE static NDIS_STATUS SetOptions(NDIS_HANDLE, NDIS_HANDLE) {
  PAGED_CODE();
  return NDIS_STATUS_SUCCESS;
}

PAGE_CODE static VOID Unload(PDRIVER_OBJECT) {
  PAGED_CODE();
  NdisMDeregisterMiniportDriver(Driver);
  TraceStop();
}

INIT_CODE NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  NDIS_MINIPORT_DRIVER_CHARACTERISTICS miniport = {};
  miniport.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS;
  miniport.Header.Revision = NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2;
  miniport.Header.Size = NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2;
  miniport.MajorNdisVersion = NDIS_MINIPORT_MAJOR_VERSION;
  miniport.MinorNdisVersion = NDIS_MINIPORT_MINOR_VERSION;
  miniport.MajorDriverVersion = 1;
  miniport.SetOptionsHandler = SetOptions;
  miniport.InitializeHandlerEx = VIONET_INITIALIZE;
  miniport.HaltHandlerEx = VIONET_HALT;
  miniport.UnloadHandler = Unload;
  miniport.PauseHandler = Adapter::Pause;
  miniport.RestartHandler = Adapter::Restart;
  miniport.OidRequestHandler = Adapter::OidRequest;
  miniport.CancelOidRequestHandler = Adapter::CancelOidRequest;
  miniport.SendNetBufferListsHandler = Adapter::SendNetBufferLists;
  miniport.ReturnNetBufferListsHandler = Adapter::ReturnNetBufferLists;
  miniport.CancelSendHandler = Adapter::CancelSend;
  miniport.CheckForHangHandlerEx = Adapter::CheckForHangEx;
  miniport.ResetHandlerEx = Adapter::ResetEx;
  miniport.DevicePnPEventNotifyHandler = Adapter::DevicePnPEventNotify;
  miniport.ShutdownHandlerEx = Adapter::ShutdownEx;
  TraceStart(DriverObject, RegistryPath);
  NDIS_STATUS status = NdisMRegisterMiniportDriver(DriverObject, RegistryPath, NULL, &miniport, &Driver);
  Trace(TraceStates, "loaded: %08x", status);
  if (status != NDIS_STATUS_SUCCESS) TraceStop();
  return status;
}
