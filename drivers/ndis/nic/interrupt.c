/* The interrupt: what the ISR gathers, its DPC serves. */
#include "nic.h"

static MINIPORT_ISR Isr;
static MINIPORT_INTERRUPT_DPC Dpc;
static MINIPORT_DISABLE_INTERRUPT Disable;
static MINIPORT_ENABLE_INTERRUPT Enable;
static MINIPORT_SYNCHRONIZE_INTERRUPT TurnOn;
static MINIPORT_SYNCHRONIZE_INTERRUPT TurnOff;
static MINIPORT_SYNCHRONIZE_INTERRUPT LetThrough;

PAGE_CODE NDIS_STATUS NicRegisterInterrupt(PNIC Nic) {
  NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS interrupt = {0};
  interrupt.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
  interrupt.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
  interrupt.Header.Size = NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
  interrupt.InterruptHandler = Isr;
  interrupt.InterruptDpcHandler = Dpc;
  interrupt.DisableInterruptHandler = Disable;
  interrupt.EnableInterruptHandler = Enable;
  NDIS_STATUS status = NdisMRegisterInterruptEx(Nic->Adapter, Nic, &interrupt, &Nic->Interrupt);
  if (status != NDIS_STATUS_SUCCESS) {
    NdisWriteErrorLogEntry(Nic->Adapter, NDIS_ERROR_CODE_INTERRUPT_CONNECT, 1, (ULONG)status);
  }
  return status;
}

/* Waits for the DPC too. */
PAGE_CODE VOID NicDeregisterInterrupt(PNIC Nic) {
  if (Nic->Interrupt == NULL) return;
  NdisMDeregisterInterruptEx(Nic->Interrupt);
  Nic->Interrupt = NULL;
}

static BOOLEAN TurnOn(NDIS_HANDLE Context) {
  PNIC nic = Context;
  nic->InterruptsOn = TRUE;
  return LetThrough(nic);
}

static BOOLEAN TurnOff(NDIS_HANDLE Context) {
  PNIC nic = Context;
  nic->InterruptsOn = FALSE;
  if (NicIsPresent(nic)) NicWrite(nic, REG_IMC, NIC_GONE);
  return TRUE;
}

static BOOLEAN LetThrough(NDIS_HANDLE Context) {
  PNIC nic = Context;
  if (nic->InterruptsOn && NicIsPresent(nic)) NicWrite(nic, REG_IMS, NIC_CAUSES);
  return TRUE;
}

VOID NicEnableInterrupts(PNIC Nic) { NdisMSynchronizeWithInterruptEx(Nic->Interrupt, 0, TurnOn, Nic); }

/* Before registration nothing can interrupt, and the mask alone is set. */
VOID NicDisableInterrupts(PNIC Nic) {
  if (Nic->Interrupt != NULL) {
    NdisMSynchronizeWithInterruptEx(Nic->Interrupt, 0, TurnOff, Nic);
  } else {
    TurnOff(Nic);
  }
}

/* Reading the causes acknowledges them; the mask stays set until the DPC has served them. The line is shared. */
static BOOLEAN Isr(NDIS_HANDLE Context, PBOOLEAN QueueDpc, PULONG TargetProcessors) {
  PNIC nic = Context;
  *QueueDpc = FALSE;
  *TargetProcessors = 0;
  if (!nic->InterruptsOn || !NicIsPresent(nic)) return FALSE;
  ULONG causes = NicRead(nic, REG_ICR);
  if (causes == 0 || causes == NIC_GONE) return FALSE;
  NicWrite(nic, REG_IMC, NIC_GONE);
  InterlockedOr(&nic->Causes, (LONG)causes);
  *QueueDpc = TRUE;
  return TRUE;
}

static VOID Dpc(NDIS_HANDLE Context, PVOID DpcContext, PVOID Throttle, PVOID Reserved) {
  PNIC nic = Context;
  UNREFERENCED_PARAMETER(DpcContext);
  UNREFERENCED_PARAMETER(Reserved);
  ULONG causes = (ULONG)InterlockedExchange(&nic->Causes, 0);
  if (causes & CAUSE_LSC) NicReportLink(nic);
  if (causes & CAUSE_TXDW) NicReapSends(nic);
  NicReceive(nic, Throttle);
  NdisMSynchronizeWithInterruptEx(nic->Interrupt, 0, LetThrough, nic);
}

static VOID Disable(NDIS_HANDLE Context) {
  PNIC nic = Context;
  if (NicIsPresent(nic)) NicWrite(nic, REG_IMC, NIC_GONE);
}

static VOID Enable(NDIS_HANDLE Context) { LetThrough(Context); }
