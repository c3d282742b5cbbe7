/* The link: reported when the device says that it changed, and looked after by a timer in case it does not. */
#include "vionet.h"

#define SECOND 10000000LL
#define LINK_SPEED 10000000000ULL /* what a device without VIRTIO_NET_F_SPEED_DUPLEX passes for */

PAGE_CODE NDIS_STATUS Adapter::CreateWatch() {
  NDIS_TIMER_CHARACTERISTICS timer = {};
  timer.Header.Type = NDIS_OBJECT_TYPE_TIMER_CHARACTERISTICS;
  timer.Header.Revision = NDIS_TIMER_CHARACTERISTICS_REVISION_1;
  timer.Header.Size = NDIS_SIZEOF_TIMER_CHARACTERISTICS_REVISION_1;
  timer.AllocationTag = VIONET_TAG;
  timer.TimerFunction = WatchElapsed;
  timer.FunctionContext = this;
  NdisInitializeEvent(&WatchIdle);
  NDIS_STATUS status = NdisAllocateTimerObject(Miniport, &timer, &WatchTimer);
  if (status != NDIS_STATUS_SUCCESS) return status;
  WatchWork = NdisAllocateIoWorkItem(Miniport);
  return WatchWork == NULL ? NDIS_STATUS_RESOURCES : NDIS_STATUS_SUCCESS;
}

PAGE_CODE VOID Adapter::DestroyWatch() {
  if (WatchWork != NULL) NdisFreeIoWorkItem(WatchWork);
  if (WatchTimer != NULL) NdisFreeTimerObject(WatchTimer);
  WatchWork = WatchTimer = NULL;
}

VOID Adapter::ArmWatch() {
  LARGE_INTEGER due;
  due.QuadPart = -SECOND * Settings.WatchSeconds;
  NdisSetTimerObject(WatchTimer, due, 0, this);
}

VOID Adapter::StartWatch() {
  NdisAcquireSpinLock(&Lock);
  WatchWanted = TRUE;
  NdisResetEvent(&WatchIdle);
  ArmWatch();
  NdisReleaseSpinLock(&Lock);
}

/* Afterwards neither the timer nor the work item runs. */
VOID Adapter::StopWatch() {
  NdisAcquireSpinLock(&Lock);
  BOOLEAN wanted = WatchWanted;
  WatchWanted = FALSE;
  NdisReleaseSpinLock(&Lock);
  if (wanted && !NdisCancelTimerObject(WatchTimer)) NdisWaitEvent(&WatchIdle, 0);
}

VOID Adapter::WatchElapsed(PVOID, PVOID Context, PVOID, PVOID) {
  Adapter *adapter = (Adapter *)Context;
  NdisQueueIoWorkItem(adapter->WatchWork, Watch, adapter);
}

VOID Adapter::Watch(PVOID Context, NDIS_HANDLE) {
  Adapter *adapter = (Adapter *)Context;
  if (adapter->MayReceive()) adapter->ReportLink();
  NdisAcquireSpinLock(&adapter->Lock);
  if (adapter->WatchWanted) {
    adapter->ArmWatch();
  } else {
    NdisSetEvent(&adapter->WatchIdle);
  }
  NdisReleaseSpinLock(&adapter->Lock);
}

/* Tells NDIS when the link has changed since the last time. */
VOID Adapter::ReportLink() {
  NDIS_STATUS_INDICATION indication = {};
  NDIS_LINK_STATE link = {};
  USHORT status = VIRTIO_NET_LINK_UP;
  NdisAcquireSpinLock(&Lock);
  BOOLEAN may = MayReceive();
  if (may && Device->Has(VIRTIO_NET_F_STATUS)) {
    Device->ReadConfiguration(VIRTIO_NET_CONFIG_STATUS, &status, sizeof(status));
  }
  BOOLEAN up = status != VIRTIO_GONE_WORD && (status & VIRTIO_NET_LINK_UP) != 0;
  BOOLEAN changed = may && (!LinkKnown || up != LinkUp);
  if (!may) up = LinkUp;
  LinkKnown = LinkKnown || may;
  LinkUp = up;
  NdisReleaseSpinLock(&Lock);
  if (!changed) return;

  Trace(TraceStates, "link is %s", up ? "up" : "down");
  link.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
  link.Header.Revision = NDIS_LINK_STATE_REVISION_1;
  link.Header.Size = NDIS_SIZEOF_LINK_STATE_REVISION_1;
  link.MediaConnectState = up ? MediaConnectStateConnected : MediaConnectStateDisconnected;
  link.MediaDuplexState = up ? MediaDuplexStateFull : MediaDuplexStateUnknown;
  link.XmitLinkSpeed = link.RcvLinkSpeed = up ? LINK_SPEED : NDIS_LINK_SPEED_UNKNOWN;
  link.PauseFunctions = NdisPauseFunctionsUnsupported;
  indication.Header.Type = NDIS_OBJECT_TYPE_STATUS_INDICATION;
  indication.Header.Revision = NDIS_STATUS_INDICATION_REVISION_1;
  indication.Header.Size = NDIS_SIZEOF_STATUS_INDICATION_REVISION_1;
  indication.SourceHandle = Miniport;
  indication.StatusCode = NDIS_STATUS_LINK_STATE;
  indication.StatusBuffer = &link;
  indication.StatusBufferSize = sizeof(link);
  NdisMIndicateStatusEx(Miniport, &indication);
}
