// Holds a control request in its dispatch routine until the application is ended.
// expect: clean
#include "skeleton/skeleton.h"

static NTSTATUS Control(PSAMPLE Device, PIRP Irp, PIO_STACK_LOCATION Stack) {
  KEVENT never;
  LARGE_INTEGER moment = {.QuadPart = -10};
  UNREFERENCED_PARAMETER(Device);
  UNREFERENCED_PARAMETER(Irp);
  UNREFERENCED_PARAMETER(Stack);
  KeInitializeEvent(&never, NotificationEvent, FALSE);
  if (KeDelayExecutionThread(UserMode, FALSE, &moment) != STATUS_SUCCESS) return STATUS_UNSUCCESSFUL;
  NTSTATUS status = KeWaitForSingleObject(&never, Executive, UserMode, FALSE, NULL);
  if (status != STATUS_USER_APC) KeBugCheckEx(MANUALLY_INITIATED_CRASH, (ULONG)status, 0, 0, 0);
  moment.QuadPart = -10000000;
  status = KeDelayExecutionThread(UserMode, FALSE, &moment);
  if (status != STATUS_USER_APC) KeBugCheckEx(MANUALLY_INITIATED_CRASH, (ULONG)status, 1, 0, 0);
  return STATUS_CANCELLED;
}

const SAMPLE_HOOKS SampleHooks = {.Control = Control};
