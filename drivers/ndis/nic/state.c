/* Pause and restart, power, reset, removal and shutdown. */
#include "nic.h"

#define DRAIN_MICROSECONDS 10000
#define HANG_CHECKS 3

/* A pause that could not end at once ends with the last buffer. */
VOID NicFinishPause(PNIC Nic) {
  NdisAcquireSpinLock(&Nic->Lock);
  BOOLEAN ends = Nic->PausePending && Nic->BusyTcbs == 0 && Nic->LentRfds == 0;
  if (ends) {
    Nic->PausePending = FALSE;
    Nic->State = NicPaused;
  }
  NdisReleaseSpinLock(&Nic->Lock);
  if (ends) NdisMPauseComplete(Nic->Adapter);
}

NDIS_STATUS NicPause(NDIS_HANDLE Context, PNDIS_MINIPORT_PAUSE_PARAMETERS Parameters) {
  PNIC nic = Context;
  UNREFERENCED_PARAMETER(Parameters);
  NdisAcquireSpinLock(&nic->Lock);
  nic->State = NicPausing;
  NdisReleaseSpinLock(&nic->Lock);
  NicStopLinkCheck(nic);
  NicStopHardware(nic);
  NdisMSleep(DRAIN_MICROSECONDS); /* a frame on the wire leaves it */
  NicAbortSends(nic, NDIS_STATUS_PAUSED);

  NdisAcquireSpinLock(&nic->Lock);
  BOOLEAN idle = nic->BusyTcbs == 0 && nic->LentRfds == 0;
  nic->PausePending = !idle;
  if (idle) nic->State = NicPaused;
  NdisReleaseSpinLock(&nic->Lock);
  return idle ? NDIS_STATUS_SUCCESS : NDIS_STATUS_PENDING;
}

NDIS_STATUS NicRestart(NDIS_HANDLE Context, PNDIS_MINIPORT_RESTART_PARAMETERS Parameters) {
  PNIC nic = Context;
  UNREFERENCED_PARAMETER(Parameters);
  NdisAcquireSpinLock(&nic->Lock);
  nic->State = NicRunning;
  NicStartHardware(nic);
  NdisReleaseSpinLock(&nic->Lock);
  NicReportLink(nic);
  NicEnableInterrupts(nic);
  NicStartLinkCheck(nic);
  return NDIS_STATUS_SUCCESS;
}

/* To D3, with the adapter paused: registers are not touched again until it is back. */
VOID NicPowerDown(PNIC Nic) {
  NicStopHardware(Nic);
  NdisAcquireSpinLock(&Nic->Lock);
  NicUpdateStatistics(Nic);
  Nic->LowPower = TRUE;
  Nic->LinkUp = FALSE;
  NdisReleaseSpinLock(&Nic->Lock);
}

/* The device has forgotten everything; NDIS restarts the adapter afterwards. */
VOID NicPowerUp(PNIC Nic) {
  NdisAcquireSpinLock(&Nic->Lock);
  Nic->LowPower = FALSE;
  NdisReleaseSpinLock(&Nic->Lock);
  NicResetHardware(Nic);
}

/* The oldest frame has been with the device for too long while there is a link. */
BOOLEAN NicCheckForHangEx(NDIS_HANDLE Context) {
  PNIC nic = Context;
  BOOLEAN hangs = FALSE;
  NdisAcquireSpinLock(&nic->Lock);
  if (nic->LinkUp && NicIsPresent(nic) && !IsListEmpty(&nic->PostedTcbs)) {
    PNIC_TCB oldest = CONTAINING_RECORD(nic->PostedTcbs.Flink, NIC_TCB, Link);
    hangs = ++oldest->HangChecks >= HANG_CHECKS;
  }
  NdisReleaseSpinLock(&nic->Lock);
  return hangs;
}

/* Addresses and filter are written again here, so NDIS need not. */
NDIS_STATUS NicResetEx(NDIS_HANDLE Context, PBOOLEAN AddressingReset) {
  PNIC nic = Context;
  *AddressingReset = FALSE;
  if (nic->Removed) return NDIS_STATUS_ADAPTER_REMOVED;
  NicDisableInterrupts(nic);
  NdisAcquireSpinLock(&nic->Lock);
  BOOLEAN running = nic->State == NicRunning;
  NicResetHardware(nic);
  NdisReleaseSpinLock(&nic->Lock);
  NicAbortSends(nic, NDIS_STATUS_RESET_IN_PROGRESS);
  if (!running) return NDIS_STATUS_SUCCESS;
  NdisAcquireSpinLock(&nic->Lock);
  NicStartHardware(nic);
  NdisReleaseSpinLock(&nic->Lock);
  NicEnableInterrupts(nic);
  return NDIS_STATUS_SUCCESS;
}

VOID NicDevicePnPEventNotify(NDIS_HANDLE Context, PNET_DEVICE_PNP_EVENT Event) {
  PNIC nic = Context;
  if (Event->DevicePnPEvent != NdisDevicePnPEventSurpriseRemoved) return;
  NdisAcquireSpinLock(&nic->Lock);
  nic->Removed = TRUE;
  NdisReleaseSpinLock(&nic->Lock);
  NicAbortSends(nic, NDIS_STATUS_ADAPTER_REMOVED);
}

/* Nothing but register writes: at a bug check no lock may be taken, and nothing is ever freed here. */
VOID NicShutdownEx(NDIS_HANDLE Context, NDIS_SHUTDOWN_ACTION Action) {
  PNIC nic = Context;
  UNREFERENCED_PARAMETER(Action);
  if (nic->Halting || !NicIsPresent(nic)) return;
  NicWrite(nic, REG_IMC, NIC_GONE);
  NicWrite(nic, REG_RCTL, 0);
  NicWrite(nic, REG_TCTL, 0);
}
