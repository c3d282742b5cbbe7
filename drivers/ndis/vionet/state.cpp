/* Pause and restart, power, reset, removal and shutdown. The device runs exactly while the adapter does. */
#include "vionet.h"

#define DRAIN_MICROSECONDS 1000
#define DRAIN_ROUNDS 20

VOID Adapter::Let(LONG Count) {
  if (Count == 0 || InterlockedExchangeAdd(&Held, -Count) != Count) return;
  State = Paused;
  NdisMPauseComplete(Miniport);
}

NDIS_STATUS Adapter::WhyNotSend() const {
  if (LowPower) return NDIS_STATUS_LOW_POWER_STATE;
  if (Removed) return NDIS_STATUS_ADAPTER_REMOVED;
  if (Resetting) return NDIS_STATUS_RESET_IN_PROGRESS;
  return MaySend() ? NDIS_STATUS_SUCCESS : NDIS_STATUS_PAUSED;
}

/* From whatever the device is in to traffic; on failure it stands still. At PASSIVE_LEVEL. */
NDIS_STATUS Adapter::Go() {
  if (!IsPresent()) return NDIS_STATUS_DEVICE_FAILED;
  NDIS_STATUS status = StartDevice();
  if (status == NDIS_STATUS_SUCCESS) status = ConnectQueues();
  if (status != NDIS_STATUS_SUCCESS) {
    Device->Quiesce();
    return status;
  }
  Device->Go();
  DeviceRuns = TRUE;
  for (ULONG i = 0; i < QueueCount; i++) Queues[i]->Begin();
  EnableAllInterrupts();
  if (Control == NULL) return status;
  USHORT pairs = (USHORT)Pairs;
  if (Device->Has(VIRTIO_NET_F_MQ)) Control->Send(VIRTIO_NET_CTRL_MQ, VIRTIO_NET_CTRL_MQ_PAIRS, &pairs, sizeof(pairs));
  if (Device->Has(VIRTIO_NET_F_CTRL_MAC_ADDR)) {
    Control->Send(VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDRESS, CurrentAddress, ETH_LENGTH_OF_ADDRESS);
  }
  SendFilter();
  return status;
}

VOID Adapter::AbortAll(NDIS_STATUS Status) {
  for (ULONG i = 0; i < QueueCount; i++) Queues[i]->Reclaim(Status);
}

/* Neither interrupts nor DMA from here on; what the device had is ours again. */
VOID Adapter::Stop(NDIS_STATUS Status) {
  DeviceRuns = FALSE;
  if (IsPresent()) Device->Reset();
  AbortAll(Status);
}

BOOLEAN Adapter::AllSent() {
  for (ULONG i = 0; i < Pairs; i++) {
    if (!Transmits[i]->IsIdle()) return FALSE;
  }
  return TRUE;
}

NDIS_STATUS Adapter::Pause(NDIS_HANDLE Context, PNDIS_MINIPORT_PAUSE_PARAMETERS) {
  Adapter *adapter = (Adapter *)Context;
  for (ULONG i = 0; i < DRAIN_ROUNDS && adapter->DeviceRuns && !adapter->AllSent(); i++) NdisMSleep(DRAIN_MICROSECONDS);
  adapter->State = Pausing;
  adapter->StopWatch();
  adapter->Stop(NDIS_STATUS_PAUSED);
  Trace(TraceStates, "pausing with %d held", adapter->Held - 1);
  if (InterlockedDecrement(&adapter->Held) != 0) return NDIS_STATUS_PENDING;
  adapter->State = Paused;
  return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS Adapter::Restart(NDIS_HANDLE Context, PNDIS_MINIPORT_RESTART_PARAMETERS) {
  Adapter *adapter = (Adapter *)Context;
  adapter->Held = 1;
  adapter->State = Running;
  NDIS_STATUS status = adapter->Go();
  if (status != NDIS_STATUS_SUCCESS) {
    adapter->State = Paused;
    adapter->Held = 0;
    return status;
  }
  adapter->ReportLink();
  adapter->StartWatch();
  Trace(TraceStates, "running");
  return NDIS_STATUS_SUCCESS;
}

/* To D3, with the adapter paused: registers are not touched again until it is back. */
VOID Adapter::PowerDown() {
  if (IsPresent()) Device->Quiesce();
  LowPower = TRUE;
  LinkKnown = FALSE;
}

/* The device has forgotten everything; NDIS restarts the adapter afterwards. */
VOID Adapter::PowerUp() { LowPower = FALSE; }

BOOLEAN Adapter::CheckForHangEx(NDIS_HANDLE Context) {
  Adapter *adapter = (Adapter *)Context;
  if (!adapter->DeviceRuns || !adapter->IsPresent()) return FALSE;
  if (adapter->Device->NeedsReset()) return TRUE;
  for (ULONG i = 0; i < adapter->Pairs; i++) {
    if (adapter->Transmits[i]->HasStuckFrame()) return TRUE;
  }
  return FALSE;
}

/* Addresses and filter are sent again here, so NDIS need not. */
NDIS_STATUS Adapter::ResetEx(NDIS_HANDLE Context, PBOOLEAN AddressingReset) {
  Adapter *adapter = (Adapter *)Context;
  *AddressingReset = FALSE;
  if (adapter->Removed) return NDIS_STATUS_ADAPTER_REMOVED;
  if (adapter->State != Running) return NDIS_STATUS_SUCCESS;
  Trace(TraceStates, "reset");
  adapter->Resetting = TRUE;
  adapter->Stop(NDIS_STATUS_RESET_IN_PROGRESS);
  NDIS_STATUS status = adapter->Go();
  adapter->Resetting = FALSE;
  return status == NDIS_STATUS_SUCCESS ? status : NDIS_STATUS_HARD_ERRORS;
}

VOID Adapter::DevicePnPEventNotify(NDIS_HANDLE Context, PNET_DEVICE_PNP_EVENT Event) {
  Adapter *adapter = (Adapter *)Context;
  if (Event->DevicePnPEvent != NdisDevicePnPEventSurpriseRemoved) return;
  Trace(TraceStates, "surprise removal");
  adapter->Removed = TRUE;
  adapter->DeviceRuns = FALSE;
  adapter->AbortAll(NDIS_STATUS_ADAPTER_REMOVED);
}

/* Nothing but a register write: at a bug check no lock may be taken, and nothing is ever freed here. */
VOID Adapter::ShutdownEx(NDIS_HANDLE Context, NDIS_SHUTDOWN_ACTION) {
  Adapter *adapter = (Adapter *)Context;
  if (!adapter->Halting && adapter->IsPresent()) adapter->Device->Quiesce();
}
