/* From nothing to a paused adapter and back. */
#include "vionet.h"

#define MAXIMUM_PIECES 32
#define DEFAULT_MTU 1500

ULONG64 Adapter::WantedFeatures() const {
  ULONG64 wanted = VIRTIO_F_VERSION_1 | VIRTIO_F_ANY_LAYOUT | VIRTIO_NET_F_MAC | VIRTIO_NET_F_STATUS |
                   VIRTIO_NET_F_MTU |
                   VIRTIO_NET_F_CTRL_VQ | VIRTIO_NET_F_CTRL_RX | VIRTIO_NET_F_CTRL_RX_EXTRA |
                   VIRTIO_NET_F_CTRL_MAC_ADDR | VIRTIO_NET_F_CSUM;
  ULONG sums = Settings.TcpChecksum4 | Settings.UdpChecksum4 | Settings.TcpChecksum6 | Settings.UdpChecksum6;
  /* Then a frame may come without its checksum, which only a frame in one piece can be given. */
  if ((sums & CHECKSUM_RECEIVE) && Settings.FramesInOneBuffer()) wanted |= VIRTIO_NET_F_GUEST_CSUM;
  if (Settings.LargeSend4) wanted |= VIRTIO_NET_F_HOST_TSO4 | VIRTIO_NET_F_HOST_ECN;
  if (Settings.LargeSend6) wanted |= VIRTIO_NET_F_HOST_TSO6 | VIRTIO_NET_F_HOST_ECN;
  if (Settings.MergeBuffers) wanted |= VIRTIO_NET_F_MRG_RXBUF;
  if (Settings.IndirectDescriptors) wanted |= VIRTIO_F_INDIRECT_DESC;
  if (Settings.EventIndex) wanted |= VIRTIO_F_EVENT_IDX;
  if (Settings.ReceiveScaling) wanted |= VIRTIO_NET_F_MQ;
  return wanted;
}

/* As far as agreed features: no queue is given to the device. */
NDIS_STATUS Adapter::StartDevice() {
  NDIS_STATUS status = Device->Reset() ? Device->Negotiate(WantedFeatures()) : NDIS_STATUS_DEVICE_FAILED;
  if (status != NDIS_STATUS_SUCCESS) {
    NdisWriteErrorLogEntry(Miniport, NDIS_ERROR_CODE_HARDWARE_FAILURE, 1, (ULONG)status);
  }
  return status;
}

/* What the device's configuration says, and how many pairs of queues there are processors for. */
PAGE_CODE NDIS_STATUS Adapter::ReadFacts() {
  USHORT mtu = DEFAULT_MTU;
  USHORT pairs = 1;
  ULONG processors = NdisGroupActiveProcessorCount(ALL_PROCESSOR_GROUPS);
  if (Device->Has(VIRTIO_NET_F_MAC)) {
    Device->ReadConfiguration(VIRTIO_NET_CONFIG_MAC, PermanentAddress, ETH_LENGTH_OF_ADDRESS);
  }
  if (Device->Has(VIRTIO_NET_F_MTU)) Device->ReadConfiguration(VIRTIO_NET_CONFIG_MTU, &mtu, sizeof(mtu));
  if (Device->Has(VIRTIO_NET_F_MQ)) Device->ReadConfiguration(VIRTIO_NET_CONFIG_PAIRS, &pairs, sizeof(pairs));
  if (ETH_IS_MULTICAST(PermanentAddress)) {
    NdisWriteErrorLogEntry(Miniport, NDIS_ERROR_CODE_NETWORK_ADDRESS, 0);
    return NDIS_STATUS_FAILURE;
  }
  BOOLEAN given = Settings.AddressGiven && Device->Has(VIRTIO_NET_F_CTRL_MAC_ADDR);
  NdisMoveMemory(CurrentAddress, given ? Settings.Address : PermanentAddress, ETH_LENGTH_OF_ADDRESS);
  Mtu = min((ULONG)mtu, Settings.FrameBytes - ETHERNET_HEADER);
  Pairs = min(min((ULONG)pairs, Settings.ScalingQueues), min(processors, (ULONG)VIONET_PAIRS));
  if (Pairs == 0) Pairs = 1;
  Tasks.Initialize(Settings, *Device);
  Scaling.Initialize(Settings.ReceiveScaling != 0);
  Trace(TraceStates, "MTU %u, %u pairs, %u of %u processors", Mtu, Pairs, processors,
        KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS));
  return NDIS_STATUS_SUCCESS;
}

PAGE_CODE NDIS_STATUS Adapter::RegisterDma() {
  NDIS_SG_DMA_DESCRIPTION dma = {};
  dma.Header.Type = NDIS_OBJECT_TYPE_SG_DMA_DESCRIPTION;
  dma.Header.Revision = NDIS_SG_DMA_DESCRIPTION_REVISION_1;
  dma.Header.Size = NDIS_SIZEOF_SG_DMA_DESCRIPTION_REVISION_1;
  dma.Flags = NDIS_SG_DMA_64_BIT_ADDRESS;
  dma.MaximumPhysicalMapping = max(FrameBytes() * MAXIMUM_PIECES, (ULONG)LARGE_SEND_MOST + HEADERS_MOST);
  dma.ProcessSGListHandler = TransmitQueue::PiecesReady;
  NDIS_STATUS status = NdisMRegisterScatterGatherDma(Miniport, &dma, &Dma);
  if (status == NDIS_STATUS_SUCCESS) PieceBufferBytes = dma.ScatterGatherListSize;
  return status;
}

PAGE_CODE NDIS_STATUS Adapter::AddQueue(VirtQueue *Queue, USHORT Index) {
  if (Queue == NULL) return NDIS_STATUS_RESOURCES;
  Queues[QueueCount++] = Queue;
  USHORT size = Device->QueueSize(Index);
  return size == 0 ? NDIS_STATUS_DEVICE_FAILED : Queue->Create(size);
}

/* Receive and transmit queues take turns, the control queue comes after all that the device has (5.1.2). */
PAGE_CODE NDIS_STATUS Adapter::CreateQueues() {
  NDIS_STATUS status = NDIS_STATUS_SUCCESS;
  USHORT most = 1;
  for (USHORT i = 0; i < Pairs && status == NDIS_STATUS_SUCCESS; i++) {
    Receives[i] = new (PoolOf{Miniport}) ReceiveQueue(this, 2 * i);
    status = AddQueue(Receives[i], 2 * i);
    if (status != NDIS_STATUS_SUCCESS) break;
    Transmits[i] = new (PoolOf{Miniport}) TransmitQueue(this, 2 * i + 1);
    status = AddQueue(Transmits[i], 2 * i + 1);
  }
  if (status != NDIS_STATUS_SUCCESS || !Device->Has(VIRTIO_NET_F_CTRL_VQ)) return status;
  if (Device->Has(VIRTIO_NET_F_MQ)) Device->ReadConfiguration(VIRTIO_NET_CONFIG_PAIRS, &most, sizeof(most));
  Control = new (PoolOf{Miniport}) ControlQueue(this, 2 * most);
  return AddQueue(Control, 2 * most);
}

PAGE_CODE NDIS_STATUS Adapter::Acquire(PNDIS_MINIPORT_INIT_PARAMETERS Parameters) {
  NDIS_STATUS status = Settings.Read(Miniport);
  if (status == NDIS_STATUS_SUCCESS) status = CreateWatch();
  if (status == NDIS_STATUS_SUCCESS) {
    status = VirtioDevice::Create(Miniport, Parameters->AllocatedResources, Settings.ForceLegacy != 0, &Device);
  }
  if (status == NDIS_STATUS_SUCCESS) status = StartDevice();
  if (status == NDIS_STATUS_SUCCESS) status = ReadFacts();
  if (status == NDIS_STATUS_SUCCESS) status = SetGeneralAttributes();
  if (status == NDIS_STATUS_SUCCESS) status = SetOffloadAttributes();
  if (status == NDIS_STATUS_SUCCESS) status = SetHardwareAssistAttributes();
  if (status == NDIS_STATUS_SUCCESS) status = RegisterDma();
  if (status == NDIS_STATUS_SUCCESS) status = CreateQueues();
  if (status == NDIS_STATUS_SUCCESS) status = RegisterInterrupts();
  return status;
}

/* In the reverse order of acquisition, the interrupts before anything they use; safe with nothing acquired. */
PAGE_CODE Adapter::~Adapter() {
  if (Device != NULL && IsPresent()) Device->Quiesce();
  DeregisterInterrupts();
  while (QueueCount > 0) delete Queues[--QueueCount];
  if (Dma != NULL) NdisMDeregisterScatterGatherDma(Dma);
  delete Device;
  DestroyWatch();
  NdisFreeSpinLock(&Lock);
}

/* A failure gives everything back here: NDIS does not call MiniportHaltEx then. */
PAGE_CODE NDIS_STATUS Adapter::InitializeEx(NDIS_HANDLE Miniport, NDIS_HANDLE,
                                            PNDIS_MINIPORT_INIT_PARAMETERS Parameters) {
  PAGED_CODE();
  Adapter *adapter = new (PoolOf{Miniport}) Adapter;
  if (adapter == NULL) return NDIS_STATUS_RESOURCES;
  adapter->Miniport = Miniport;
  adapter->State = Paused;
  NdisAllocateSpinLock(&adapter->Lock);
  NDIS_STATUS status = adapter->SetRegistrationAttributes();
  if (status == NDIS_STATUS_SUCCESS) status = adapter->Acquire(Parameters);
  Trace(TraceStates, "initialized: %08x", status);
  if (status != NDIS_STATUS_SUCCESS) delete adapter;
  return status;
}

/* NDIS has paused the adapter: no sends, receives or watches are under way, whatever the reason of the halt. */
PAGE_CODE VOID Adapter::HaltEx(NDIS_HANDLE Context, NDIS_HALT_ACTION Action) {
  Adapter *adapter = (Adapter *)Context;
  PAGED_CODE();
  if (Action == NdisHaltDeviceSurpriseRemoved) adapter->Removed = TRUE;
  adapter->Halting = TRUE;
  Trace(TraceStates, "halted for %u after %u interrupts", Action, adapter->Interrupts);
  delete adapter;
}
