/* The virtio device on PCI: where its structures lie, its status, features, vectors and configuration. */
#pragma once

#define VIONET_BARS 6

class VirtQueue;

class VirtioDevice {
public:
  PAGE_CODE NDIS_STATUS Map(NDIS_HANDLE Adapter, PNDIS_RESOURCE_LIST Resources);
  PAGE_CODE VOID Unmap();

  /* Each of these gives up on a device that has gone. */
  BOOLEAN Reset();
  NDIS_STATUS Negotiate(ULONG64 Wanted);
  VOID Go();
  VOID Quiesce();
  BOOLEAN NeedsReset();
  UCHAR TakeIsr();
  BOOLEAN SetConfigVector(USHORT Vector);
  NDIS_STATUS EnableQueue(VirtQueue *Queue, USHORT Vector);
  USHORT QueueSize(USHORT Index);
  VOID ReadConfiguration(ULONG Offset, PVOID Buffer, ULONG Bytes);
  VOID Notify(ULONG Offset, USHORT Queue);

  BOOLEAN Has(ULONG64 Feature) const { return (Features & Feature) != 0; }
  USHORT QueueCount();

private:
  struct BAR {
    NDIS_PHYSICAL_ADDRESS Start;
    ULONG Length;
    PUCHAR Va;
  };

  PAGE_CODE ULONG64 AddressOfBar(ULONG Bar);
  PAGE_CODE NDIS_STATUS MapBars(PNDIS_RESOURCE_LIST Resources);
  PAGE_CODE NDIS_STATUS FindStructures();
  PAGE_CODE VOID Use(const VIRTIO_CAPABILITY *Capability);
  PAGE_CODE BOOLEAN Lies(const VIRTIO_CAPABILITY *Capability, ULONG Least);
  UCHAR Status();
  VOID AddStatus(UCHAR Bits);

  NDIS_HANDLE Owner;
  BAR Bars[VIONET_BARS];
  VIRTIO_COMMON *Common;
  PUCHAR Isr;
  PUCHAR Configuration;
  ULONG ConfigurationBytes;
  PUCHAR Doorbells;
  ULONG DoorbellBytes;
  ULONG DoorbellStride;
  ULONG64 Features;
};
