/* Finds the structures of a virtio device through its capabilities, and speaks to them. */
#include "vionet.h"

#define BAR_REGISTER(bar) (FIELD_OFFSET(PCI_COMMON_HEADER, u.type0.BaseAddresses) + (bar) * sizeof(ULONG))
#define BAR_IS_IO 0x1
#define BAR_TYPE 0x6
#define BAR_64_BIT 0x4
#define MAXIMUM_CAPABILITIES 48 /* more do not fit, so a list that is longer runs in a circle */
#define RESET_POLLS 1000
#define RESET_MICROSECONDS 10
#define GENERATION_TRIES 16

/* What a base address register holds, without its flags; 0 for one that is no memory. */
PAGE_CODE ULONG64 VirtioDevice::AddressOfBar(ULONG Bar) {
  ULONG low = 0;
  ULONG high = 0;
  NdisMGetBusData(Owner, PCI_WHICHSPACE_CONFIG, BAR_REGISTER(Bar), &low, sizeof(low));
  if (low & BAR_IS_IO) return 0;
  if ((low & BAR_TYPE) == BAR_64_BIT && Bar + 1 < VIONET_BARS) {
    NdisMGetBusData(Owner, PCI_WHICHSPACE_CONFIG, BAR_REGISTER(Bar + 1), &high, sizeof(high));
  }
  return (low & ~0xfu) | (ULONG64)high << 32;
}

/* Resources come in no certain order: each belongs to the register that holds its bus address. */
PAGE_CODE NDIS_STATUS VirtioDevice::MapBars(PNDIS_RESOURCE_LIST Resources) {
  for (ULONG i = 0; Resources != NULL && i < Resources->Count; i++) {
    PCM_PARTIAL_RESOURCE_DESCRIPTOR descriptor = &Resources->PartialDescriptors[i];
    if (descriptor->Type != CmResourceTypeMemory) continue;
    for (ULONG bar = 0; bar < VIONET_BARS; bar++) {
      if (AddressOfBar(bar) != (ULONG64)descriptor->u.Memory.Start.QuadPart) continue;
      Bars[bar].Start = descriptor->u.Memory.Start;
      Bars[bar].Length = descriptor->u.Memory.Length;
      break;
    }
  }
#pragma clang loop unroll(disable) /* one place that maps */
  for (ULONG bar = 0; bar < VIONET_BARS; bar++) {
    BAR *window = &Bars[bar];
    if (window->Length == 0) continue;
    NDIS_STATUS status = NdisMMapIoSpace((PVOID *)&window->Va, Owner, window->Start, window->Length);
    if (status != NDIS_STATUS_SUCCESS) {
      window->Va = NULL;
      /* NDIS itself logs conflicts. */
      if (status == NDIS_STATUS_RESOURCES) NdisWriteErrorLogEntry(Owner, NDIS_ERROR_CODE_OUT_OF_RESOURCES, 1, bar);
      return status;
    }
    Trace(TraceResources, "BAR %u: %I64x, %u bytes, at %p", bar, window->Start.QuadPart, window->Length, window->Va);
  }
  return NDIS_STATUS_SUCCESS;
}

/* True when the structure is as large as it has to be and lies in a BAR that is mapped. */
PAGE_CODE BOOLEAN VirtioDevice::Lies(const VIRTIO_CAPABILITY *Capability, ULONG Least) {
  if (Capability->Bar >= VIONET_BARS || Capability->Bytes < Least) return FALSE;
  const BAR *window = &Bars[Capability->Bar];
  return window->Va != NULL && Capability->Offset <= window->Length &&
         Capability->Bytes <= window->Length - Capability->Offset;
}

/* The first capability of a type counts (4.1.4.1). */
PAGE_CODE VOID VirtioDevice::Use(const VIRTIO_CAPABILITY *Capability) {
  if (!Lies(Capability, 1)) return;
  PUCHAR at = Bars[Capability->Bar].Va + Capability->Offset;
  switch (Capability->Type) {
    case VIRTIO_CAP_COMMON:
      if (Common == NULL && Lies(Capability, sizeof(VIRTIO_COMMON))) Common = (VIRTIO_COMMON *)at;
      break;
    case VIRTIO_CAP_ISR:
      if (Isr == NULL) Isr = at;
      break;
    case VIRTIO_CAP_DEVICE:
      if (Configuration != NULL) break;
      Configuration = at;
      ConfigurationBytes = Capability->Bytes;
      break;
    case VIRTIO_CAP_NOTIFY:
      if (Doorbells != NULL || !Lies(Capability, sizeof(USHORT))) break;
      Doorbells = at;
      DoorbellBytes = Capability->Bytes;
      DoorbellStride = Capability->NotifyMultiplier;
      break;
    default:
      break;
  }
}

PAGE_CODE NDIS_STATUS VirtioDevice::FindStructures() {
  PCI_COMMON_HEADER header;
  ULONG read = NdisMGetBusData(Owner, PCI_WHICHSPACE_CONFIG, 0, &header, sizeof(header));
  BOOLEAN ours = read == sizeof(header) && header.VendorID == VIRTIO_VENDOR_ID &&
                 header.DeviceID == VIRTIO_NET_DEVICE_ID && (header.Status & PCI_STATUS_CAPABILITIES_LIST) != 0;
  UCHAR at = ours ? header.u.type0.CapabilitiesPtr & ~3 : 0;
  for (ULONG i = 0; at != 0 && i < MAXIMUM_CAPABILITIES; i++) {
    VIRTIO_CAPABILITY capability;
    NdisZeroMemory(&capability, sizeof(capability));
    NdisMGetBusData(Owner, PCI_WHICHSPACE_CONFIG, at, &capability, sizeof(capability));
    if (capability.Id == PCI_CAPABILITY_ID_VENDOR_SPECIFIC) Use(&capability);
    if (capability.Id == PCI_CAPABILITY_ID_MSIX) Trace(TraceResources, "MSI-X capability at 0x%x", at);
    at = capability.Next & ~3;
  }
  if (Common != NULL && Isr != NULL && Configuration != NULL && Doorbells != NULL) return NDIS_STATUS_SUCCESS;
  NdisWriteErrorLogEntry(Owner, NDIS_ERROR_CODE_ADAPTER_NOT_FOUND, 0);
  return NDIS_STATUS_ADAPTER_NOT_FOUND;
}

PAGE_CODE NDIS_STATUS VirtioDevice::Map(NDIS_HANDLE Adapter, PNDIS_RESOURCE_LIST Resources) {
  Owner = Adapter;
  NDIS_STATUS status = MapBars(Resources);
  return status == NDIS_STATUS_SUCCESS ? FindStructures() : status;
}

PAGE_CODE VOID VirtioDevice::Unmap() {
  Common = NULL;
  Isr = Configuration = Doorbells = NULL;
  for (ULONG bar = VIONET_BARS; bar-- > 0;) {
    if (Bars[bar].Va == NULL) continue;
    NdisMUnmapIoSpace(Owner, Bars[bar].Va, Bars[bar].Length);
    Bars[bar].Va = NULL;
  }
}

UCHAR VirtioDevice::Status() {
  UCHAR status;
  NdisReadRegisterUchar(&Common->Status, &status);
  return status;
}

VOID VirtioDevice::AddStatus(UCHAR Bits) { NdisWriteRegisterUchar(&Common->Status, (UCHAR)(Status() | Bits)); }

/* The device has stopped, forgotten its queues and let go of memory once its status reads as zero (4.1.4.3.2). */
BOOLEAN VirtioDevice::Reset() {
  Features = 0;
  NdisWriteRegisterUchar(&Common->Status, 0);
  for (ULONG i = 0; i < RESET_POLLS; i++) {
    UCHAR status = Status();
    if (status == 0) return TRUE;
    if (status == VIRTIO_GONE) return FALSE;
    NdisStallExecution(RESET_MICROSECONDS);
  }
  return FALSE;
}

/* A write and nothing else, for a shutdown: not even the answer is waited for. */
VOID VirtioDevice::Quiesce() {
  if (Common != NULL) NdisWriteRegisterUchar(&Common->Status, 0);
}

/* From a device that has been reset to one that has agreed on features (3.1.1, steps 2 to 6). */
NDIS_STATUS VirtioDevice::Negotiate(ULONG64 Wanted) {
  ULONG64 offered = 0;
  AddStatus(VIRTIO_ACKNOWLEDGE);
  AddStatus(VIRTIO_DRIVER);
  for (ULONG half = 0; half < 2; half++) {
    ULONG bits;
    NdisWriteRegisterUlong(&Common->DeviceFeatureSelect, half);
    NdisReadRegisterUlong(&Common->DeviceFeature, &bits);
    offered |= (ULONG64)bits << 32 * half;
  }
  Features = offered & Wanted;
  for (ULONG half = 0; half < 2; half++) {
    NdisWriteRegisterUlong(&Common->DriverFeatureSelect, half);
    NdisWriteRegisterUlong(&Common->DriverFeature, (ULONG)(Features >> 32 * half));
  }
  AddStatus(VIRTIO_FEATURES_OK);
  UCHAR status = Status();
  Trace(TraceResources, "features %I64x of %I64x", Features, offered);
  if (status != VIRTIO_GONE && (status & VIRTIO_FEATURES_OK) && Has(VIRTIO_F_VERSION_1)) return NDIS_STATUS_SUCCESS;
  if (status != VIRTIO_GONE) AddStatus(VIRTIO_FAILED);
  return NDIS_STATUS_DEVICE_FAILED;
}

VOID VirtioDevice::Go() { AddStatus(VIRTIO_DRIVER_OK); }

BOOLEAN VirtioDevice::NeedsReset() {
  UCHAR status = Status();
  return status != VIRTIO_GONE && (status & VIRTIO_NEEDS_RESET) != 0;
}

/* Why the line is up; reading takes it down. */
UCHAR VirtioDevice::TakeIsr() {
  UCHAR isr;
  NdisReadRegisterUchar(Isr, &isr);
  return isr;
}

/* A device that cannot serve the vector says that there is none. */
BOOLEAN VirtioDevice::SetConfigVector(USHORT Vector) {
  USHORT accepted;
  NdisWriteRegisterUshort(&Common->ConfigVector, Vector);
  NdisReadRegisterUshort(&Common->ConfigVector, &accepted);
  return accepted == Vector;
}

USHORT VirtioDevice::QueueCount() {
  USHORT count;
  NdisReadRegisterUshort(&Common->Queues, &count);
  return count;
}

USHORT VirtioDevice::QueueSize(USHORT Index) {
  USHORT size;
  NdisWriteRegisterUshort(&Common->QueueSelect, Index);
  NdisReadRegisterUshort(&Common->QueueSize, &size);
  return size;
}

NDIS_STATUS VirtioDevice::EnableQueue(VirtQueue *Queue, USHORT Vector) {
  USHORT accepted;
  USHORT doorbell;
  NdisWriteRegisterUshort(&Common->QueueSelect, Queue->Number());
  NdisWriteRegisterUshort(&Common->QueueSize, Queue->Entries());
  for (ULONG area = 0; area < 3; area++) {
    NdisWriteRegisterUlong(&Common->QueueAreas[area][0], (ULONG)Queue->Area(area));
    NdisWriteRegisterUlong(&Common->QueueAreas[area][1], (ULONG)(Queue->Area(area) >> 32));
  }
  NdisWriteRegisterUshort(&Common->QueueVector, Vector);
  NdisReadRegisterUshort(&Common->QueueVector, &accepted);
  if (accepted != Vector) return NDIS_STATUS_RESOURCES;
  NdisReadRegisterUshort(&Common->QueueNotifyOffset, &doorbell);
  ULONG64 offset = (ULONG64)doorbell * DoorbellStride;
  if (offset + sizeof(USHORT) > DoorbellBytes) return NDIS_STATUS_DEVICE_FAILED;
  Queue->SetDoorbell((ULONG)offset);
  NdisWriteRegisterUshort(&Common->QueueEnable, 1);
  return NDIS_STATUS_SUCCESS;
}

VOID VirtioDevice::Notify(ULONG Offset, USHORT Queue) { NdisWriteRegisterUshort(Doorbells + Offset, Queue); }

/* Again when the device changed its configuration meanwhile (2.5.1). */
VOID VirtioDevice::ReadConfiguration(ULONG Offset, PVOID Buffer, ULONG Bytes) {
  UCHAR before, after;
  ULONG tries = 0;
  NdisZeroMemory(Buffer, Bytes);
  if (Offset + Bytes > ConfigurationBytes) return;
  do {
    NdisReadRegisterUchar(&Common->Generation, &before);
    if (Bytes == sizeof(USHORT)) {
      NdisReadRegisterUshort(Configuration + Offset, (PUSHORT)Buffer);
    } else {
      for (ULONG i = 0; i < Bytes; i++) NdisReadRegisterUchar(Configuration + Offset + i, (PUCHAR)Buffer + i);
    }
    NdisReadRegisterUchar(&Common->Generation, &after);
  } while (before != after && ++tries < GENERATION_TRIES);
}
