/* The link: reported when the controller says so, and looked after by a timer in case it does not. */
#include "nic.h"

#define MDIC_POLLS 64
#define MDIC_MICROSECONDS 10
#define SECOND 10000000LL
#define MEGABIT 1000000ULL

static NDIS_TIMER_FUNCTION TimerElapsed;
static NDIS_IO_WORKITEM CheckLink;

PAGE_CODE NDIS_STATUS NicCreateLinkCheck(PNIC Nic) {
  NDIS_TIMER_CHARACTERISTICS timer = {0};
  timer.Header.Type = NDIS_OBJECT_TYPE_TIMER_CHARACTERISTICS;
  timer.Header.Revision = NDIS_TIMER_CHARACTERISTICS_REVISION_1;
  timer.Header.Size = NDIS_SIZEOF_TIMER_CHARACTERISTICS_REVISION_1;
  timer.AllocationTag = NIC_TAG;
  timer.TimerFunction = TimerElapsed;
  timer.FunctionContext = Nic;
  NdisInitializeEvent(&Nic->LinkIdle);
  NDIS_STATUS status = NdisAllocateTimerObject(Nic->Adapter, &timer, &Nic->LinkTimer);
  if (status != NDIS_STATUS_SUCCESS) return status;
  Nic->LinkWork = NdisAllocateIoWorkItem(Nic->Adapter);
  return Nic->LinkWork == NULL ? NDIS_STATUS_RESOURCES : NDIS_STATUS_SUCCESS;
}

PAGE_CODE VOID NicDestroyLinkCheck(PNIC Nic) {
  if (Nic->LinkWork != NULL) NdisFreeIoWorkItem(Nic->LinkWork);
  if (Nic->LinkTimer != NULL) NdisFreeTimerObject(Nic->LinkTimer);
  Nic->LinkWork = Nic->LinkTimer = NULL;
}

static VOID Arm(PNIC Nic) {
  LARGE_INTEGER due;
  due.QuadPart = -SECOND * Nic->Configuration.LinkCheckSeconds;
  NdisSetTimerObject(Nic->LinkTimer, due, 0, Nic);
}

VOID NicStartLinkCheck(PNIC Nic) {
  NdisAcquireSpinLock(&Nic->Lock);
  Nic->LinkWanted = TRUE;
  NdisResetEvent(&Nic->LinkIdle);
  Arm(Nic);
  NdisReleaseSpinLock(&Nic->Lock);
}

/* Afterwards neither the timer nor the work item runs. */
VOID NicStopLinkCheck(PNIC Nic) {
  NdisAcquireSpinLock(&Nic->Lock);
  BOOLEAN wanted = Nic->LinkWanted;
  Nic->LinkWanted = FALSE;
  NdisReleaseSpinLock(&Nic->Lock);
  if (wanted && !NdisCancelTimerObject(Nic->LinkTimer)) NdisWaitEvent(&Nic->LinkIdle, 0);
}

static VOID TimerElapsed(PVOID SystemSpecific1, PVOID Context, PVOID SystemSpecific2, PVOID SystemSpecific3) {
  PNIC nic = Context;
  UNREFERENCED_PARAMETER(SystemSpecific1);
  UNREFERENCED_PARAMETER(SystemSpecific2);
  UNREFERENCED_PARAMETER(SystemSpecific3);
  NdisQueueIoWorkItem(nic->LinkWork, CheckLink, nic);
}

/* The PHY latches a loss of the link until it is read: the first answer tells of the past, the second of now. */
PAGE_CODE static VOID ReadPhy(PNIC Nic, ULONG Register) {
  NicWrite(Nic, REG_MDIC, MDIC_READ(Register));
  for (ULONG i = 0; i < MDIC_POLLS; i++) {
    ULONG answer = NicRead(Nic, REG_MDIC);
    if (answer == NIC_GONE || answer & (MDIC_READY | MDIC_ERROR)) return;
    NdisMSleep(MDIC_MICROSECONDS);
  }
}

static VOID CheckLink(PVOID Context, NDIS_HANDLE WorkItem) {
  PNIC nic = Context;
  UNREFERENCED_PARAMETER(WorkItem);
  if (NicIsPresent(nic)) {
    ReadPhy(nic, PHY_STATUS);
    NicReportLink(nic);
  }
  NdisAcquireSpinLock(&nic->Lock);
  if (nic->LinkWanted) {
    Arm(nic);
  } else {
    NdisSetEvent(&nic->LinkIdle);
  }
  NdisReleaseSpinLock(&nic->Lock);
}

/* Tells NDIS when the link has changed since the last time. */
VOID NicReportLink(PNIC Nic) {
  static const ULONG64 speeds[] = {10 * MEGABIT, 100 * MEGABIT, 1000 * MEGABIT, 1000 * MEGABIT};
  NDIS_STATUS_INDICATION indication = {0};
  NDIS_LINK_STATE link = {0};
  NdisAcquireSpinLock(&Nic->Lock);
  ULONG status = NicIsPresent(Nic) ? NicRead(Nic, REG_STATUS) : 0;
  BOOLEAN up = status != NIC_GONE && (status & STATUS_LU) != 0;
  BOOLEAN full = (status & STATUS_FD) != 0;
  ULONG64 speed = speeds[STATUS_SPEED(status)];
  BOOLEAN changed = up != Nic->LinkUp || (up && (full != Nic->FullDuplex || speed != Nic->LinkSpeed));
  Nic->LinkUp = up;
  Nic->FullDuplex = full;
  Nic->LinkSpeed = speed;
  NdisReleaseSpinLock(&Nic->Lock);
  if (!changed) return;

  link.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
  link.Header.Revision = NDIS_LINK_STATE_REVISION_1;
  link.Header.Size = NDIS_SIZEOF_LINK_STATE_REVISION_1;
  link.MediaConnectState = up ? MediaConnectStateConnected : MediaConnectStateDisconnected;
  link.MediaDuplexState = !up ? MediaDuplexStateUnknown : full ? MediaDuplexStateFull : MediaDuplexStateHalf;
  link.XmitLinkSpeed = link.RcvLinkSpeed = up ? speed : NDIS_LINK_SPEED_UNKNOWN;
  link.PauseFunctions = NdisPauseFunctionsUnsupported;
  link.AutoNegotiationFlags = NDIS_LINK_STATE_XMIT_LINK_SPEED_AUTO_NEGOTIATED |
                              NDIS_LINK_STATE_RCV_LINK_SPEED_AUTO_NEGOTIATED |
                              NDIS_LINK_STATE_DUPLEX_AUTO_NEGOTIATED;
  indication.Header.Type = NDIS_OBJECT_TYPE_STATUS_INDICATION;
  indication.Header.Revision = NDIS_STATUS_INDICATION_REVISION_1;
  indication.Header.Size = NDIS_SIZEOF_STATUS_INDICATION_REVISION_1;
  indication.SourceHandle = Nic->Adapter;
  indication.StatusCode = NDIS_STATUS_LINK_STATE;
  indication.StatusBuffer = &link;
  indication.StatusBufferSize = sizeof(link);
  NdisMIndicateStatusEx(Nic->Adapter, &indication);
}
