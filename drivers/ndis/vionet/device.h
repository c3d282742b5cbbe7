/* The virtio device on PCI through either of its interfaces: status, features, vectors, queues and configuration. */
#pragma once

#define VIONET_BARS 6
#define MAXIMUM_CAPABILITIES 48 /* more do not fit, so a list that is longer runs in a circle */

class VirtQueue;

class VirtioDevice {
public:
  PAGE_CODE static NDIS_STATUS Create(NDIS_HANDLE Adapter, PNDIS_RESOURCE_LIST Resources, BOOLEAN ForceLegacy,
                                      VirtioDevice **Device);
  PAGE_CODE virtual ~VirtioDevice() {}
  /* Gives registers back; only Quiesce and the destructor may follow. */
  PAGE_CODE virtual VOID Unmap() = 0;

  /* Each of these gives up on a device that has gone. */
  BOOLEAN Reset();
  NDIS_STATUS Negotiate(ULONG64 Wanted);
  VOID Go();
  VOID Quiesce();
  BOOLEAN NeedsReset();
  BOOLEAN Has(ULONG64 Feature) const { return (Features & Feature) != 0; }
  ULONG HeaderBytes() const;

  /* NDIS has connected the interrupts, which may have switched messages on. At PASSIVE_LEVEL. */
  PAGE_CODE virtual VOID InterruptsConnected() {}
  virtual UCHAR TakeIsr() = 0;
  virtual BOOLEAN SetConfigVector(USHORT Vector) = 0;
  virtual NDIS_STATUS EnableQueue(VirtQueue *Queue, USHORT Vector) = 0;
  virtual USHORT QueueSize(USHORT Index) = 0;
  virtual VOID ReadConfiguration(ULONG Offset, PVOID Buffer, ULONG Bytes) = 0;
  virtual VOID Notify(ULONG Offset, USHORT Queue) = 0;
  /* Where a queue may begin, and its used ring. */
  virtual ULONG QueueAlignment() const = 0;

protected:
  PAGE_CODE virtual NDIS_STATUS Map(PNDIS_RESOURCE_LIST Resources) = 0;
  virtual BOOLEAN IsMapped() const = 0;
  virtual UCHAR Status() = 0;
  virtual VOID SetStatus(UCHAR Status) = 0;
  virtual ULONG64 Offered() = 0;
  /* Tells the device what was chosen of it. */
  virtual BOOLEAN Agree() = 0;

  PAGE_CODE static UCHAR NextCapability(NDIS_HANDLE Adapter, UCHAR Place, VIRTIO_CAPABILITY *Capability);
  PAGE_CODE ULONG64 AddressOfBar(ULONG Bar, BOOLEAN Ports);
  VOID AddStatus(UCHAR Bits);

  NDIS_HANDLE Owner;
  ULONG64 Features;

private:
  PAGE_CODE static BOOLEAN IsModern(NDIS_HANDLE Adapter);
};

class ModernDevice final : public VirtioDevice {
public:
  PAGE_CODE ~ModernDevice() override { ModernDevice::Unmap(); }
  PAGE_CODE VOID Unmap() override;
  UCHAR TakeIsr() override;
  BOOLEAN SetConfigVector(USHORT Vector) override;
  NDIS_STATUS EnableQueue(VirtQueue *Queue, USHORT Vector) override;
  USHORT QueueSize(USHORT Index) override;
  VOID ReadConfiguration(ULONG Offset, PVOID Buffer, ULONG Bytes) override;
  VOID Notify(ULONG Offset, USHORT Queue) override;
  ULONG QueueAlignment() const override { return sizeof(VIRTQ_DESCRIPTOR); }

private:
  struct BAR {
    NDIS_PHYSICAL_ADDRESS Start;
    ULONG Length;
    PUCHAR Va;
  };

  PAGE_CODE NDIS_STATUS Map(PNDIS_RESOURCE_LIST Resources) override;
  BOOLEAN IsMapped() const override { return Common != NULL; }
  UCHAR Status() override;
  VOID SetStatus(UCHAR Status) override;
  ULONG64 Offered() override;
  BOOLEAN Agree() override;
  PAGE_CODE NDIS_STATUS MapBars(PNDIS_RESOURCE_LIST Resources);
  PAGE_CODE VOID Use(const VIRTIO_CAPABILITY *Capability);
  PAGE_CODE BOOLEAN Lies(const VIRTIO_CAPABILITY *Capability, ULONG Least);

  BAR Bars[VIONET_BARS];
  VIRTIO_COMMON *Common;
  PUCHAR Isr;
  PUCHAR Configuration;
  ULONG ConfigurationBytes;
  PUCHAR Doorbells;
  ULONG DoorbellBytes;
  ULONG DoorbellStride;
};

class LegacyDevice final : public VirtioDevice {
public:
  PAGE_CODE ~LegacyDevice() override { LegacyDevice::Unmap(); }
  PAGE_CODE VOID Unmap() override;
  PAGE_CODE VOID InterruptsConnected() override;
  UCHAR TakeIsr() override;
  BOOLEAN SetConfigVector(USHORT Vector) override;
  NDIS_STATUS EnableQueue(VirtQueue *Queue, USHORT Vector) override;
  USHORT QueueSize(USHORT Index) override;
  VOID ReadConfiguration(ULONG Offset, PVOID Buffer, ULONG Bytes) override;
  VOID Notify(ULONG Offset, USHORT Queue) override;
  ULONG QueueAlignment() const override { return VIRTIO_LEGACY_ALIGNMENT; }

private:
  PAGE_CODE NDIS_STATUS Map(PNDIS_RESOURCE_LIST Resources) override;
  BOOLEAN IsMapped() const override { return Ports != NULL; }
  UCHAR Status() override;
  VOID SetStatus(UCHAR Status) override;
  ULONG64 Offered() override;
  BOOLEAN Agree() override;
  template <class T> T *At(ULONG Offset) const { return (T *)(Ports + Offset); }
  VOID Select(USHORT Index) { WRITE_PORT_USHORT(At<USHORT>(VIRTIO_LEGACY_QUEUE_SELECT), Index); }
  VOID ReadOnce(ULONG At, PUCHAR Buffer, ULONG Bytes);

  PUCHAR Ports;
  ULONG FirstPort;
  ULONG PortCount;
  BOOLEAN Messages; /* MSI-X is on: vectors lie in front of the configuration */
};
