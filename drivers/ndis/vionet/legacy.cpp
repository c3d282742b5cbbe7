/* The legacy interface: ports, queues by page number, no word of the device about features (VIRTIO 1.2, 4.1.4.10). */
#include "vionet.h"

#define READ_TRIES 16
#define MSIX_CONTROL 2
#define MSIX_ENABLE 0x8000

PAGE_CODE NDIS_STATUS LegacyDevice::Map(PNDIS_RESOURCE_LIST Resources) {
  ULONG64 base = AddressOfBar(0, TRUE);
  for (ULONG i = 0; Resources != NULL && i < Resources->Count; i++) {
    PCM_PARTIAL_RESOURCE_DESCRIPTOR descriptor = &Resources->PartialDescriptors[i];
    if (descriptor->Type != CmResourceTypePort || (ULONG64)descriptor->u.Port.Start.QuadPart != base) continue;
    FirstPort = (ULONG)base;
    PortCount = descriptor->u.Port.Length;
  }
  if (PortCount < VIRTIO_LEGACY_CONFIG_WITH_MSIX) {
    NdisWriteErrorLogEntry(Owner, NDIS_ERROR_CODE_ADAPTER_NOT_FOUND, 0);
    return NDIS_STATUS_ADAPTER_NOT_FOUND;
  }
  NDIS_STATUS status = NdisMRegisterIoPortRange((PVOID *)&Ports, Owner, FirstPort, PortCount);
  if (status != NDIS_STATUS_SUCCESS) {
    Ports = NULL;
    /* NDIS itself logs conflicts. */
    if (status != NDIS_STATUS_RESOURCE_CONFLICT) {
      NdisWriteErrorLogEntry(Owner, NDIS_ERROR_CODE_OUT_OF_RESOURCES, 1, (ULONG)status);
    }
    return status;
  }
  Trace(TraceResources, "ports %x, %u of them", FirstPort, PortCount);
  InterruptsConnected();
  return NDIS_STATUS_SUCCESS;
}

PAGE_CODE VOID LegacyDevice::Unmap() {
  if (Ports == NULL) return;
  NdisMDeregisterIoPortRange(Owner, FirstPort, PortCount, Ports);
  Ports = NULL;
}

/* Where the configuration lies depends on it, so the device itself is asked. */
PAGE_CODE VOID LegacyDevice::InterruptsConnected() {
  VIRTIO_CAPABILITY capability;
  Messages = FALSE;
  for (UCHAR at = NextCapability(Owner, 0, &capability), i = 0; at != 0 && i < MAXIMUM_CAPABILITIES; i++) {
    if (capability.Id == PCI_CAPABILITY_ID_MSIX) {
      USHORT control = 0;
      NdisMGetBusData(Owner, PCI_WHICHSPACE_CONFIG, at + MSIX_CONTROL, &control, sizeof(control));
      Messages = (control & MSIX_ENABLE) != 0;
    }
    at = NextCapability(Owner, at, &capability);
  }
}

UCHAR LegacyDevice::Status() { return READ_PORT_UCHAR(At<UCHAR>(VIRTIO_LEGACY_STATUS)); }

VOID LegacyDevice::SetStatus(UCHAR Status) { WRITE_PORT_UCHAR(At<UCHAR>(VIRTIO_LEGACY_STATUS), Status); }

ULONG64 LegacyDevice::Offered() { return READ_PORT_ULONG(At<ULONG>(VIRTIO_LEGACY_HOST_FEATURES)); }

/* Header and data share descriptors here, which the device has to allow (5.1.6.6). */
BOOLEAN LegacyDevice::Agree() {
  WRITE_PORT_ULONG(At<ULONG>(VIRTIO_LEGACY_GUEST_FEATURES), (ULONG)Features);
  return Has(VIRTIO_F_ANY_LAYOUT);
}

UCHAR LegacyDevice::TakeIsr() { return READ_PORT_UCHAR(At<UCHAR>(VIRTIO_LEGACY_ISR)); }

BOOLEAN LegacyDevice::SetConfigVector(USHORT Vector) {
  if (!Messages) return Vector == VIRTIO_NO_VECTOR;
  WRITE_PORT_USHORT(At<USHORT>(VIRTIO_LEGACY_CONFIG_VECTOR), Vector);
  return READ_PORT_USHORT(At<USHORT>(VIRTIO_LEGACY_CONFIG_VECTOR)) == Vector;
}

USHORT LegacyDevice::QueueSize(USHORT Index) {
  Select(Index);
  return READ_PORT_USHORT(At<USHORT>(VIRTIO_LEGACY_QUEUE_SIZE));
}

/* The vector before the page: with the page the queue is the device's. */
NDIS_STATUS LegacyDevice::EnableQueue(VirtQueue *Queue, USHORT Vector) {
  ULONG64 page = Queue->Area(0) / VIRTIO_LEGACY_ALIGNMENT;
  if (page > MAXULONG) return NDIS_STATUS_RESOURCES;
  Select(Queue->Number());
  if (Messages) {
    WRITE_PORT_USHORT(At<USHORT>(VIRTIO_LEGACY_QUEUE_VECTOR), Vector);
    if (READ_PORT_USHORT(At<USHORT>(VIRTIO_LEGACY_QUEUE_VECTOR)) != Vector) return NDIS_STATUS_RESOURCES;
  } else if (Vector != VIRTIO_NO_VECTOR) {
    return NDIS_STATUS_RESOURCES;
  }
  WRITE_PORT_ULONG(At<ULONG>(VIRTIO_LEGACY_QUEUE_PAGE), (ULONG)page);
  return NDIS_STATUS_SUCCESS;
}

VOID LegacyDevice::Notify(ULONG, USHORT Queue) {
  WRITE_PORT_USHORT(At<USHORT>(VIRTIO_LEGACY_QUEUE_NOTIFY), Queue);
}

VOID LegacyDevice::ReadOnce(ULONG Place, PUCHAR Buffer, ULONG Bytes) {
  if (Bytes == sizeof(USHORT)) {
    *(PUSHORT)Buffer = READ_PORT_USHORT(At<USHORT>(Place));
  } else {
    for (ULONG i = 0; i < Bytes; i++) Buffer[i] = READ_PORT_UCHAR(At<UCHAR>(Place + i));
  }
}

/* Without a generation two readings have to be the same (2.5.4). */
VOID LegacyDevice::ReadConfiguration(ULONG Offset, PVOID Buffer, ULONG Bytes) {
  ULONG place = Offset + (Messages ? VIRTIO_LEGACY_CONFIG_WITH_MSIX : VIRTIO_LEGACY_CONFIG);
  UCHAR again[ETH_LENGTH_OF_ADDRESS];
  ULONG tries = 0;
  NdisZeroMemory(Buffer, Bytes);
  if (Bytes > sizeof(again) || place + Bytes > PortCount) return;
  do {
    ReadOnce(place, (PUCHAR)Buffer, Bytes);
    ReadOnce(place, again, Bytes);
  } while (!NdisEqualMemory(Buffer, again, Bytes) && ++tries < READ_TRIES);
}
