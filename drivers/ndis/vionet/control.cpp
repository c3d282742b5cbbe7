/* Commands to the device, several at a time. */
#include "vionet.h"

#define HEADER_BYTES 2
#define ANSWER_AT (CONTROL_BYTES - 1)
#define NO_ANSWER 0xff

PAGE_CODE NDIS_STATUS ControlQueue::Create(USHORT Entries) {
  NDIS_STATUS status = CreateRing(Entries);
  if (status == NDIS_STATUS_SUCCESS) status = Memory.Allocate(Owner->Handle(), CONTROL_COMMANDS * CONTROL_BYTES);
  for (ULONG i = 0; i < CONTROL_COMMANDS; i++) Commands[i].Offset = i * CONTROL_BYTES;
  return status;
}

PAGE_CODE ControlQueue::~ControlQueue() { Memory.Free(); }

VOID ControlQueue::SendMode(UCHAR Mode, BOOLEAN On) {
  UCHAR value = On ? 1 : 0;
  Send(VIRTIO_NET_CTRL_RX, Mode, &value, sizeof(value));
}

/* A command without a place, or too long for one, is one that failed. */
VOID ControlQueue::Send(UCHAR Class, UCHAR Command, const void *Data, ULONG Bytes) {
  BOOLEAN sent = FALSE;
  NdisAcquireSpinLock(&Lock);
  for (ULONG i = 0; i < CONTROL_COMMANDS && !sent && Bytes <= ANSWER_AT - HEADER_BYTES; i++) {
    CONTROL_COMMAND *command = &Commands[i];
    if (command->Busy) continue;
    PUCHAR block = Memory.At<UCHAR>(command->Offset);
    block[0] = Class;
    block[1] = Command;
    NdisMoveMemory(block + HEADER_BYTES, Data, Bytes);
    block[ANSWER_AT] = NO_ANSWER;
    PIECE pieces[2] = {{Memory.Address(command->Offset), HEADER_BYTES + Bytes},
                       {Memory.Address(command->Offset + ANSWER_AT), 1}};
    if (!Put(pieces, 1, 1, command, NULL)) break;
    command->Busy = TRUE;
    command->Asked = Request != NULL && Unanswered > 0;
    if (command->Asked) Unanswered++;
    sent = TRUE;
    Kick();
  }
  if (!sent) Result = NDIS_STATUS_RESOURCES;
  NdisReleaseSpinLock(&Lock);
}

VOID ControlQueue::BeginRequest(PNDIS_OID_REQUEST NewRequest) {
  NdisAcquireSpinLock(&Lock);
  Request = NewRequest;
  Unanswered = 1;
  Result = NDIS_STATUS_SUCCESS;
  NdisReleaseSpinLock(&Lock);
}

/* With the lock held: the request, when these were the last of its commands. */
PNDIS_OID_REQUEST ControlQueue::Forget(ULONG Count) {
  if (Request == NULL || Count == 0) return NULL;
  Unanswered -= Count;
  if (Unanswered > 0) return NULL;
  PNDIS_OID_REQUEST done = Request;
  Request = NULL;
  return done;
}

/* What the request comes to now, or that it is completed later. */
NDIS_STATUS ControlQueue::EndRequest() {
  NdisAcquireSpinLock(&Lock);
  NDIS_STATUS status = Forget(1) == NULL ? NDIS_STATUS_PENDING : Result;
  NdisReleaseSpinLock(&Lock);
  return status;
}

BOOLEAN ControlQueue::Serve(PNDIS_RECEIVE_THROTTLE_PARAMETERS) {
  ULONG asked = 0, written;
  NdisDprAcquireSpinLock(&Lock);
  while (CONTROL_COMMAND *command = (CONTROL_COMMAND *)Take(&written)) {
    PUCHAR block = Memory.At<UCHAR>(command->Offset);
    if (block[ANSWER_AT] != VIRTIO_NET_OK) {
      Trace(TraceErrors, "device refuses command %u.%u\n", block[0], block[1]);
      if (command->Asked) Result = NDIS_STATUS_FAILURE;
    }
    if (command->Asked) asked++;
    command->Busy = FALSE;
  }
  PNDIS_OID_REQUEST done = Forget(asked);
  NDIS_STATUS status = Result;
  NdisDprReleaseSpinLock(&Lock);
  if (done != NULL) Owner->CompleteRequest(done, status);
  return FALSE;
}

/* What was set is kept, and the device hears of it when it starts again. */
VOID ControlQueue::Reclaim(NDIS_STATUS) {
  ULONG asked = 0;
  USHORT from = 0;
  NdisAcquireSpinLock(&Lock);
  while (CONTROL_COMMAND *command = (CONTROL_COMMAND *)TakeBack(&from)) {
    if (command->Asked) asked++;
    command->Busy = FALSE;
  }
  PNDIS_OID_REQUEST done = Forget(asked);
  NdisReleaseSpinLock(&Lock);
  if (done != NULL) Owner->CompleteRequest(done, NDIS_STATUS_SUCCESS);
}
