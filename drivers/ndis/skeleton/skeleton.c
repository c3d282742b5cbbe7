/* The samples' common part: the miniport's entry points, its hardware, and the right way of every step. */
#include "skeleton.h"

#define SAMPLE_TAG 0x646e6d53 /* "Smnd" in memory */
#define CHECK_FOR_HANG_SECONDS 2

DRIVER_INITIALIZE DriverEntry;
static MINIPORT_INITIALIZE SampleInitializeEx;
static MINIPORT_HALT SampleHaltEx;
static MINIPORT_UNLOAD SampleUnload;
static MINIPORT_PAUSE SamplePause;
static MINIPORT_RESTART SampleRestart;
static MINIPORT_OID_REQUEST SampleOid;
static MINIPORT_SEND_NET_BUFFER_LISTS SampleSend;
static MINIPORT_RETURN_NET_BUFFER_LISTS SampleReturn;
static MINIPORT_CANCEL_SEND SampleCancelSend;
static MINIPORT_CHECK_FOR_HANG SampleCheckForHang;
static MINIPORT_RESET SampleReset;
static MINIPORT_DEVICE_PNP_EVENT_NOTIFY SampleEvent;
static MINIPORT_SHUTDOWN SampleShutdown;
static MINIPORT_CANCEL_OID_REQUEST SampleCancelOid;
static MINIPORT_ISR SampleIsr;
static MINIPORT_INTERRUPT_DPC SampleDpc;

static NDIS_HANDLE Driver;

/* Of the statuses that a mapping can fail with, NDIS itself logs only the conflict. */
NDIS_STATUS SampleMapResult(PSAMPLE Sample, NDIS_STATUS Status) {
  if (Status == NDIS_STATUS_RESOURCES) {
    NdisWriteErrorLogEntry(Sample->Adapter, NDIS_ERROR_CODE_OUT_OF_RESOURCES, 0);
  } else if (Status == NDIS_STATUS_FAILURE) {
    NdisWriteErrorLogEntry(Sample->Adapter, NDIS_ERROR_CODE_UNSUPPORTED_CONFIGURATION, 0);
  }
  return Status;
}

NDIS_STATUS SampleMap(PSAMPLE Sample) {
  return SampleMapResult(
      Sample, NdisMMapIoSpace((PVOID *)&Sample->Registers, Sample->Adapter, Sample->Address, Sample->Length));
}

NDIS_STATUS SampleRegisterPorts(PSAMPLE Sample) {
  if (!Sample->PortsReachable) return NDIS_STATUS_SUCCESS;
  NDIS_STATUS status =
      NdisMRegisterIoPortRange((PVOID *)&Sample->PortOffset, Sample->Adapter, Sample->FirstPort, Sample->Ports);
  Sample->PortsRegistered = status == NDIS_STATUS_SUCCESS;
  return SampleMapResult(Sample, status);
}

static NDIS_STATUS RegisterInterrupt(PSAMPLE Sample) {
  NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS interrupt = {0};
  interrupt.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
  interrupt.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
  interrupt.Header.Size = NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
  interrupt.InterruptHandler = SampleIsr;
  interrupt.InterruptDpcHandler = SampleDpc;
  return NdisMRegisterInterruptEx(Sample->Adapter, Sample, &interrupt, &Sample->Interrupt);
}

VOID SampleQuiet(PSAMPLE Sample) {
  if (Sample->Registers != NULL && !Sample->Removed) NdisWriteRegisterUlong(Sample->Registers + REG_IMC, ALL_CAUSES);
}

VOID SampleDeregisterInterrupt(PSAMPLE Sample) {
  if (Sample->Interrupt == NULL) return;
  NdisMDeregisterInterruptEx(Sample->Interrupt);
  Sample->Interrupt = NULL;
}

VOID SampleDeregisterPorts(PSAMPLE Sample) {
  if (!Sample->PortsRegistered) return;
  NdisMDeregisterIoPortRange(Sample->Adapter, Sample->FirstPort, Sample->Ports, Sample->PortOffset);
  Sample->PortsRegistered = FALSE;
}

VOID SampleUnmap(PSAMPLE Sample) {
  if (Sample->Registers == NULL) return;
  NdisMUnmapIoSpace(Sample->Adapter, Sample->Registers, Sample->Length);
  Sample->Registers = NULL;
}

/* In the reverse order of acquisition; safe with nothing acquired. */
VOID SampleRelease(PSAMPLE Sample) {
  SampleQuiet(Sample);
  SampleDeregisterInterrupt(Sample);
  SampleDeregisterPorts(Sample);
  SampleUnmap(Sample);
}

/* On a bus that shows its ports in memory no instruction reaches them: their translated resource is no port then. */
static BOOLEAN HasPorts(PSAMPLE Sample) {
  PCM_RESOURCE_LIST translated = NULL;
  NdisMGetDeviceProperty(Sample->Adapter, NULL, NULL, NULL, NULL, &translated);
  if (translated == NULL || translated->Count == 0) return FALSE;
  PNDIS_RESOURCE_LIST list = &translated->List[0].PartialResourceList;
  for (ULONG i = 0; i < list->Count; i++) {
    if (list->PartialDescriptors[i].Type == CmResourceTypePort) return TRUE;
  }
  return FALSE;
}

static NDIS_STATUS FindResources(PSAMPLE Sample, PNDIS_RESOURCE_LIST List) {
  Sample->PortsReachable = HasPorts(Sample);
  for (ULONG i = 0; List != NULL && i < List->Count; i++) {
    PCM_PARTIAL_RESOURCE_DESCRIPTOR descriptor = &List->PartialDescriptors[i];
    if (descriptor->Type == CmResourceTypeMemory && Sample->Length == 0) {
      Sample->Address = descriptor->u.Memory.Start;
      Sample->Length = descriptor->u.Memory.Length;
    } else if (descriptor->Type == CmResourceTypePort && Sample->Ports == 0) {
      Sample->FirstPort = NdisGetPhysicalAddressLow(descriptor->u.Port.Start);
      Sample->Ports = descriptor->u.Port.Length;
    }
  }
  return Sample->Length != 0 ? NDIS_STATUS_SUCCESS : NDIS_STATUS_RESOURCE_CONFLICT;
}

static NDIS_STATUS SetRegistrationAttributes(PSAMPLE Sample) {
  NDIS_MINIPORT_ADAPTER_ATTRIBUTES attributes = {0};
  PNDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES registration = &attributes.RegistrationAttributes;
  registration->Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES;
  registration->Header.Revision = NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;
  registration->Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;
  registration->MiniportAdapterContext = Sample;
  registration->AttributeFlags = NDIS_MINIPORT_ATTRIBUTES_HARDWARE_DEVICE |
                                 NDIS_MINIPORT_ATTRIBUTES_SURPRISE_REMOVE_OK | SampleHooks.AttributeFlags;
  registration->CheckForHangTimeInSeconds = CHECK_FOR_HANG_SECONDS;
  registration->InterfaceType = NdisInterfacePci;
  return NdisMSetMiniportAttributes(Sample->Adapter, &attributes);
}

/* What a receive address register holds after power-up comes from the card's EEPROM. */
static VOID ReadMac(PSAMPLE Sample) {
  ULONG low, high;
  NdisReadRegisterUlong(Sample->Registers + REG_RAL, &low);
  NdisReadRegisterUlong(Sample->Registers + REG_RAH, &high);
  for (ULONG i = 0; i < ETH_LENGTH_OF_ADDRESS; i++) {
    Sample->Mac[i] = (UCHAR)(i < 4 ? low >> (8 * i) : high >> (8 * (i - 4)));
  }
}

static NDIS_STATUS Acquire(PSAMPLE Sample) {
  NDIS_STATUS status = (SampleHooks.Map != NULL ? SampleHooks.Map : SampleMap)(Sample);
  if (status != NDIS_STATUS_SUCCESS) return status;
  status = (SampleHooks.RegisterPorts != NULL ? SampleHooks.RegisterPorts : SampleRegisterPorts)(Sample);
  if (status != NDIS_STATUS_SUCCESS) return status;
  if (Sample->Registers != NULL) ReadMac(Sample);
  status = SampleSetGeneralAttributes(Sample);
  if (status != NDIS_STATUS_SUCCESS) return status;
  SampleQuiet(Sample);
  status = RegisterInterrupt(Sample);
  if (status != NDIS_STATUS_SUCCESS) return status;
  return SampleHooks.Initialized != NULL ? SampleHooks.Initialized(Sample) : NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS SampleInitializeEx(NDIS_HANDLE Adapter, NDIS_HANDLE DriverContext,
                                      PNDIS_MINIPORT_INIT_PARAMETERS Parameters) {
  UNREFERENCED_PARAMETER(DriverContext);
  UINT length = (UINT)ALIGN_UP_BY(sizeof(SAMPLE), 16) + SampleHooks.ContextSize;
  PSAMPLE sample = NdisAllocateMemoryWithTagPriority(Adapter, length, SAMPLE_TAG, NormalPoolPriority);
  if (sample == NULL) return NDIS_STATUS_RESOURCES;
  NdisZeroMemory(sample, length);
  sample->Adapter = Adapter;
  sample->Context = (PUCHAR)sample + ALIGN_UP_BY(sizeof(SAMPLE), 16);

  NDIS_STATUS status = FindResources(sample, Parameters->AllocatedResources);
  if (status == NDIS_STATUS_SUCCESS && SampleHooks.BeforeAttributes != NULL) {
    status = SampleHooks.BeforeAttributes(sample);
  }
  if (status == NDIS_STATUS_SUCCESS) status = SetRegistrationAttributes(sample);
  if (status == NDIS_STATUS_SUCCESS) status = Acquire(sample);
  if (status != NDIS_STATUS_SUCCESS) {
    (SampleHooks.Unwind != NULL ? SampleHooks.Unwind : SampleRelease)(sample);
    NdisFreeMemory(sample, 0, 0);
  }
  return status;
}

/* Only ever called for a paused adapter. */
static VOID SampleHaltEx(NDIS_HANDLE Context, NDIS_HALT_ACTION Action) {
  PSAMPLE sample = Context;
  if (Action == NdisHaltDeviceSurpriseRemoved) sample->Removed = TRUE;
  if (SampleHooks.Release != NULL) {
    SampleHooks.Release(sample, Action);
  } else {
    SampleRelease(sample);
  }
  NdisFreeMemory(sample, 0, 0);
}

static NDIS_STATUS SampleRestart(NDIS_HANDLE Context, PNDIS_MINIPORT_RESTART_PARAMETERS Parameters) {
  UNREFERENCED_PARAMETER(Parameters);
  PSAMPLE sample = Context;
  NDIS_STATUS status = SampleHooks.Restart != NULL ? SampleHooks.Restart(sample) : NDIS_STATUS_SUCCESS;
  if (status == NDIS_STATUS_SUCCESS && sample->Registers != NULL && !sample->Removed) {
    NdisWriteRegisterUlong(sample->Registers + REG_IMS, CAUSE_LINK);
    NdisWriteRegisterUlong(sample->Registers + REG_ICS, CAUSE_LINK);
  }
  return status;
}

static NDIS_STATUS SamplePause(NDIS_HANDLE Context, PNDIS_MINIPORT_PAUSE_PARAMETERS Parameters) {
  UNREFERENCED_PARAMETER(Parameters);
  PSAMPLE sample = Context;
  SampleQuiet(sample);
  if (SampleHooks.Pause != NULL) SampleHooks.Pause(sample);
  return NDIS_STATUS_SUCCESS;
}

static BOOLEAN SampleIsr(NDIS_HANDLE Context, PBOOLEAN QueueDpc, PULONG TargetProcessors) {
  PSAMPLE sample = Context;
  ULONG causes;
  *QueueDpc = FALSE;
  *TargetProcessors = 0;
  NdisReadRegisterUlong(sample->Registers + REG_ICR, &causes);
  if (causes == 0 || causes == GONE) return FALSE;
  *QueueDpc = (causes & CAUSE_LINK) != 0;
  return TRUE;
}

static VOID SampleDpc(NDIS_HANDLE Context, PVOID DpcContext, PVOID Throttle, PVOID Reserved) {
  UNREFERENCED_PARAMETER(DpcContext);
  UNREFERENCED_PARAMETER(Throttle);
  UNREFERENCED_PARAMETER(Reserved);
  PSAMPLE sample = Context;
  InterlockedIncrement(&sample->LinkChanges);
  if (SampleHooks.Dpc != NULL) SampleHooks.Dpc(sample);
}

static NDIS_STATUS SampleOid(NDIS_HANDLE Context, PNDIS_OID_REQUEST Request) {
  return SampleOidRequest(Context, Request);
}

static VOID SampleCancelOid(NDIS_HANDLE Context, PVOID RequestId) {
  UNREFERENCED_PARAMETER(Context);
  UNREFERENCED_PARAMETER(RequestId);
}

/* The samples keep their cable unplugged: nothing is ever sent or received. */
static VOID SampleSend(NDIS_HANDLE Context, PNET_BUFFER_LIST NetBufferLists, NDIS_PORT_NUMBER Port, ULONG Flags) {
  UNREFERENCED_PARAMETER(Port);
  for (PNET_BUFFER_LIST list = NetBufferLists; list != NULL; list = NET_BUFFER_LIST_NEXT_NBL(list)) {
    NET_BUFFER_LIST_STATUS(list) = NDIS_STATUS_MEDIA_DISCONNECTED;
  }
  ULONG flags = NDIS_TEST_SEND_AT_DISPATCH_LEVEL(Flags) ? NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL : 0;
  NdisMSendNetBufferListsComplete(((PSAMPLE)Context)->Adapter, NetBufferLists, flags);
}

static VOID SampleReturn(NDIS_HANDLE Context, PNET_BUFFER_LIST NetBufferLists, ULONG Flags) {
  UNREFERENCED_PARAMETER(Context);
  UNREFERENCED_PARAMETER(NetBufferLists);
  UNREFERENCED_PARAMETER(Flags);
}

static VOID SampleCancelSend(NDIS_HANDLE Context, PVOID CancelId) {
  UNREFERENCED_PARAMETER(Context);
  UNREFERENCED_PARAMETER(CancelId);
}

static BOOLEAN SampleCheckForHang(NDIS_HANDLE Context) {
  UNREFERENCED_PARAMETER(Context);
  return FALSE;
}

static NDIS_STATUS SampleReset(NDIS_HANDLE Context, PBOOLEAN AddressingReset) {
  UNREFERENCED_PARAMETER(Context);
  *AddressingReset = FALSE;
  return NDIS_STATUS_SUCCESS;
}

static VOID SampleEvent(NDIS_HANDLE Context, PNET_DEVICE_PNP_EVENT Event) {
  PSAMPLE sample = Context;
  if (Event->DevicePnPEvent == NdisDevicePnPEventSurpriseRemoved) sample->Removed = TRUE;
  if (SampleHooks.Event != NULL) SampleHooks.Event(sample, Event->DevicePnPEvent);
}

static VOID SampleShutdown(NDIS_HANDLE Context, NDIS_SHUTDOWN_ACTION Action) {
  if (SampleHooks.Shutdown != NULL) {
    SampleHooks.Shutdown(Context, Action);
  } else if (Action == NdisShutdownPowerOff) {
    SampleQuiet(Context);
  }
}

static VOID SampleUnload(PDRIVER_OBJECT DriverObject) {
  UNREFERENCED_PARAMETER(DriverObject);
  if (SampleHooks.Unload != NULL) SampleHooks.Unload();
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
  miniport.InitializeHandlerEx = SampleInitializeEx;
  miniport.HaltHandlerEx = SampleHaltEx;
  miniport.UnloadHandler = SampleUnload;
  miniport.PauseHandler = SamplePause;
  miniport.RestartHandler = SampleRestart;
  miniport.OidRequestHandler = SampleOid;
  miniport.SendNetBufferListsHandler = SampleSend;
  miniport.ReturnNetBufferListsHandler = SampleReturn;
  miniport.CancelSendHandler = SampleCancelSend;
  miniport.CheckForHangHandlerEx = SampleCheckForHang;
  miniport.ResetHandlerEx = SampleReset;
  miniport.DevicePnPEventNotifyHandler = SampleEvent;
  miniport.ShutdownHandlerEx = SampleShutdown;
  miniport.CancelOidRequestHandler = SampleCancelOid;
  NDIS_STATUS status = NdisMRegisterMiniportDriver(DriverObject, RegistryPath, NULL, &miniport, &Driver);
  if (status != NDIS_STATUS_SUCCESS) return status;
  if (SampleHooks.DriverEntry != NULL) status = SampleHooks.DriverEntry();
  if (status != NDIS_STATUS_SUCCESS) NdisMDeregisterMiniportDriver(Driver);
  return status;
}
