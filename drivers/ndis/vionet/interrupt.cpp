/* Interrupts: one message for changes of configuration and one for each queue, or the line for everything. */
#include "vionet.h"

#define CONFIG_MESSAGE 0
#define EVERY_MESSAGE MAXULONG
#define ROUNDS 8 /* of a DPC that finds more each time; then others get their turn */

struct REARM {
  Adapter *Owner;
  ULONG Message;
};

PAGE_CODE NDIS_STATUS Adapter::RegisterInterrupts() {
  NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS interrupt = {};
  interrupt.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
  interrupt.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
  interrupt.Header.Size = NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
  interrupt.InterruptHandler = LineInterrupt;
  interrupt.InterruptDpcHandler = LineDpc;
  interrupt.DisableInterruptHandler = DisableLine;
  interrupt.EnableInterruptHandler = EnableLine;
  interrupt.MsiSupported = TRUE;
  interrupt.MessageInterruptHandler = MessageInterrupt;
  interrupt.MessageInterruptDpcHandler = MessageDpc;
  interrupt.DisableMessageInterruptHandler = DisableMessage;
  interrupt.EnableMessageInterruptHandler = EnableMessage;
  NDIS_STATUS status = NdisMRegisterInterruptEx(Miniport, this, &interrupt, &Interrupt);
  if (status != NDIS_STATUS_SUCCESS) {
    Interrupt = NULL;
    NdisWriteErrorLogEntry(Miniport, NDIS_ERROR_CODE_INTERRUPT_CONNECT, 1, (ULONG)status);
    return status;
  }
  PIO_INTERRUPT_MESSAGE_INFO table = interrupt.MessageInfoTable;
  Messages = interrupt.InterruptType == NDIS_CONNECT_MESSAGE_BASED && table != NULL ? table->MessageCount : 0;
  for (ULONG i = 0; i < Messages; i++) {
    PIO_INTERRUPT_MESSAGE_INFO_ENTRY entry = &table->MessageInfo[i];
    Trace(TraceResources, "message %u: %I64x := %x, vector %x", i, entry->MessageAddress.QuadPart, entry->MessageData,
          entry->Vector);
  }
  Device->InterruptsConnected();
  AssignMessages();
  return NDIS_STATUS_SUCCESS;
}

/* Waits for the DPCs too. */
PAGE_CODE VOID Adapter::DeregisterInterrupts() {
  if (Interrupt == NULL) return;
  NdisMDeregisterInterruptEx(Interrupt);
  Interrupt = NULL;
}

/* A message each, as far as they go; queues that are left over share what there is besides the first. */
PAGE_CODE VOID Adapter::AssignMessages() {
  for (ULONG i = 0; i < QueueCount; i++) Queues[i]->SetMessage(Messages > 1 ? 1 + i % (Messages - 1) : CONFIG_MESSAGE);
  Trace(TraceStates, "%u queues, %u messages", QueueCount, Messages);
}

/* Gives every queue to the device, with its vector. */
NDIS_STATUS Adapter::ConnectQueues() {
  NDIS_STATUS status = NDIS_STATUS_SUCCESS;
  if (Messages > 0 && !Device->SetConfigVector(CONFIG_MESSAGE)) return NDIS_STATUS_RESOURCES;
  for (ULONG i = 0; i < QueueCount && status == NDIS_STATUS_SUCCESS; i++) {
    Queues[i]->Prepare();
    status = Device->EnableQueue(Queues[i], Messages > 0 ? (USHORT)Queues[i]->MessageId() : VIRTIO_NO_VECTOR);
  }
  return status;
}

static BOOLEAN IsOf(const VirtQueue *Queue, ULONG Message) {
  return Message == EVERY_MESSAGE || Queue->MessageId() == Message;
}

BOOLEAN Adapter::ServeQueues(ULONG Message, PNDIS_RECEIVE_THROTTLE_PARAMETERS Throttle) {
  BOOLEAN more = FALSE;
  for (ULONG i = 0; i < QueueCount; i++) {
    if (IsOf(Queues[i], Message) && Queues[i]->Serve(Throttle)) more = TRUE;
  }
  return more;
}

BOOLEAN Adapter::RearmQueues(ULONG Message) {
  BOOLEAN again = FALSE;
  for (ULONG i = 0; i < QueueCount; i++) {
    if (IsOf(Queues[i], Message) && Queues[i]->EnableInterrupts()) again = TRUE;
  }
  if (again) QuietenQueues(Message);
  return again;
}

VOID Adapter::QuietenQueues(ULONG Message) {
  for (ULONG i = 0; i < QueueCount; i++) {
    if (IsOf(Queues[i], Message)) Queues[i]->DisableInterrupts();
  }
}

BOOLEAN Adapter::Rearm(NDIS_HANDLE Context) {
  REARM *rearm = (REARM *)Context;
  return rearm->Owner->RearmQueues(rearm->Message);
}

/* At DISPATCH_LEVEL. Interrupts come again once there is nothing left, or NDIS runs the DPC again. */
VOID Adapter::ServeMessage(ULONG Message, PNDIS_RECEIVE_THROTTLE_PARAMETERS Throttle) {
  REARM rearm = {this, Message};
  ULONG id = Message == EVERY_MESSAGE ? 0 : Message;
  for (ULONG round = 0; DeviceRuns && IsPresent(); round++) {
    if (ServeQueues(Message, Throttle) || round == ROUNDS) {
      Throttle->MoreNblsPending = 1;
      return;
    }
    if (!NdisMSynchronizeWithInterruptEx(Interrupt, id, Rearm, &rearm)) return;
  }
}

/* After the device has started: what it did before this is seen here, and what is left is a DPC's. */
VOID Adapter::EnableAllInterrupts() {
  KIRQL irql;
  NDIS_RAISE_IRQL_TO_DISPATCH(&irql);
  for (ULONG i = 0; i < max(Messages, 1u); i++) {
    NDIS_RECEIVE_THROTTLE_PARAMETERS throttle = {};
    throttle.MaxNblsToIndicate = NDIS_INDICATE_ALL_NBLS;
    ServeMessage(Messages == 0 ? EVERY_MESSAGE : i, &throttle);
    if (throttle.MoreNblsPending) {
      GROUP_AFFINITY target = Scaling.TargetOf(i);
      NdisMQueueDpcEx(Interrupt, i, &target, this);
    }
  }
  NDIS_LOWER_IRQL(irql, DISPATCH_LEVEL);
}

/* A message is nobody else's. Each queue's is followed by a DPC of its own where scaling wants it. */
BOOLEAN Adapter::MessageInterrupt(NDIS_HANDLE Context, ULONG MessageId, PBOOLEAN QueueDpc, PULONG TargetProcessors) {
  Adapter *adapter = (Adapter *)Context;
  *QueueDpc = FALSE;
  *TargetProcessors = 0;
  if (!adapter->DeviceRuns || !adapter->IsPresent()) return TRUE;
  InterlockedIncrement(&adapter->Interrupts);
  adapter->QuietenQueues(MessageId);
  if (MessageId == CONFIG_MESSAGE) {
    *QueueDpc = TRUE;
    return TRUE;
  }
  GROUP_AFFINITY target = adapter->Scaling.TargetOf(MessageId - 1);
  NdisMQueueDpcEx(adapter->Interrupt, MessageId, &target, adapter);
  return TRUE;
}

VOID Adapter::MessageDpc(NDIS_HANDLE Context, ULONG MessageId, PVOID, PVOID Throttle, PVOID) {
  Adapter *adapter = (Adapter *)Context;
  Trace(TraceTraffic, "DPC of message %u", MessageId);
  if (MessageId == CONFIG_MESSAGE) adapter->ReportLink();
  adapter->ServeMessage(MessageId, (PNDIS_RECEIVE_THROTTLE_PARAMETERS)Throttle);
}

/* The line is shared: only the device's own word makes the interrupt ours. */
BOOLEAN Adapter::LineInterrupt(NDIS_HANDLE Context, PBOOLEAN QueueDpc, PULONG TargetProcessors) {
  Adapter *adapter = (Adapter *)Context;
  *QueueDpc = FALSE;
  *TargetProcessors = 0;
  if (!adapter->DeviceRuns || !adapter->IsPresent()) return FALSE;
  UCHAR isr = adapter->Device->TakeIsr();
  if (isr == 0 || isr == VIRTIO_GONE) return FALSE;
  InterlockedIncrement(&adapter->Interrupts);
  InterlockedOr(&adapter->LineCauses, isr);
  adapter->QuietenQueues(EVERY_MESSAGE);
  *QueueDpc = TRUE;
  return TRUE;
}

VOID Adapter::LineDpc(NDIS_HANDLE Context, PVOID, PVOID Throttle, PVOID) {
  Adapter *adapter = (Adapter *)Context;
  if (InterlockedExchange(&adapter->LineCauses, 0) & VIRTIO_ISR_CONFIGURATION) adapter->ReportLink();
  adapter->ServeMessage(EVERY_MESSAGE, (PNDIS_RECEIVE_THROTTLE_PARAMETERS)Throttle);
}

VOID Adapter::DisableLine(NDIS_HANDLE Context) { ((Adapter *)Context)->QuietenQueues(EVERY_MESSAGE); }

VOID Adapter::EnableLine(NDIS_HANDLE Context) { ((Adapter *)Context)->RearmQueues(EVERY_MESSAGE); }

VOID Adapter::DisableMessage(NDIS_HANDLE Context, ULONG MessageId) { ((Adapter *)Context)->QuietenQueues(MessageId); }

VOID Adapter::EnableMessage(NDIS_HANDLE Context, ULONG MessageId) { ((Adapter *)Context)->RearmQueues(MessageId); }
