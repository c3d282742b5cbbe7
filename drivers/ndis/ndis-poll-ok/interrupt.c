/* The interrupt asks for a poll and stays off until NDIS has it switched on again. */
#include "polled.h"

static MINIPORT_ISR Isr;
static MINIPORT_INTERRUPT_DPC Dpc;
static MINIPORT_SYNCHRONIZE_INTERRUPT TurnOn;
static MINIPORT_SYNCHRONIZE_INTERRUPT TurnOff;
static NDIS_POLL Poll;
static NDIS_SET_POLL_NOTIFICATION SetNotification;

static NDIS_STATUS RegisterPoll(PPOLLED Polled) {
  NDIS_POLL_CHARACTERISTICS poll = {0};
  PROCESSOR_NUMBER first = {0};
  poll.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
  poll.Header.Revision = NDIS_POLL_CHARACTERISTICS_REVISION_1;
  poll.Header.Size = NDIS_SIZEOF_NDIS_POLL_CHARACTERISTICS_REVISION_1;
  poll.PollHandler = Poll;
  poll.SetPollNotificationHandler = SetNotification;
  NDIS_STATUS status = NdisRegisterPoll(Polled->Adapter, Polled, &poll, &Polled->Poll);
  if (status == NDIS_STATUS_SUCCESS) NdisSetPollAffinity(Polled->Poll, &first);
  return status;
}

/* The poll object first: the interrupt may come as soon as it is registered. */
NDIS_STATUS PolledRegisterInterrupt(PPOLLED Polled) {
  NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS interrupt = {0};
  NDIS_STATUS status = RegisterPoll(Polled);
  if (status != NDIS_STATUS_SUCCESS) return status;
  interrupt.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
  interrupt.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
  interrupt.Header.Size = NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
  interrupt.InterruptHandler = Isr;
  interrupt.InterruptDpcHandler = Dpc;
  return NdisMRegisterInterruptEx(Polled->Adapter, Polled, &interrupt, &Polled->Interrupt);
}

/* Without the interrupt nothing asks for a poll any more; then the polling itself is waited for. */
VOID PolledDeregisterInterrupt(PPOLLED Polled) {
  if (Polled->Interrupt != NULL) NdisMDeregisterInterruptEx(Polled->Interrupt);
  Polled->Interrupt = NULL;
  if (Polled->Poll != NULL) NdisDeregisterPoll(Polled->Poll);
  Polled->Poll = NULL;
}

static BOOLEAN TurnOn(NDIS_HANDLE Context) {
  PPOLLED polled = Context;
  polled->Armed = polled->Running && PolledIsPresent(polled);
  if (polled->Armed) PolledWrite(polled, REG_IMS, NIC_CAUSES);
  return TRUE;
}

static BOOLEAN TurnOff(NDIS_HANDLE Context) {
  PPOLLED polled = Context;
  polled->Armed = FALSE;
  PolledWrite(polled, REG_IMC, NIC_GONE);
  return TRUE;
}

VOID PolledArm(PPOLLED Polled) { NdisMSynchronizeWithInterruptEx(Polled->Interrupt, 0, TurnOn, Polled); }

VOID PolledDisarm(PPOLLED Polled) {
  if (Polled->Interrupt != NULL) {
    NdisMSynchronizeWithInterruptEx(Polled->Interrupt, 0, TurnOff, Polled);
  } else {
    TurnOff(Polled);
  }
}

static BOOLEAN Isr(NDIS_HANDLE Context, PBOOLEAN QueueDpc, PULONG TargetProcessors) {
  PPOLLED polled = Context;
  *QueueDpc = FALSE;
  *TargetProcessors = 0;
  if (!polled->Armed || !PolledIsPresent(polled)) return FALSE;
  ULONG causes = PolledRead(polled, REG_ICR);
  if (causes == 0 || causes == NIC_GONE) return FALSE;
  PolledWrite(polled, REG_IMC, NIC_GONE);
  NdisRequestPoll(polled->Poll, NULL);
  return TRUE;
}

/* NDIS takes no interrupt without one; it is never queued. */
static VOID Dpc(NDIS_HANDLE Context, PVOID DpcContext, PVOID Throttle, PVOID Reserved) {
  UNREFERENCED_PARAMETER(Context);
  UNREFERENCED_PARAMETER(DpcContext);
  UNREFERENCED_PARAMETER(Throttle);
  UNREFERENCED_PARAMETER(Reserved);
}

/* With the lock held: true when there is news to tell. */
static BOOLEAN LookAtLink(PPOLLED Polled) {
  if (!Polled->Running || !PolledIsPresent(Polled)) return FALSE;
  BOOLEAN up = (PolledRead(Polled, REG_STATUS) & STATUS_LU) != 0;
  BOOLEAN news = !Polled->LinkKnown || up != Polled->LinkUp;
  Polled->LinkKnown = TRUE;
  Polled->LinkUp = up;
  return news;
}

static VOID TellLink(PPOLLED Polled, BOOLEAN Up) {
  NDIS_LINK_STATE state = {0};
  NDIS_STATUS_INDICATION indication = {0};
  state.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
  state.Header.Revision = NDIS_LINK_STATE_REVISION_1;
  state.Header.Size = NDIS_SIZEOF_LINK_STATE_REVISION_1;
  state.MediaConnectState = Up ? MediaConnectStateConnected : MediaConnectStateDisconnected;
  state.MediaDuplexState = Up ? MediaDuplexStateFull : MediaDuplexStateUnknown;
  state.XmitLinkSpeed = state.RcvLinkSpeed = Up ? GIGABIT : NDIS_LINK_SPEED_UNKNOWN;
  state.PauseFunctions = NdisPauseFunctionsUnsupported;
  indication.Header.Type = NDIS_OBJECT_TYPE_STATUS_INDICATION;
  indication.Header.Revision = NDIS_STATUS_INDICATION_REVISION_1;
  indication.Header.Size = NDIS_SIZEOF_STATUS_INDICATION_REVISION_1;
  indication.SourceHandle = Polled->Adapter;
  indication.StatusCode = NDIS_STATUS_LINK_STATE;
  indication.StatusBuffer = &state;
  indication.StatusBufferSize = sizeof(state);
  NdisMIndicateStatusEx(Polled->Adapter, &indication);
}

/* At PASSIVE_LEVEL or DISPATCH_LEVEL. */
static VOID Poll(VOID *Context, NDIS_POLL_DATA *Data) {
  PPOLLED polled = Context;
  NdisAcquireSpinLock(&polled->Lock);
  BOOLEAN news = LookAtLink(polled);
  BOOLEAN up = polled->LinkUp;
  PolledReap(polled, &Data->Transmit);
  PolledCollect(polled, &Data->Receive);
  NdisReleaseSpinLock(&polled->Lock);
  if (news) TellLink(polled, up);
}

static VOID SetNotification(VOID *Context, NDIS_POLL_NOTIFICATION *Notification) {
  PPOLLED polled = Context;
  if (Notification->Enabled) {
    PolledArm(polled);
  } else if (PolledIsPresent(polled)) {
    PolledDisarm(polled);
  }
}
