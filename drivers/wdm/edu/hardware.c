/* The device itself: register access, interrupt service, factorial and DMA. */
#include "edu.h"

#define EDU_TIMEOUT_SECONDS 5

static volatile ULONG *EduRegister(PEDU_DEVICE Device, ULONG Offset) {
  return (volatile ULONG *)(Device->Registers + Offset);
}

static VOID EduWrite64(PEDU_DEVICE Device, ULONG Offset, ULONG64 Value) {
  WRITE_REGISTER_ULONG64((volatile ULONG64 *)(Device->Registers + Offset), Value);
}

ULONG EduReadRegister(PEDU_DEVICE Device, ULONG Offset) { return READ_REGISTER_ULONG(EduRegister(Device, Offset)); }

ULONG EduLiveness(PEDU_DEVICE Device, ULONG Value) {
  WRITE_REGISTER_ULONG(EduRegister(Device, EDU_REG_LIVENESS), Value);
  return READ_REGISTER_ULONG(EduRegister(Device, EDU_REG_LIVENESS));
}

/* No further interrupt on completion, and nothing left to acknowledge. */
VOID EduQuiet(PEDU_DEVICE Device) {
  WRITE_REGISTER_ULONG(EduRegister(Device, EDU_REG_STATUS), 0);
  WRITE_REGISTER_ULONG(EduRegister(Device, EDU_REG_INTERRUPT_ACK),
                       READ_REGISTER_ULONG(EduRegister(Device, EDU_REG_INTERRUPT_STATUS)));
}

BOOLEAN EduInterrupt(PKINTERRUPT Interrupt, PVOID Context) {
  PEDU_DEVICE device = Context;
  ULONG causes = READ_REGISTER_ULONG(EduRegister(device, EDU_REG_INTERRUPT_STATUS));

  UNREFERENCED_PARAMETER(Interrupt);
  if (causes == 0) return FALSE;
  WRITE_REGISTER_ULONG(EduRegister(device, EDU_REG_INTERRUPT_ACK), causes);
  InterlockedOr(&device->PendingInterrupts, causes);
  KeInsertQueueDpc(&device->Dpc, NULL, NULL);
  return TRUE;
}

BOOLEAN EduMessageInterrupt(PKINTERRUPT Interrupt, PVOID Context, ULONG Message) {
  UNREFERENCED_PARAMETER(Message);
  return EduInterrupt(Interrupt, Context);
}

VOID EduDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2) {
  PEDU_DEVICE device = Context;
  LONG causes = InterlockedExchange(&device->PendingInterrupts, 0);

  UNREFERENCED_PARAMETER(Dpc);
  UNREFERENCED_PARAMETER(Argument1);
  UNREFERENCED_PARAMETER(Argument2);
  if (causes & EDU_INTERRUPT_FACTORIAL) KeSetEvent(&device->FactorialDone, IO_NO_INCREMENT, FALSE);
  if (causes & EDU_INTERRUPT_DMA) KeSetEvent(&device->DmaDone, IO_NO_INCREMENT, FALSE);
}

static NTSTATUS EduWait(PKEVENT Event) {
  LARGE_INTEGER timeout = {.QuadPart = -10000000LL * EDU_TIMEOUT_SECONDS};
  NTSTATUS status = KeWaitForSingleObject(Event, Executive, KernelMode, FALSE, &timeout);
  return status == STATUS_TIMEOUT ? STATUS_IO_TIMEOUT : status;
}

NTSTATUS EduFactorial(PEDU_DEVICE Device, ULONG Value, PULONG Result) {
  KeClearEvent(&Device->FactorialDone);
  WRITE_REGISTER_ULONG(EduRegister(Device, EDU_REG_STATUS), EDU_STATUS_INTERRUPT);
  WRITE_REGISTER_ULONG(EduRegister(Device, EDU_REG_FACTORIAL), Value);
  NTSTATUS status = EduWait(&Device->FactorialDone);
  WRITE_REGISTER_ULONG(EduRegister(Device, EDU_REG_STATUS), 0);
  if (NT_SUCCESS(status)) *Result = READ_REGISTER_ULONG(EduRegister(Device, EDU_REG_FACTORIAL));
  return status;
}

/* Moves Length bytes between the common buffer and the device's own buffer. */
NTSTATUS EduDma(PEDU_DEVICE Device, ULONG Offset, ULONG Length, BOOLEAN FromDevice) {
  ULONG64 local = EDU_DMA_BUFFER + Offset;
  ULONG64 host = (ULONG64)Device->DmaAddress.QuadPart;

  if (Offset > EDU_DMA_LENGTH || Length > EDU_DMA_LENGTH - Offset) return STATUS_INVALID_PARAMETER;
  if (Length == 0) return STATUS_SUCCESS;
  KeClearEvent(&Device->DmaDone);
  EduWrite64(Device, EDU_REG_DMA_SOURCE, FromDevice ? local : host);
  EduWrite64(Device, EDU_REG_DMA_DESTINATION, FromDevice ? host : local);
  EduWrite64(Device, EDU_REG_DMA_COUNT, Length);
  EduWrite64(Device, EDU_REG_DMA_COMMAND,
             EDU_DMA_START | EDU_DMA_INTERRUPT | (FromDevice ? EDU_DMA_FROM_DEVICE : 0));
  return EduWait(&Device->DmaDone);
}
