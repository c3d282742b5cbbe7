/* The adapter from nothing to running and back. */
#include "polled.h"

#define RESET_MICROSECONDS 10
#define DRAIN_MICROSECONDS 10000
#define MAXIMUM_MAPPING 0x10000

static MINIPORT_PROCESS_SG_LIST ProcessPieces;

ULONG PolledRead(PPOLLED Polled, ULONG Register) {
  ULONG value;
  NdisReadRegisterUlong(Polled->Registers + Register, &value);
  return value;
}

VOID PolledWrite(PPOLLED Polled, ULONG Register, ULONG Value) {
  NdisWriteRegisterUlong(Polled->Registers + Register, Value);
}

BOOLEAN PolledIsPresent(PPOLLED Polled) {
  return Polled->Registers != NULL && !Polled->Removed && !Polled->LowPower;
}

static NDIS_STATUS FindRegisters(PPOLLED Polled, PNDIS_RESOURCE_LIST List) {
  for (ULONG i = 0; List != NULL && i < List->Count; i++) {
    PCM_PARTIAL_RESOURCE_DESCRIPTOR descriptor = &List->PartialDescriptors[i];
    if (descriptor->Type != CmResourceTypeMemory || descriptor->u.Memory.Length < NIC_REGISTER_BYTES) continue;
    Polled->Address = descriptor->u.Memory.Start;
    Polled->Length = NIC_REGISTER_BYTES;
    return NDIS_STATUS_SUCCESS;
  }
  return NDIS_STATUS_RESOURCE_CONFLICT;
}

static NDIS_STATUS Map(PPOLLED Polled) {
  NDIS_STATUS status =
      NdisMMapIoSpace((PVOID *)&Polled->Registers, Polled->Adapter, Polled->Address, Polled->Length);
  if (status == NDIS_STATUS_RESOURCES) {
    NdisWriteErrorLogEntry(Polled->Adapter, NDIS_ERROR_CODE_OUT_OF_RESOURCES, 0);
  } else if (status == NDIS_STATUS_FAILURE) {
    NdisWriteErrorLogEntry(Polled->Adapter, NDIS_ERROR_CODE_UNSUPPORTED_CONFIGURATION, 0);
  }
  return status;
}

VOID PolledResetHardware(PPOLLED Polled) {
  PolledWrite(Polled, REG_IMC, NIC_GONE);
  PolledWrite(Polled, REG_CTRL, PolledRead(Polled, REG_CTRL) | CTRL_RST);
  NdisStallExecution(RESET_MICROSECONDS);
  PolledWrite(Polled, REG_IMC, NIC_GONE);
  PolledRead(Polled, REG_ICR);
  PolledWrite(Polled, REG_CTRL, PolledRead(Polled, REG_CTRL) | CTRL_SLU);
  ULONG low = PolledRead(Polled, REG_RAL);
  ULONG high = PolledRead(Polled, REG_RAH);
  for (ULONG i = 0; i < ETH_LENGTH_OF_ADDRESS; i++) {
    Polled->Mac[i] = (UCHAR)(i < 4 ? low >> (8 * i) : high >> (8 * (i - 4)));
  }
}

VOID PolledStopHardware(PPOLLED Polled) {
  if (!PolledIsPresent(Polled)) return;
  PolledDisarm(Polled);
  PolledWrite(Polled, REG_RCTL, 0);
  PolledWrite(Polled, REG_TCTL, 0);
}

/* Frames are copied: no list of pieces is ever asked for. */
static VOID ProcessPieces(PDEVICE_OBJECT DeviceObject, PVOID Reserved, PSCATTER_GATHER_LIST List, PVOID Context) {
  UNREFERENCED_PARAMETER(DeviceObject);
  UNREFERENCED_PARAMETER(Reserved);
  UNREFERENCED_PARAMETER(List);
  UNREFERENCED_PARAMETER(Context);
}

static NDIS_STATUS RegisterDma(PPOLLED Polled) {
  NDIS_SG_DMA_DESCRIPTION dma = {0};
  dma.Header.Type = NDIS_OBJECT_TYPE_SG_DMA_DESCRIPTION;
  dma.Header.Revision = NDIS_SG_DMA_DESCRIPTION_REVISION_1;
  dma.Header.Size = NDIS_SIZEOF_SG_DMA_DESCRIPTION_REVISION_1;
  dma.Flags = NDIS_SG_DMA_64_BIT_ADDRESS;
  dma.MaximumPhysicalMapping = MAXIMUM_MAPPING;
  dma.ProcessSGListHandler = ProcessPieces;
  return NdisMRegisterScatterGatherDma(Polled->Adapter, &dma, &Polled->Dma);
}

NDIS_STATUS PolledAllocateShared(PPOLLED Polled, PSHARED Shared, ULONG Length) {
  PVOID memory = NULL;
  NdisMAllocateSharedMemory(Polled->Adapter, Length, TRUE, &memory, &Shared->Pa);
  if (memory == NULL) return NDIS_STATUS_RESOURCES;
  NdisZeroMemory(memory, Length);
  Shared->Va = memory;
  Shared->Length = Length;
  return NDIS_STATUS_SUCCESS;
}

VOID PolledFreeShared(PPOLLED Polled, PSHARED Shared) {
  if (Shared->Va == NULL) return;
  NdisMFreeSharedMemory(Polled->Adapter, Shared->Length, TRUE, Shared->Va, Shared->Pa);
  Shared->Va = NULL;
}

/* In the reverse order of acquisition; safe with nothing acquired. */
static VOID Release(PPOLLED Polled) {
  PolledStopHardware(Polled);
  PolledDeregisterInterrupt(Polled);
  PolledDestroyRings(Polled);
  if (Polled->Dma != NULL) NdisMDeregisterScatterGatherDma(Polled->Dma);
  if (Polled->Registers != NULL) NdisMUnmapIoSpace(Polled->Adapter, Polled->Registers, Polled->Length);
  NdisFreeSpinLock(&Polled->Lock);
  NdisFreeMemory(Polled, 0, 0);
}

NDIS_STATUS PolledInitializeEx(NDIS_HANDLE Adapter, NDIS_HANDLE DriverContext,
                               PNDIS_MINIPORT_INIT_PARAMETERS Parameters) {
  UNREFERENCED_PARAMETER(DriverContext);
  PPOLLED polled = NdisAllocateMemoryWithTagPriority(Adapter, sizeof(POLLED), POLLED_TAG, NormalPoolPriority);
  if (polled == NULL) return NDIS_STATUS_RESOURCES;
  NdisZeroMemory(polled, sizeof(*polled));
  polled->Adapter = Adapter;
  NdisAllocateSpinLock(&polled->Lock);
  NDIS_STATUS status = PolledSetAttributes(polled);
  if (status == NDIS_STATUS_SUCCESS) status = FindRegisters(polled, Parameters->AllocatedResources);
  if (status == NDIS_STATUS_SUCCESS) status = Map(polled);
  if (status == NDIS_STATUS_SUCCESS) {
    PolledResetHardware(polled);
    status = PolledSetGeneralAttributes(polled);
  }
  if (status == NDIS_STATUS_SUCCESS) status = RegisterDma(polled);
  if (status == NDIS_STATUS_SUCCESS) status = PolledCreateRings(polled);
  if (status == NDIS_STATUS_SUCCESS) status = PolledRegisterInterrupt(polled);
  if (status != NDIS_STATUS_SUCCESS) Release(polled);
  return status;
}

VOID PolledHaltEx(NDIS_HANDLE Context, NDIS_HALT_ACTION Action) {
  PPOLLED polled = Context;
  if (Action == NdisHaltDeviceSurpriseRemoved) polled->Removed = TRUE;
  Release(polled);
}

NDIS_STATUS PolledRestart(NDIS_HANDLE Context, PNDIS_MINIPORT_RESTART_PARAMETERS Parameters) {
  PPOLLED polled = Context;
  UNREFERENCED_PARAMETER(Parameters);
  NdisAcquireSpinLock(&polled->Lock);
  polled->Running = TRUE;
  polled->LinkKnown = FALSE;
  if (PolledIsPresent(polled)) PolledProgramRings(polled);
  NdisReleaseSpinLock(&polled->Lock);
  PolledArm(polled);
  NdisRequestPoll(polled->Poll, NULL); /* for the link, whatever the interrupt says */
  return NDIS_STATUS_SUCCESS;
}

/* Comes back when NDIS has returned every frame. */
NDIS_STATUS PolledPause(NDIS_HANDLE Context, PNDIS_MINIPORT_PAUSE_PARAMETERS Parameters) {
  PPOLLED polled = Context;
  UNREFERENCED_PARAMETER(Parameters);
  NdisAcquireSpinLock(&polled->Lock);
  polled->Running = FALSE;
  NdisReleaseSpinLock(&polled->Lock);
  PolledStopHardware(polled);
  NdisMSleep(DRAIN_MICROSECONDS); /* a frame on the wire leaves it */
  PolledAbortSends(polled, NDIS_STATUS_PAUSED);
  for (;;) {
    NdisAcquireSpinLock(&polled->Lock);
    ULONG lent = polled->Lent;
    NdisReleaseSpinLock(&polled->Lock);
    if (lent == 0) return NDIS_STATUS_SUCCESS;
    NdisMSleep(1000);
  }
}

VOID PolledEvent(NDIS_HANDLE Context, PNET_DEVICE_PNP_EVENT Event) {
  PPOLLED polled = Context;
  if (Event->DevicePnPEvent != NdisDevicePnPEventSurpriseRemoved) return;
  NdisAcquireSpinLock(&polled->Lock);
  polled->Removed = TRUE;
  NdisReleaseSpinLock(&polled->Lock);
  PolledAbortSends(polled, NDIS_STATUS_ADAPTER_REMOVED);
}

VOID PolledShutdown(NDIS_HANDLE Context, NDIS_SHUTDOWN_ACTION Action) {
  PPOLLED polled = Context;
  UNREFERENCED_PARAMETER(Action);
  if (!PolledIsPresent(polled)) return;
  PolledWrite(polled, REG_IMC, NIC_GONE);
  PolledWrite(polled, REG_RCTL, 0);
  PolledWrite(polled, REG_TCTL, 0);
}
