/* What a start assigns: the register window, the interrupt, a DMA buffer; and giving all of it back. */
#include "edu.h"

#define EDU_DMA_MAP_REGISTERS 2

typedef struct _EDU_ASSIGNMENT {
  PHYSICAL_ADDRESS Registers;
  ULONG RegisterLength;
  PCM_PARTIAL_RESOURCE_DESCRIPTOR Interrupt;
} EDU_ASSIGNMENT, *PEDU_ASSIGNMENT;

PAGE_CODE static NTSTATUS EduFindResources(PCM_RESOURCE_LIST Translated, PEDU_ASSIGNMENT Found) {
  RtlZeroMemory(Found, sizeof(*Found));
  if (Translated == NULL || Translated->Count == 0) return STATUS_DEVICE_CONFIGURATION_ERROR;

  PCM_PARTIAL_RESOURCE_LIST list = &Translated->List[0].PartialResourceList;
  for (ULONG i = 0; i < list->Count; i++) {
    PCM_PARTIAL_RESOURCE_DESCRIPTOR descriptor = &list->PartialDescriptors[i];
    switch (descriptor->Type) {
      case CmResourceTypeMemory:
        if (Found->RegisterLength != 0) break;
        Found->Registers = descriptor->u.Memory.Start;
        Found->RegisterLength = descriptor->u.Memory.Length;
        break;
      case CmResourceTypeInterrupt:
        if (Found->Interrupt == NULL) Found->Interrupt = descriptor;
        break;
      default:
        break;
    }
  }
  if (Found->RegisterLength < EDU_BAR_LENGTH || Found->Interrupt == NULL) return STATUS_DEVICE_CONFIGURATION_ERROR;
  return STATUS_SUCCESS;
}

PAGE_CODE static NTSTATUS EduMapRegisters(PEDU_DEVICE Device, PEDU_ASSIGNMENT Assignment) {
  Device->Registers = MmMapIoSpaceEx(Assignment->Registers, Assignment->RegisterLength, PAGE_READWRITE | PAGE_NOCACHE);
  if (Device->Registers == NULL) return STATUS_INSUFFICIENT_RESOURCES;
  Device->RegisterLength = Assignment->RegisterLength;
  return (EduReadRegister(Device, EDU_REG_ID) & 0xff) == EDU_ID_MAGIC ? STATUS_SUCCESS : STATUS_DEVICE_HARDWARE_ERROR;
}

PAGE_CODE static NTSTATUS EduConnectMessages(PEDU_DEVICE Device) {
  IO_CONNECT_INTERRUPT_PARAMETERS parameters = {0};
  parameters.Version = CONNECT_MESSAGE_BASED;
  parameters.MessageBased.PhysicalDeviceObject = Device->Physical;
  parameters.MessageBased.ConnectionContext.InterruptMessageTable = &Device->Messages;
  parameters.MessageBased.MessageServiceRoutine = EduMessageInterrupt;
  parameters.MessageBased.ServiceContext = Device;
  parameters.MessageBased.FallBackServiceRoutine = EduInterrupt;
  NTSTATUS status = IoConnectInterruptEx(&parameters);
  if (NT_SUCCESS(status) && parameters.Version == CONNECT_LINE_BASED) {
    Device->Interrupt = (PKINTERRUPT)Device->Messages;
    Device->Messages = NULL;
  }
  return status;
}

PAGE_CODE static NTSTATUS EduConnect(PEDU_DEVICE Device, PCM_PARTIAL_RESOURCE_DESCRIPTOR Interrupt) {
  if (Interrupt->Flags & CM_RESOURCE_INTERRUPT_MESSAGE) return EduConnectMessages(Device);
  KIRQL irql = (KIRQL)Interrupt->u.Interrupt.Level;
  KINTERRUPT_MODE mode = Interrupt->Flags & CM_RESOURCE_INTERRUPT_LATCHED ? Latched : LevelSensitive;
  BOOLEAN share = Interrupt->ShareDisposition == CmResourceShareShared;
  return IoConnectInterrupt(&Device->Interrupt, EduInterrupt, Device, NULL, Interrupt->u.Interrupt.Vector, irql, irql,
                            mode, share, Interrupt->u.Interrupt.Affinity, FALSE);
}

PAGE_CODE static VOID EduDisconnect(PEDU_DEVICE Device) {
  if (Device->Messages != NULL) {
    IO_DISCONNECT_INTERRUPT_PARAMETERS parameters = {0};
    parameters.Version = CONNECT_MESSAGE_BASED;
    parameters.ConnectionContext.InterruptMessageTable = Device->Messages;
    IoDisconnectInterruptEx(&parameters);
    Device->Messages = NULL;
  }
  if (Device->Interrupt != NULL) {
    IoDisconnectInterrupt(Device->Interrupt);
    Device->Interrupt = NULL;
  }
  KeFlushQueuedDpcs();
}

PAGE_CODE static NTSTATUS EduAllocateDma(PEDU_DEVICE Device) {
  DEVICE_DESCRIPTION description = {0};
  ULONG registers = EDU_DMA_MAP_REGISTERS;
  description.Version = DEVICE_DESCRIPTION_VERSION3;
  description.Master = TRUE;
  description.ScatterGather = TRUE;
  description.Dma32BitAddresses = TRUE;
  description.InterfaceType = PCIBus;
  description.MaximumLength = EDU_DMA_LENGTH;
  description.DmaAddressWidth = EDU_DMA_ADDRESS_BITS;
  Device->DmaAdapter = IoGetDmaAdapter(Device->Physical, &description, &registers);
  if (Device->DmaAdapter == NULL) return STATUS_INSUFFICIENT_RESOURCES;
  Device->DmaBuffer = Device->DmaAdapter->DmaOperations->AllocateCommonBuffer(Device->DmaAdapter, EDU_DMA_LENGTH,
                                                                             &Device->DmaAddress, TRUE);
  if (Device->DmaBuffer == NULL) return STATUS_INSUFFICIENT_RESOURCES;
  BOOLEAN reachable = Device->DmaAddress.QuadPart + EDU_DMA_LENGTH <= 1LL << EDU_DMA_ADDRESS_BITS;
  return reachable ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

PAGE_CODE static VOID EduFreeDma(PEDU_DEVICE Device) {
  if (Device->DmaAdapter == NULL) return;
  PDMA_OPERATIONS operations = Device->DmaAdapter->DmaOperations;
  if (Device->DmaBuffer != NULL) {
    operations->FreeCommonBuffer(Device->DmaAdapter, EDU_DMA_LENGTH, Device->DmaAddress, Device->DmaBuffer, TRUE);
    Device->DmaBuffer = NULL;
  }
  operations->PutDmaAdapter(Device->DmaAdapter);
  Device->DmaAdapter = NULL;
}

PAGE_CODE NTSTATUS EduAcquireResources(PEDU_DEVICE Device, PCM_RESOURCE_LIST Translated) {
  EDU_ASSIGNMENT assignment;

  PAGED_CODE();
  NTSTATUS status = EduFindResources(Translated, &assignment);
  if (NT_SUCCESS(status)) status = EduMapRegisters(Device, &assignment);
  if (NT_SUCCESS(status)) status = EduAllocateDma(Device);
  if (NT_SUCCESS(status)) status = EduConnect(Device, assignment.Interrupt);
  if (!NT_SUCCESS(status)) EduReleaseResources(Device, TRUE);
  return status;
}

/* Quiet the device, then the interrupt and its DPC, then DMA, and the registers last; safe with nothing acquired. */
PAGE_CODE VOID EduReleaseResources(PEDU_DEVICE Device, BOOLEAN Present) {
  PAGED_CODE();
  if (Present && Device->Registers != NULL && Device->Power == PowerDeviceD0) EduQuiet(Device);
  if (Device->Interrupt != NULL || Device->Messages != NULL) EduDisconnect(Device);
  EduFreeDma(Device);
  if (Device->Registers != NULL) {
    MmUnmapIoSpace(Device->Registers, Device->RegisterLength);
    Device->Registers = NULL;
    Device->RegisterLength = 0;
  }
}
