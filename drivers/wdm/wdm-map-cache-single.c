// Maps the same registers a second time with another cache type.
// expect: WDM-MAP-CACHE-SINGLE error start
#include "skeleton/skeleton.h"

typedef struct _SECOND {
  PUCHAR Registers;
} SECOND, *PSECOND;

static VOID Release(PSAMPLE Device) {
  PSECOND second = Device->Context;
  if (second->Registers != NULL) MmUnmapIoSpace(second->Registers, PAGE_SIZE);
  second->Registers = NULL;
  SampleRelease(Device);
}

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  PSECOND second = Device->Context;
  NTSTATUS status = SampleAcquire(Device, Raw, Translated);
  if (!NT_SUCCESS(status)) return status;
  second->Registers = MmMapIoSpaceEx(Device->Address, PAGE_SIZE, PAGE_READWRITE | PAGE_WRITECOMBINE);
  if (second->Registers != NULL) return STATUS_SUCCESS;
  Release(Device);
  return STATUS_INSUFFICIENT_RESOURCES;
}

const SAMPLE_HOOKS SampleHooks = {.ContextSize = sizeof(SECOND), .Acquire = Acquire, .Release = Release};
