// Maps two windows and gives back one.
// expect: WDM-UNMAP-SYMMETRY error stop
#include "skeleton/skeleton.h"

typedef struct _SECOND {
  PUCHAR Registers;
} SECOND, *PSECOND;

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  PSECOND second = Device->Context;
  NTSTATUS status = SampleAcquire(Device, Raw, Translated);
  if (!NT_SUCCESS(status)) return status;
  second->Registers = MmMapIoSpaceEx(Device->Address, PAGE_SIZE, PAGE_READWRITE | PAGE_NOCACHE);
  return second->Registers == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

const SAMPLE_HOOKS SampleHooks = {.ContextSize = sizeof(SECOND), .Acquire = Acquire};
