/* What both interfaces of a virtio device have in common: choosing one, and the life of the device status. */
#include "vionet.h"

#define BAR_REGISTER(bar) (FIELD_OFFSET(PCI_COMMON_HEADER, u.type0.BaseAddresses) + (bar) * sizeof(ULONG))
#define BAR_IS_IO 0x1
#define BAR_TYPE 0x6
#define BAR_64_BIT 0x4
#define RESET_POLLS 1000
#define RESET_MICROSECONDS 10

/* What a base address register holds, without its flags; 0 for one of the other space. */
PAGE_CODE ULONG64 VirtioDevice::AddressOfBar(ULONG Bar, BOOLEAN Ports) {
  ULONG low = 0;
  ULONG high = 0;
  NdisMGetBusData(Owner, PCI_WHICHSPACE_CONFIG, BAR_REGISTER(Bar), &low, sizeof(low));
  if (Ports) return (low & BAR_IS_IO) ? low & ~0x3u : 0;
  if (low & BAR_IS_IO) return 0;
  if ((low & BAR_TYPE) == BAR_64_BIT && Bar + 1 < VIONET_BARS) {
    NdisMGetBusData(Owner, PCI_WHICHSPACE_CONFIG, BAR_REGISTER(Bar + 1), &high, sizeof(high));
  }
  return (low & ~0xfu) | (ULONG64)high << 32;
}

/* The capability after the one at Place, or the first; gives its place, 0 behind the last. */
PAGE_CODE UCHAR VirtioDevice::NextCapability(NDIS_HANDLE Adapter, UCHAR Place, VIRTIO_CAPABILITY *Capability) {
  UCHAR next = 0;
  ULONG pointer = Place == 0 ? (ULONG)FIELD_OFFSET(PCI_COMMON_HEADER, u.type0.CapabilitiesPtr)
                             : (ULONG)(Place + FIELD_OFFSET(VIRTIO_CAPABILITY, Next));
  NdisMGetBusData(Adapter, PCI_WHICHSPACE_CONFIG, pointer, &next, sizeof(next));
  next &= ~3;
  NdisZeroMemory(Capability, sizeof(*Capability));
  if (next != 0) NdisMGetBusData(Adapter, PCI_WHICHSPACE_CONFIG, next, Capability, sizeof(*Capability));
  return next;
}

/* A transitional device has both interfaces, older ones have the ports only. */
PAGE_CODE BOOLEAN VirtioDevice::IsModern(NDIS_HANDLE Adapter) {
  VIRTIO_CAPABILITY capability;
  for (UCHAR at = NextCapability(Adapter, 0, &capability), i = 0; at != 0 && i < MAXIMUM_CAPABILITIES; i++) {
    if (capability.Id == PCI_CAPABILITY_ID_VENDOR_SPECIFIC && capability.Type == VIRTIO_CAP_COMMON) return TRUE;
    at = NextCapability(Adapter, at, &capability);
  }
  return FALSE;
}

/* The modern interface where there is one, the other where it is wanted or all there is. */
PAGE_CODE NDIS_STATUS VirtioDevice::Create(NDIS_HANDLE Adapter, PNDIS_RESOURCE_LIST Resources, BOOLEAN ForceLegacy,
                                           VirtioDevice **Device) {
  PCI_COMMON_HEADER header;
  ULONG read = NdisMGetBusData(Adapter, PCI_WHICHSPACE_CONFIG, 0, &header, sizeof(header));
  BOOLEAN ours = read == sizeof(header) && header.VendorID == VIRTIO_VENDOR_ID;
  BOOLEAN transitional = ours && header.DeviceID == VIRTIO_NET_TRANSITIONAL_ID;
  if (!transitional && !(ours && header.DeviceID == VIRTIO_NET_DEVICE_ID)) {
    NdisWriteErrorLogEntry(Adapter, NDIS_ERROR_CODE_ADAPTER_NOT_FOUND, 0);
    return NDIS_STATUS_ADAPTER_NOT_FOUND;
  }
  BOOLEAN legacy = transitional && (ForceLegacy || !IsModern(Adapter));
  VirtioDevice *device = NULL;
  if (legacy) {
    device = new (PoolOf{Adapter}) LegacyDevice;
  } else {
    device = new (PoolOf{Adapter}) ModernDevice;
  }
  if (device == NULL) return NDIS_STATUS_RESOURCES;
  Trace(TraceStates, "%s interface", legacy ? "legacy" : "modern");
  device->Owner = Adapter;
  NDIS_STATUS status = device->Map(Resources);
  if (status != NDIS_STATUS_SUCCESS) {
    delete device;
    return status;
  }
  *Device = device;
  return NDIS_STATUS_SUCCESS;
}

VOID VirtioDevice::AddStatus(UCHAR Bits) { SetStatus((UCHAR)(Status() | Bits)); }

/* The device has stopped, forgotten its queues and let go of memory once its status reads as zero (4.1.4.3.2). */
BOOLEAN VirtioDevice::Reset() {
  Features = 0;
  SetStatus(0);
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
  if (IsMapped()) SetStatus(0);
}

/* From a device that has been reset to one that has agreed on features (3.1.1, steps 2 to 6). */
NDIS_STATUS VirtioDevice::Negotiate(ULONG64 Wanted) {
  AddStatus(VIRTIO_ACKNOWLEDGE);
  AddStatus(VIRTIO_DRIVER);
  ULONG64 offered = Offered();
  Features = offered & Wanted;
  BOOLEAN agreed = Agree();
  Trace(TraceResources, "features %I64x of %I64x", Features, offered);
  if (agreed) return NDIS_STATUS_SUCCESS;
  if (Status() != VIRTIO_GONE) AddStatus(VIRTIO_FAILED);
  return NDIS_STATUS_DEVICE_FAILED;
}

VOID VirtioDevice::Go() { AddStatus(VIRTIO_DRIVER_OK); }

BOOLEAN VirtioDevice::NeedsReset() {
  UCHAR status = Status();
  return status != VIRTIO_GONE && (status & VIRTIO_NEEDS_RESET) != 0;
}

/* Of a frame: only a legacy device without merged buffers leaves out their number (5.1.6.1). */
ULONG VirtioDevice::HeaderBytes() const {
  return Has(VIRTIO_F_VERSION_1 | VIRTIO_NET_F_MRG_RXBUF) ? sizeof(VIRTIO_NET_HEADER)
                                                          : FIELD_OFFSET(VIRTIO_NET_HEADER, Buffers);
}
