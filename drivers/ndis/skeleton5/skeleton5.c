/* The NDIS 5 samples' common part: the miniport's entry points, its hardware, and the right way of every step. */
#include "skeleton5.h"

#define SAMPLE_TAG 0x35646e53 /* "Snd5" in memory */
#define CHECK_FOR_HANG_SECONDS 2
#define RESOURCES_MOST 10

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD SampleUnload;

static NDIS_HANDLE Wrapper;

/* Of the statuses that a mapping can fail with, NDIS itself logs only the conflict. */
NDIS_STATUS SampleMap(PSAMPLE Sample) {
  NDIS_STATUS status =
      NdisMMapIoSpace((PVOID *)&Sample->Registers, Sample->Adapter, Sample->Address, Sample->Length);
  if (status == NDIS_STATUS_RESOURCES || status == NDIS_STATUS_FAILURE) {
    NdisWriteErrorLogEntry(Sample->Adapter, NDIS_ERROR_CODE_OUT_OF_RESOURCES, 0);
  }
  return status;
}

VOID SampleQuiet(PSAMPLE Sample) {
  if (Sample->Registers != NULL && !Sample->Removed) NdisWriteRegisterUlong(Sample->Registers + REG_IMC, ALL_CAUSES);
}

VOID SampleDeregisterInterrupt(PSAMPLE Sample) {
  if (!Sample->InterruptRegistered) return;
  NdisMDeregisterInterrupt(&Sample->Interrupt);
  Sample->InterruptRegistered = FALSE;
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
  SampleUnmap(Sample);
}

static NDIS_STATUS FindResources(PSAMPLE Sample, NDIS_HANDLE Configuration) {
  UCHAR storage[sizeof(NDIS_RESOURCE_LIST) + RESOURCES_MOST * sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR)];
  PNDIS_RESOURCE_LIST list = (PNDIS_RESOURCE_LIST)storage;
  UINT bytes = sizeof(storage);
  NDIS_STATUS status;
  NdisMQueryAdapterResources(&status, Configuration, list, &bytes);
  if (status != NDIS_STATUS_SUCCESS) return status;
  for (ULONG i = 0; i < list->Count; i++) {
    PCM_PARTIAL_RESOURCE_DESCRIPTOR descriptor = &list->PartialDescriptors[i];
    if (descriptor->Type == CmResourceTypeMemory && Sample->Length == 0) {
      Sample->Address = descriptor->u.Memory.Start;
      Sample->Length = descriptor->u.Memory.Length;
    } else if (descriptor->Type == CmResourceTypeInterrupt) {
      Sample->Level = descriptor->u.Interrupt.Level;
      Sample->Vector = descriptor->u.Interrupt.Vector;
    }
  }
  return Sample->Length != 0 ? NDIS_STATUS_SUCCESS : NDIS_STATUS_ADAPTER_NOT_FOUND;
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
  ReadMac(Sample);
  SampleQuiet(Sample);
  status = NdisMRegisterInterrupt(&Sample->Interrupt, Sample->Adapter, Sample->Vector, Sample->Level, TRUE, TRUE,
                                  NdisInterruptLevelSensitive);
  Sample->InterruptRegistered = status == NDIS_STATUS_SUCCESS;
  if (status != NDIS_STATUS_SUCCESS) return status;
  return SampleHooks.Initialized != NULL ? SampleHooks.Initialized(Sample) : NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS NTAPI SampleInitialize(PNDIS_STATUS OpenErrorStatus, PUINT SelectedMedium, PNDIS_MEDIUM Media,
                                          UINT MediaCount, NDIS_HANDLE Adapter, NDIS_HANDLE Configuration) {
  PSAMPLE sample;
  UINT medium = 0;
  *OpenErrorStatus = NDIS_STATUS_SUCCESS;
  while (medium < MediaCount && Media[medium] != NdisMedium802_3) medium++;
  if (medium == MediaCount) return NDIS_STATUS_UNSUPPORTED_MEDIA;
  *SelectedMedium = medium;
  NDIS_STATUS status = NdisAllocateMemoryWithTag((PVOID *)&sample, sizeof(*sample), SAMPLE_TAG);
  if (status != NDIS_STATUS_SUCCESS) return status;
  NdisZeroMemory(sample, sizeof(*sample));
  sample->Adapter = Adapter;
  status = FindResources(sample, Configuration);
  if (status == NDIS_STATUS_SUCCESS && SampleHooks.BeforeAttributes != NULL) {
    status = SampleHooks.BeforeAttributes(sample);
  }
  if (status == NDIS_STATUS_SUCCESS) {
    NdisMSetAttributesEx(Adapter, sample, CHECK_FOR_HANG_SECONDS,
                         NDIS_ATTRIBUTE_DESERIALIZE | NDIS_ATTRIBUTE_SURPRISE_REMOVE_OK, NdisInterfacePci);
    status = Acquire(sample);
  }
  if (status != NDIS_STATUS_SUCCESS) {
    (SampleHooks.Unwind != NULL ? SampleHooks.Unwind : SampleRelease)(sample);
    NdisFreeMemory(sample, sizeof(*sample), 0);
  }
  return status;
}

static VOID NTAPI SampleHalt(NDIS_HANDLE Context) {
  (SampleHooks.Release != NULL ? SampleHooks.Release : SampleRelease)(Context);
  NdisFreeMemory(Context, sizeof(SAMPLE), 0);
}

/* The samples let no interrupt through; the line is shared with other cards. */
static VOID NTAPI SampleIsr(PBOOLEAN Recognized, PBOOLEAN Queue, NDIS_HANDLE Context) {
  ULONG causes;
  NdisReadRegisterUlong(((PSAMPLE)Context)->Registers + REG_ICR, &causes);
  *Recognized = causes != 0 && causes != GONE;
  *Queue = FALSE;
}

static VOID NTAPI SampleHandleInterrupt(NDIS_HANDLE Context) { UNREFERENCED_PARAMETER(Context); }

/* The samples keep their cable unplugged: nothing is ever sent or received. */
static VOID NTAPI SampleSendPackets(NDIS_HANDLE Context, PPNDIS_PACKET Packets, UINT Count) {
  NDIS_HANDLE adapter = ((PSAMPLE)Context)->Adapter;
  for (UINT i = 0; i < Count; i++) NdisMSendComplete(adapter, Packets[i], NDIS_STATUS_NO_CABLE);
}

static VOID NTAPI SampleReturnPacket(NDIS_HANDLE Context, PNDIS_PACKET Packet) {
  UNREFERENCED_PARAMETER(Context);
  UNREFERENCED_PARAMETER(Packet);
}

static NDIS_STATUS NTAPI SampleReset(PBOOLEAN AddressingReset, NDIS_HANDLE Context) {
  *AddressingReset = FALSE;
  if (SampleHooks.Reset != NULL) SampleHooks.Reset(Context);
  return NDIS_STATUS_SUCCESS;
}

static VOID NTAPI SampleEvent(NDIS_HANDLE Context, NDIS_DEVICE_PNP_EVENT Event, PVOID Buffer, ULONG Length) {
  PSAMPLE sample = Context;
  UNREFERENCED_PARAMETER(Buffer);
  UNREFERENCED_PARAMETER(Length);
  if (Event != NdisDevicePnPEventSurpriseRemoved) return;
  sample->Removed = TRUE;
  if (SampleHooks.Removed != NULL) SampleHooks.Removed(sample);
}

static VOID NTAPI SampleShutdown(NDIS_HANDLE Context) {
  (SampleHooks.Shutdown != NULL ? SampleHooks.Shutdown : SampleQuiet)(Context);
}

static VOID SampleUnload(PDRIVER_OBJECT DriverObject) { UNREFERENCED_PARAMETER(DriverObject); }

__declspec(code_seg("INIT")) NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  NDIS_MINIPORT_CHARACTERISTICS miniport = {0};
  NdisMInitializeWrapper(&Wrapper, DriverObject, RegistryPath, NULL);
  miniport.MajorNdisVersion = NDIS_MINIPORT_MAJOR_VERSION;
  miniport.MinorNdisVersion = NDIS_MINIPORT_MINOR_VERSION;
  miniport.InitializeHandler = SampleInitialize;
  miniport.HaltHandler = SampleHalt;
  miniport.ISRHandler = SampleIsr;
  miniport.HandleInterruptHandler = SampleHandleInterrupt;
  miniport.QueryInformationHandler = SampleQuery;
  miniport.SetInformationHandler = SampleSet;
  miniport.ResetHandler = SampleReset;
  miniport.SendPacketsHandler = SampleSendPackets;
  miniport.ReturnPacketHandler = SampleReturnPacket;
  miniport.PnPEventNotifyHandler = SampleEvent;
  miniport.AdapterShutdownHandler = SampleShutdown;
  NDIS_STATUS status = NdisMRegisterMiniport(Wrapper, &miniport, sizeof(miniport));
  if (status != NDIS_STATUS_SUCCESS) {
    NdisTerminateWrapper(Wrapper, NULL);
    return status;
  }
  NdisMRegisterUnloadHandler(Wrapper, SampleUnload);
  return NDIS_STATUS_SUCCESS;
}
