// Unmaps a window of 1 TB that it never got.
// expect: WDM-UNMAP-NOT-NULL error stop
#include "skeleton/skeleton.h"

#define WINDOW (1ULL << 40)

typedef struct _EXTRA {
  PVOID Window;
  BOOLEAN Mapped;
} EXTRA, *PEXTRA;

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  PEXTRA extra = Device->Context;
  NTSTATUS status = SampleAcquire(Device, Raw, Translated);
  if (!NT_SUCCESS(status)) return status;
  extra->Window = MmMapIoSpace(Device->Address, WINDOW, MmNonCached);
  extra->Mapped = TRUE;
  return STATUS_SUCCESS;
}

static VOID Release(PSAMPLE Device) {
  PEXTRA extra = Device->Context;
  if (extra->Mapped) MmUnmapIoSpace(extra->Window, WINDOW);
  extra->Mapped = FALSE;
  SampleRelease(Device);
}

const SAMPLE_HOOKS SampleHooks = {.ContextSize = sizeof(EXTRA), .Acquire = Acquire, .Release = Release};
