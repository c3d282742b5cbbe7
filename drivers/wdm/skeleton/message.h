/* The device's interrupt as a message: connected with the registers, served by a routine that gets its number. */
#pragma once

#include "skeleton.h"

#define MESSAGE_REG_FACTORIAL 0x08
#define MESSAGE_REG_STATUS 0x20
#define MESSAGE_STATUS_INTERRUPT 0x80
#define MESSAGE_REG_CAUSES 0x24
#define MESSAGE_REG_RAISE 0x60
#define MESSAGE_REG_ACKNOWLEDGE 0x64
#define MESSAGE_TIMEOUT_100NS (-10000000LL)

typedef struct _MESSAGE {
  PUCHAR Registers;
  PIO_INTERRUPT_MESSAGE_INFO Table;
  KDPC Dpc;
  KEVENT Came;
  volatile LONG Causes;
} MESSAGE, *PMESSAGE;

static inline volatile ULONG *MessageRegister(PMESSAGE Message, ULONG Offset) {
  return (volatile ULONG *)(Message->Registers + Offset);
}

static KDEFERRED_ROUTINE MessageDpc;
static VOID MessageDpc(PKDPC Dpc, PVOID Context, PVOID Number, PVOID Unused) {
  UNREFERENCED_PARAMETER(Dpc);
  UNREFERENCED_PARAMETER(Unused);
  PMESSAGE message = Context;
  DbgPrint("message %u, causes %x\n", PtrToUlong(Number), message->Causes);
  KeSetEvent(&message->Came, IO_NO_INCREMENT, FALSE);
}

/* A message is nobody else's, so there is nothing to decline. */
static KMESSAGE_SERVICE_ROUTINE MessageInterrupt;
static BOOLEAN MessageInterrupt(PKINTERRUPT Interrupt, PVOID Context, ULONG Number) {
  UNREFERENCED_PARAMETER(Interrupt);
  PMESSAGE message = Context;
  ULONG causes = READ_REGISTER_ULONG(MessageRegister(message, MESSAGE_REG_CAUSES));
  WRITE_REGISTER_ULONG(MessageRegister(message, MESSAGE_REG_ACKNOWLEDGE), causes);
  InterlockedOr(&message->Causes, (LONG)causes);
  KeInsertQueueDpc(&message->Dpc, UlongToPtr(Number), NULL);
  return TRUE;
}

/* Without a routine to fall back on this fails where the device has been given a line. */
static inline NTSTATUS MessageConnect(PSAMPLE Device) {
  PMESSAGE message = Device->Context;
  IO_CONNECT_INTERRUPT_PARAMETERS parameters = {0};
  message->Registers = Device->Registers;
  KeInitializeDpc(&message->Dpc, MessageDpc, message);
  KeInitializeEvent(&message->Came, SynchronizationEvent, FALSE);
  parameters.Version = CONNECT_MESSAGE_BASED;
  parameters.MessageBased.PhysicalDeviceObject = Device->Physical;
  parameters.MessageBased.ConnectionContext.InterruptMessageTable = &message->Table;
  parameters.MessageBased.MessageServiceRoutine = MessageInterrupt;
  parameters.MessageBased.ServiceContext = message;
  NTSTATUS status = IoConnectInterruptEx(&parameters);
  if (!NT_SUCCESS(status)) message->Table = NULL;
  return status;
}

static inline VOID MessageDisconnect(PSAMPLE Device) {
  PMESSAGE message = Device->Context;
  IO_DISCONNECT_INTERRUPT_PARAMETERS parameters = {0};
  if (message->Table == NULL) return;
  parameters.Version = CONNECT_MESSAGE_BASED;
  parameters.ConnectionContext.InterruptMessageTable = message->Table;
  IoDisconnectInterruptEx(&parameters);
  message->Table = NULL;
  KeFlushQueuedDpcs();
}

static inline NTSTATUS MessageAcquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw,
                                      PCM_PARTIAL_RESOURCE_LIST Translated) {
  NTSTATUS status = SampleAcquire(Device, Raw, Translated);
  if (NT_SUCCESS(status)) status = MessageConnect(Device);
  if (!NT_SUCCESS(status)) SampleRelease(Device);
  return status;
}

/* Has the device interrupt, and answers with the causes that came. */
static inline ULONG MessageRead(PSAMPLE Device) {
  PMESSAGE message = Device->Context;
  LARGE_INTEGER timeout = {.QuadPart = MESSAGE_TIMEOUT_100NS};
  WRITE_REGISTER_ULONG(MessageRegister(message, MESSAGE_REG_RAISE), 0x5);
  KeWaitForSingleObject(&message->Came, Executive, KernelMode, FALSE, &timeout);
  return (ULONG)InterlockedExchange(&message->Causes, 0);
}
