/* The modern interface: structures in memory BARs, which capabilities point to (VIRTIO 1.2, 4.1.4). */
#include "vionet.h"

#define GENERATION_TRIES 16

/* Resources come in no certain order: each belongs to the register that holds its bus address. */
PAGE_CODE NDIS_STATUS ModernDevice::MapBars(PNDIS_RESOURCE_LIST Resources) {
  for (ULONG i = 0; Resources != NULL && i < Resources->Count; i++) {
    PCM_PARTIAL_RESOURCE_DESCRIPTOR descriptor = &Resources->PartialDescriptors[i];
    if (descriptor->Type != CmResourceTypeMemory) continue;
    for (ULONG bar = 0; bar < VIONET_BARS; bar++) {
      if (AddressOfBar(bar, FALSE) != (ULONG64)descriptor->u.Memory.Start.QuadPart) continue;
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
PAGE_CODE BOOLEAN ModernDevice::Lies(const VIRTIO_CAPABILITY *Capability, ULONG Least) {
  if (Capability->Bar >= VIONET_BARS || Capability->Bytes < Least) return FALSE;
  const BAR *window = &Bars[Capability->Bar];
  return window->Va != NULL && Capability->Offset <= window->Length &&
         Capability->Bytes <= window->Length - Capability->Offset;
}

/* The first capability of a type counts (4.1.4.1). */
PAGE_CODE VOID ModernDevice::Use(const VIRTIO_CAPABILITY *Capability) {
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

PAGE_CODE NDIS_STATUS ModernDevice::Map(PNDIS_RESOURCE_LIST Resources) {
  VIRTIO_CAPABILITY capability;
  NDIS_STATUS status = MapBars(Resources);
  if (status != NDIS_STATUS_SUCCESS) return status;
  for (UCHAR at = NextCapability(Owner, 0, &capability), i = 0; at != 0 && i < MAXIMUM_CAPABILITIES; i++) {
    if (capability.Id == PCI_CAPABILITY_ID_VENDOR_SPECIFIC) Use(&capability);
    at = NextCapability(Owner, at, &capability);
  }
  if (Common != NULL && Isr != NULL && Configuration != NULL && Doorbells != NULL) return NDIS_STATUS_SUCCESS;
  NdisWriteErrorLogEntry(Owner, NDIS_ERROR_CODE_ADAPTER_NOT_FOUND, 0);
  return NDIS_STATUS_ADAPTER_NOT_FOUND;
}

PAGE_CODE VOID ModernDevice::Unmap() {
  Common = NULL;
  Isr = Configuration = Doorbells = NULL;
  for (ULONG bar = VIONET_BARS; bar-- > 0;) {
    if (Bars[bar].Va == NULL) continue;
    NdisMUnmapIoSpace(Owner, Bars[bar].Va, Bars[bar].Length);
    Bars[bar].Va = NULL;
  }
}

UCHAR ModernDevice::Status() {
  UCHAR status;
  NdisReadRegisterUchar(&Common->Status, &status);
  return status;
}

VOID ModernDevice::SetStatus(UCHAR Status) { NdisWriteRegisterUchar(&Common->Status, Status); }

ULONG64 ModernDevice::Offered() {
  ULONG64 offered = 0;
  for (ULONG half = 0; half < 2; half++) {
    ULONG bits;
    NdisWriteRegisterUlong(&Common->DeviceFeatureSelect, half);
    NdisReadRegisterUlong(&Common->DeviceFeature, &bits);
    offered |= (ULONG64)bits << 32 * half;
  }
  return offered;
}

/* The device has its say about the choice (3.1.1, steps 5 and 6). */
BOOLEAN ModernDevice::Agree() {
  for (ULONG half = 0; half < 2; half++) {
    NdisWriteRegisterUlong(&Common->DriverFeatureSelect, half);
    NdisWriteRegisterUlong(&Common->DriverFeature, (ULONG)(Features >> 32 * half));
  }
  AddStatus(VIRTIO_FEATURES_OK);
  UCHAR status = Status();
  return status != VIRTIO_GONE && (status & VIRTIO_FEATURES_OK) && Has(VIRTIO_F_VERSION_1);
}

/* Why the line is up; reading takes it down. */
UCHAR ModernDevice::TakeIsr() {
  UCHAR isr;
  NdisReadRegisterUchar(Isr, &isr);
  return isr;
}

/* A device that cannot serve the vector says that there is none. */
BOOLEAN ModernDevice::SetConfigVector(USHORT Vector) {
  USHORT accepted;
  NdisWriteRegisterUshort(&Common->ConfigVector, Vector);
  NdisReadRegisterUshort(&Common->ConfigVector, &accepted);
  return accepted == Vector;
}

USHORT ModernDevice::QueueSize(USHORT Index) {
  USHORT size;
  NdisWriteRegisterUshort(&Common->QueueSelect, Index);
  NdisReadRegisterUshort(&Common->QueueSize, &size);
  return size;
}

NDIS_STATUS ModernDevice::EnableQueue(VirtQueue *Queue, USHORT Vector) {
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

VOID ModernDevice::Notify(ULONG Offset, USHORT Queue) { NdisWriteRegisterUshort(Doorbells + Offset, Queue); }

/* Again when the device changed its configuration meanwhile (2.5.1). */
VOID ModernDevice::ReadConfiguration(ULONG Offset, PVOID Buffer, ULONG Bytes) {
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
