/* Sleep: with the system, or selectively when nothing has happened for a while. */
#include "polled.h"

static MINIPORT_IDLE_NOTIFICATION IdleNotification;
static MINIPORT_CANCEL_IDLE_NOTIFICATION CancelIdleNotification;

NDIS_STATUS PolledSetOptions(NDIS_HANDLE Driver, NDIS_HANDLE Context) {
  NDIS_MINIPORT_SS_CHARACTERISTICS suspend = {0};
  UNREFERENCED_PARAMETER(Context);
  suspend.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_SS_CHARACTERISTICS;
  suspend.Header.Revision = NDIS_MINIPORT_SS_CHARACTERISTICS_REVISION_1;
  suspend.Header.Size = NDIS_SIZEOF_MINIPORT_SS_CHARACTERISTICS_REVISION_1;
  suspend.IdleNotificationHandler = IdleNotification;
  suspend.CancelIdleNotificationHandler = CancelIdleNotification;
  return NdisSetOptionalHandlers(Driver, (PNDIS_DRIVER_OPTIONAL_HANDLERS)&suspend);
}

VOID PolledFillPowerManagement(PNDIS_PM_CAPABILITIES Power) {
  Power->Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
  Power->Header.Revision = NDIS_PM_CAPABILITIES_REVISION_2;
  Power->Header.Size = NDIS_SIZEOF_NDIS_PM_CAPABILITIES_REVISION_2;
  Power->Flags = NDIS_PM_SELECTIVE_SUSPEND_SUPPORTED;
  Power->MinMagicPacketWakeUp = NdisDeviceStateUnspecified;
  Power->MinPatternWakeUp = NdisDeviceStateUnspecified;
  Power->MinLinkChangeWakeUp = NdisDeviceStateUnspecified;
}

/* A PCI device needs nothing of its bus: the notification is confirmed at once and pends until it is cancelled. */
static NDIS_STATUS IdleNotification(NDIS_HANDLE Context, BOOLEAN ForceIdle) {
  PPOLLED polled = Context;
  NdisAcquireSpinLock(&polled->Lock);
  BOOLEAN busy = polled->QueueHead != NULL || polled->PostedHead != NULL || polled->Lent != 0;
  NdisReleaseSpinLock(&polled->Lock);
  if (busy && !ForceIdle) return NDIS_STATUS_BUSY;
  NdisMIdleNotificationConfirm(polled->Adapter, NdisDeviceStateD3);
  return NDIS_STATUS_PENDING;
}

static VOID CancelIdleNotification(NDIS_HANDLE Context) {
  NdisMIdleNotificationComplete(((PPOLLED)Context)->Adapter);
}

/* From D3 the device comes back having forgotten everything; what was running runs on. */
NDIS_STATUS PolledSetPower(PPOLLED Polled, NDIS_DEVICE_POWER_STATE State) {
  if (State != NdisDeviceStateD0) {
    PolledStopHardware(Polled);
    PolledAbortSends(Polled, NDIS_STATUS_LOW_POWER_STATE);
    NdisAcquireSpinLock(&Polled->Lock);
    Polled->LowPower = TRUE;
    NdisReleaseSpinLock(&Polled->Lock);
    return NDIS_STATUS_SUCCESS;
  }
  NdisAcquireSpinLock(&Polled->Lock);
  Polled->LowPower = FALSE;
  BOOLEAN running = Polled->Running;
  if (PolledIsPresent(Polled)) {
    PolledResetHardware(Polled);
    if (running) PolledProgramRings(Polled);
  }
  NdisReleaseSpinLock(&Polled->Lock);
  if (running) {
    PolledArm(Polled);
    NdisRequestPoll(Polled->Poll, NULL);
  }
  return NDIS_STATUS_SUCCESS;
}
