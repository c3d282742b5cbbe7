/* Registers, ports and DMA memory: what the adapter claims from NDIS. */
#include "nic.h"

#define MAXIMUM_PIECES 32

/* NDIS itself logs conflicts. */
PAGE_CODE static NDIS_STATUS Logged(PNIC Nic, NDIS_STATUS Status, ULONG Where) {
  if (Status == NDIS_STATUS_RESOURCES) {
    NdisWriteErrorLogEntry(Nic->Adapter, NDIS_ERROR_CODE_OUT_OF_RESOURCES, 1, Where);
  } else if (Status != NDIS_STATUS_SUCCESS && Status != NDIS_STATUS_RESOURCE_CONFLICT) {
    NdisWriteErrorLogEntry(Nic->Adapter, NDIS_ERROR_CODE_UNSUPPORTED_CONFIGURATION, 2, Where, (ULONG)Status);
  }
  return Status;
}

PAGE_CODE static BOOLEAN IsOurDevice(PNIC Nic) {
  struct {
    USHORT Vendor;
    USHORT Device;
  } id = {0};
  ULONG read = NdisMGetBusData(Nic->Adapter, PCI_WHICHSPACE_CONFIG, 0, &id, sizeof(id));
  return read == sizeof(id) && id.Vendor == NIC_VENDOR_ID && id.Device == NIC_DEVICE_ID;
}

/* On a bus that shows its ports in memory no instruction reaches them: their translated resource is no port then. */
PAGE_CODE static BOOLEAN HasPorts(PNIC Nic) {
  PCM_RESOURCE_LIST translated = NULL;
  NdisMGetDeviceProperty(Nic->Adapter, NULL, NULL, NULL, NULL, &translated);
  if (translated == NULL || translated->Count == 0) return FALSE;
  PNDIS_RESOURCE_LIST list = &translated->List[0].PartialResourceList;
  for (ULONG i = 0; i < list->Count; i++) {
    if (list->PartialDescriptors[i].Type == CmResourceTypePort) return TRUE;
  }
  return FALSE;
}

/* BAR 0 holds the registers; BAR 2 reaches them through two ports and may be missing. */
PAGE_CODE NDIS_STATUS NicFindResources(PNIC Nic, PNDIS_RESOURCE_LIST List) {
  BOOLEAN interrupt = FALSE;
  BOOLEAN ports = HasPorts(Nic);
  for (ULONG i = 0; List != NULL && i < List->Count; i++) {
    PCM_PARTIAL_RESOURCE_DESCRIPTOR descriptor = &List->PartialDescriptors[i];
    switch (descriptor->Type) {
      case CmResourceTypeMemory:
        if (Nic->Length != 0 || descriptor->u.Memory.Length < NIC_REGISTER_BYTES) break;
        Nic->Address = descriptor->u.Memory.Start;
        Nic->Length = NIC_REGISTER_BYTES;
        break;
      case CmResourceTypePort:
        if (!ports || Nic->Ports != 0 || descriptor->u.Port.Length < NIC_PORTS) break;
        Nic->FirstPort = NdisGetPhysicalAddressLow(descriptor->u.Port.Start);
        Nic->Ports = NIC_PORTS;
        break;
      case CmResourceTypeInterrupt:
        interrupt = TRUE;
        break;
      default:
        break;
    }
  }
  if (Nic->Length != 0 && interrupt && IsOurDevice(Nic)) return NDIS_STATUS_SUCCESS;
  NdisWriteErrorLogEntry(Nic->Adapter, NDIS_ERROR_CODE_ADAPTER_NOT_FOUND, 0);
  return NDIS_STATUS_FAILURE;
}

PAGE_CODE NDIS_STATUS NicMap(PNIC Nic) {
  NDIS_STATUS status = NdisMMapIoSpace((PVOID *)&Nic->Registers, Nic->Adapter, Nic->Address, Nic->Length);
  if (status != NDIS_STATUS_SUCCESS || Nic->Ports == 0) return Logged(Nic, status, 1);
  status = NdisMRegisterIoPortRange((PVOID *)&Nic->PortOffset, Nic->Adapter, Nic->FirstPort, Nic->Ports);
  Nic->PortsRegistered = status == NDIS_STATUS_SUCCESS;
  return Logged(Nic, status, 2);
}

PAGE_CODE VOID NicUnmap(PNIC Nic) {
  if (Nic->PortsRegistered) {
    NdisMDeregisterIoPortRange(Nic->Adapter, Nic->FirstPort, Nic->Ports, Nic->PortOffset);
    Nic->PortsRegistered = FALSE;
  }
  if (Nic->Registers != NULL) {
    NdisMUnmapIoSpace(Nic->Adapter, Nic->Registers, Nic->Length);
    Nic->Registers = NULL;
  }
}

PAGE_CODE NDIS_STATUS NicRegisterDma(PNIC Nic) {
  NDIS_SG_DMA_DESCRIPTION dma = {0};
  dma.Header.Type = NDIS_OBJECT_TYPE_SG_DMA_DESCRIPTION;
  dma.Header.Revision = NDIS_SG_DMA_DESCRIPTION_REVISION_1;
  dma.Header.Size = NDIS_SIZEOF_SG_DMA_DESCRIPTION_REVISION_1;
  dma.Flags = NDIS_SG_DMA_64_BIT_ADDRESS;
  dma.MaximumPhysicalMapping = NIC_FRAME * MAXIMUM_PIECES;
  dma.ProcessSGListHandler = NicProcessPieces;
  NDIS_STATUS status = NdisMRegisterScatterGatherDma(Nic->Adapter, &dma, &Nic->Dma);
  if (status == NDIS_STATUS_SUCCESS) Nic->PieceBufferBytes = dma.ScatterGatherListSize;
  return Logged(Nic, status, 3);
}

PAGE_CODE VOID NicDeregisterDma(PNIC Nic) {
  if (Nic->Dma == NULL) return;
  NdisMDeregisterScatterGatherDma(Nic->Dma);
  Nic->Dma = NULL;
}

PAGE_CODE NDIS_STATUS NicAllocateShared(PNIC Nic, PNIC_SHARED Shared, ULONG Length) {
  PVOID memory = NULL;
  NdisMAllocateSharedMemory(Nic->Adapter, Length, TRUE, &memory, &Shared->Pa);
  if (memory == NULL) return Logged(Nic, NDIS_STATUS_RESOURCES, 4);
  NdisZeroMemory(memory, Length);
  Shared->Va = memory;
  Shared->Length = Length;
  return NDIS_STATUS_SUCCESS;
}

PAGE_CODE VOID NicFreeShared(PNIC Nic, PNIC_SHARED Shared) {
  if (Shared->Va == NULL) return;
  NdisMFreeSharedMemory(Nic->Adapter, Shared->Length, TRUE, Shared->Va, Shared->Pa);
  Shared->Va = NULL;
}
