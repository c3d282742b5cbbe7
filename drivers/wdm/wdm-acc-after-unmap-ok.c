// Cancels the timer that reads its registers, waits for its DPC, and unmaps last.
// expect: clean
#include "skeleton/skeleton.h"

#define PERIOD_MILLISECONDS 1
#define SETTLE_100NS (-50000)

typedef struct _POLL {
  KTIMER Timer;
  KDPC Dpc;
  volatile ULONG *Register;
} POLL, *PPOLL;

static KDEFERRED_ROUTINE Poll;
static VOID Poll(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2) {
  UNREFERENCED_PARAMETER(Dpc);
  UNREFERENCED_PARAMETER(Argument1);
  UNREFERENCED_PARAMETER(Argument2);
  READ_REGISTER_ULONG(((PPOLL)Context)->Register);
}

static VOID Settle(VOID) {
  LARGE_INTEGER interval = {.QuadPart = SETTLE_100NS};
  KeDelayExecutionThread(KernelMode, FALSE, &interval);
}

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  PPOLL poll = Device->Context;
  LARGE_INTEGER due = {.QuadPart = -10000};
  NTSTATUS status = SampleAcquire(Device, Raw, Translated);
  if (!NT_SUCCESS(status)) return status;
  poll->Register = (volatile ULONG *)Device->Registers;
  KeInitializeDpc(&poll->Dpc, Poll, poll);
  KeInitializeTimerEx(&poll->Timer, NotificationTimer);
  KeSetTimerEx(&poll->Timer, due, PERIOD_MILLISECONDS, &poll->Dpc);
  return STATUS_SUCCESS;
}

static VOID Release(PSAMPLE Device) {
  PPOLL poll = Device->Context;
  if (Device->Registers == NULL) return;
  KeCancelTimer(&poll->Timer);
  KeFlushQueuedDpcs();
  SampleRelease(Device);
  Settle();
}

const SAMPLE_HOOKS SampleHooks = {.ContextSize = sizeof(POLL), .Acquire = Acquire, .Release = Release};
