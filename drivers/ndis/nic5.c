// A complete and correct NDIS 5.1 miniport for the Intel 82540EM, as for Windows Server 2003: no pause, packets, deserialized.
// expect: clean
#include "nic5/nic5.h"

#define CHECK_FOR_HANG_SECONDS 2
#define DEFAULT_LINK_CHECK_SECONDS 2
#define RESOURCES_MOST 10

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD NicUnload;

static NDIS_HANDLE Wrapper;

static NDIS_STATUS FindResources(PNIC Nic, NDIS_HANDLE Configuration) {
  UCHAR storage[sizeof(NDIS_RESOURCE_LIST) + RESOURCES_MOST * sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR)];
  PNDIS_RESOURCE_LIST list = (PNDIS_RESOURCE_LIST)storage;
  UINT bytes = sizeof(storage);
  NDIS_STATUS status;
  BOOLEAN memory = FALSE, interrupt = FALSE;
  NdisMQueryAdapterResources(&status, Configuration, list, &bytes);
  if (status != NDIS_STATUS_SUCCESS) return status;
  for (ULONG i = 0; i < list->Count; i++) {
    PCM_PARTIAL_RESOURCE_DESCRIPTOR descriptor = &list->PartialDescriptors[i];
    if (descriptor->Type == CmResourceTypeMemory && !memory) {
      memory = descriptor->u.Memory.Length >= NIC_REGISTER_BYTES;
      Nic->Address = descriptor->u.Memory.Start;
    } else if (descriptor->Type == CmResourceTypeInterrupt && !interrupt) {
      interrupt = TRUE;
      Nic->InterruptLevel = descriptor->u.Interrupt.Level;
      Nic->InterruptVector = descriptor->u.Interrupt.Vector;
      Nic->InterruptMode = descriptor->Flags & CM_RESOURCE_INTERRUPT_LATCHED ? NdisInterruptLatched
                                                                             : NdisInterruptLevelSensitive;
    }
  }
  return memory && interrupt ? NDIS_STATUS_SUCCESS : NDIS_STATUS_ADAPTER_NOT_FOUND;
}

static VOID ReadConfiguration(PNIC Nic, NDIS_HANDLE Configuration) {
  NDIS_STRING keyword = NDIS_STRING_CONST("LinkCheckSeconds");
  PNDIS_CONFIGURATION_PARAMETER value;
  NDIS_STATUS status;
  NDIS_HANDLE key;
  PVOID address;
  UINT length;
  Nic->LinkCheckSeconds = DEFAULT_LINK_CHECK_SECONDS;
  NdisMoveMemory(Nic->CurrentAddress, Nic->PermanentAddress, ETH_LENGTH_OF_ADDRESS);
  NdisOpenConfiguration(&status, &key, Configuration);
  if (status != NDIS_STATUS_SUCCESS) return;
  NdisReadConfiguration(&status, &value, key, &keyword, NdisParameterInteger);
  if (status == NDIS_STATUS_SUCCESS && value->ParameterData.IntegerData > 0) {
    Nic->LinkCheckSeconds = min(value->ParameterData.IntegerData, 60);
  }
  NdisReadNetworkAddress(&status, &address, &length, key);
  if (status == NDIS_STATUS_SUCCESS && length == ETH_LENGTH_OF_ADDRESS && (*(PUCHAR)address & 0x03) == 0x02) {
    NdisMoveMemory(Nic->CurrentAddress, address, ETH_LENGTH_OF_ADDRESS);
  }
  NdisCloseConfiguration(key);
}

static VOID NTAPI CheckLink(PVOID SystemSpecific1, PVOID Context, PVOID SystemSpecific2, PVOID SystemSpecific3) {
  UNREFERENCED_PARAMETER(SystemSpecific1);
  UNREFERENCED_PARAMETER(SystemSpecific2);
  UNREFERENCED_PARAMETER(SystemSpecific3);
  NicReportLink(Context);
}

/* NDIS itself logs conflicts. */
static NDIS_STATUS Map(PNIC Nic) {
  NDIS_STATUS status =
      NdisMMapIoSpace((PVOID *)&Nic->Registers, Nic->Adapter, Nic->Address, NIC_REGISTER_BYTES);
  if (status == NDIS_STATUS_RESOURCES || status == NDIS_STATUS_FAILURE) {
    NdisWriteErrorLogEntry(Nic->Adapter, NDIS_ERROR_CODE_OUT_OF_RESOURCES, 1, (ULONG)status);
  }
  return status;
}

static NDIS_STATUS RegisterInterrupt(PNIC Nic) {
  NDIS_STATUS status = NdisMRegisterInterrupt(&Nic->Interrupt, Nic->Adapter, Nic->InterruptVector,
                                              Nic->InterruptLevel, TRUE, TRUE, Nic->InterruptMode);
  Nic->InterruptRegistered = status == NDIS_STATUS_SUCCESS;
  if (!Nic->InterruptRegistered) {
    NdisWriteErrorLogEntry(Nic->Adapter, NDIS_ERROR_CODE_INTERRUPT_CONNECT, 1, (ULONG)status);
  }
  return status;
}

static NDIS_STATUS Acquire(PNIC Nic, NDIS_HANDLE Configuration) {
  NDIS_STATUS status = FindResources(Nic, Configuration);
  if (status == NDIS_STATUS_SUCCESS) status = Map(Nic);
  if (status == NDIS_STATUS_SUCCESS) {
    NicReset(Nic);
    status = NicReadAddress(Nic);
  }
  if (status != NDIS_STATUS_SUCCESS) return status;
  ReadConfiguration(Nic, Configuration);
  status = NicCreateTransfers(Nic);
  if (status == NDIS_STATUS_SUCCESS) status = RegisterInterrupt(Nic);
  if (status != NDIS_STATUS_SUCCESS) return status;
  NdisMInitializeTimer(&Nic->LinkTimer, Nic->Adapter, CheckLink, Nic);
  Nic->TimerInitialized = TRUE;
  return NDIS_STATUS_SUCCESS;
}

/* In the reverse order of acquisition, the interrupt before anything it uses; safe with nothing acquired. */
static VOID Release(PNIC Nic) {
  if (Nic->Registers != NULL) NicStop(Nic);
  if (Nic->InterruptRegistered) NdisMDeregisterInterrupt(&Nic->Interrupt);
  NicDestroyTransfers(Nic);
  if (Nic->Registers != NULL) NdisMUnmapIoSpace(Nic->Adapter, Nic->Registers, NIC_REGISTER_BYTES);
  NdisFreeSpinLock(&Nic->Lock);
  NdisFreeMemory(Nic, sizeof(*Nic), 0);
}

static UINT FindEthernet(PNDIS_MEDIUM Media, UINT Count) {
  UINT at = 0;
  while (at < Count && Media[at] != NdisMedium802_3) at++;
  return at;
}

static NDIS_STATUS NTAPI NicInitialize(PNDIS_STATUS OpenErrorStatus, PUINT SelectedMedium, PNDIS_MEDIUM Media,
                                       UINT MediaCount, NDIS_HANDLE Adapter, NDIS_HANDLE Configuration) {
  PNIC nic;
  *OpenErrorStatus = NDIS_STATUS_SUCCESS;
  *SelectedMedium = FindEthernet(Media, MediaCount);
  if (*SelectedMedium == MediaCount) return NDIS_STATUS_UNSUPPORTED_MEDIA;
  NDIS_STATUS status = NdisAllocateMemoryWithTag((PVOID *)&nic, sizeof(*nic), NIC_TAG);
  if (status != NDIS_STATUS_SUCCESS) return status;
  NdisZeroMemory(nic, sizeof(*nic));
  nic->Adapter = Adapter;
  NdisAllocateSpinLock(&nic->Lock);
  NdisInitializeEvent(&nic->NothingLent);
  NdisMSetAttributesEx(Adapter, nic, CHECK_FOR_HANG_SECONDS,
                       NDIS_ATTRIBUTE_DESERIALIZE | NDIS_ATTRIBUTE_BUS_MASTER | NDIS_ATTRIBUTE_SURPRISE_REMOVE_OK |
                           NDIS_ATTRIBUTE_USES_SAFE_BUFFER_APIS,
                       NdisInterfacePci);
  status = Acquire(nic, Configuration);
  if (status != NDIS_STATUS_SUCCESS) {
    Release(nic);
    return status;
  }
  NicStart(nic);
  NicEnableInterrupts(nic);
  NdisMSetPeriodicTimer(&nic->LinkTimer, nic->LinkCheckSeconds * 1000);
  return NDIS_STATUS_SUCCESS;
}

/* Sends and requests have ended; receives may still be with protocols, and are waited for. */
static VOID NTAPI NicHalt(NDIS_HANDLE Context) {
  PNIC nic = Context;
  BOOLEAN cancelled;
  NdisAcquireSpinLock(&nic->Lock);
  nic->Halting = TRUE;
  BOOLEAN lent = nic->Lent > 0;
  NdisReleaseSpinLock(&nic->Lock);
  NdisMCancelTimer(&nic->LinkTimer, &cancelled);
  KeFlushQueuedDpcs(); /* it may have fired and wait for its turn */
  NicStop(nic);
  NicAbort(nic, NDIS_STATUS_FAILURE);
  if (lent) NdisWaitEvent(&nic->NothingLent, 0);
  Release(nic);
}

static NDIS_STATUS NTAPI NicResetHandler(PBOOLEAN AddressingReset, NDIS_HANDLE Context) {
  PNIC nic = Context;
  *AddressingReset = FALSE;
  if (nic->Removed) return NDIS_STATUS_HARD_ERRORS;
  NicStop(nic);
  NicReset(nic);
  NicAbort(nic, NDIS_STATUS_REQUEST_ABORTED);
  NicStart(nic);
  NicEnableInterrupts(nic);
  return NDIS_STATUS_SUCCESS;
}

/* The oldest packet has been with the device since the last two checks, with a link. */
static BOOLEAN NTAPI NicCheckForHang(NDIS_HANDLE Context) {
  PNIC nic = Context;
  NdisAcquireSpinLock(&nic->Lock);
  BOOLEAN waits = nic->LinkUp && nic->TxHead != nic->TxTail;
  nic->HangChecks = waits ? nic->HangChecks + 1 : 0;
  BOOLEAN hangs = nic->HangChecks > 2;
  NdisReleaseSpinLock(&nic->Lock);
  return hangs;
}

static VOID NTAPI NicPnPEventNotify(NDIS_HANDLE Context, NDIS_DEVICE_PNP_EVENT Event, PVOID Buffer, ULONG Length) {
  PNIC nic = Context;
  UNREFERENCED_PARAMETER(Buffer);
  UNREFERENCED_PARAMETER(Length);
  if (Event != NdisDevicePnPEventSurpriseRemoved) return;
  NdisAcquireSpinLock(&nic->Lock);
  nic->Removed = TRUE;
  NdisReleaseSpinLock(&nic->Lock);
  NicAbort(nic, NDIS_STATUS_FAILURE);
}

/* At whatever level the system ends: registers only, and nothing once a halt is under way. */
static VOID NTAPI NicShutdown(NDIS_HANDLE Context) {
  PNIC nic = Context;
  if (!nic->Halting) NicStop(nic);
}

static VOID NicUnload(PDRIVER_OBJECT DriverObject) { UNREFERENCED_PARAMETER(DriverObject); }

__declspec(code_seg("INIT")) NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  NDIS_MINIPORT_CHARACTERISTICS miniport = {0};
  NdisMInitializeWrapper(&Wrapper, DriverObject, RegistryPath, NULL);
  if (Wrapper == NULL) return NDIS_STATUS_FAILURE;
  miniport.MajorNdisVersion = NDIS_MINIPORT_MAJOR_VERSION;
  miniport.MinorNdisVersion = NDIS_MINIPORT_MINOR_VERSION;
  miniport.CheckForHangHandler = NicCheckForHang;
  miniport.HaltHandler = NicHalt;
  miniport.HandleInterruptHandler = NicHandleInterrupt;
  miniport.InitializeHandler = NicInitialize;
  miniport.ISRHandler = NicIsr;
  miniport.QueryInformationHandler = NicQueryInformation;
  miniport.ResetHandler = NicResetHandler;
  miniport.SetInformationHandler = NicSetInformation;
  miniport.ReturnPacketHandler = NicReturnPacket;
  miniport.SendPacketsHandler = NicSendPackets;
  miniport.CancelSendPacketsHandler = NicCancelSends;
  miniport.PnPEventNotifyHandler = NicPnPEventNotify;
  miniport.AdapterShutdownHandler = NicShutdown;
  NDIS_STATUS status = NdisMRegisterMiniport(Wrapper, &miniport, sizeof(miniport));
  if (status != NDIS_STATUS_SUCCESS) {
    NdisTerminateWrapper(Wrapper, NULL);
    return status;
  }
  NdisMRegisterUnloadHandler(Wrapper, NicUnload);
  return NDIS_STATUS_SUCCESS;
}
