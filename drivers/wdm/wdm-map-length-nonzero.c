// Asks for a mapping of no bytes at all before the real one.
// expect: WDM-MAP-LENGTH-NONZERO error start
#include "skeleton/skeleton.h"

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  NTSTATUS status = SampleFindMemory(Device, Translated);
  if (!NT_SUCCESS(status)) return status;
  PVOID nothing = MmMapIoSpaceEx(Device->Address, 0, PAGE_READWRITE | PAGE_NOCACHE);
  if (nothing != NULL) MmUnmapIoSpace(nothing, 0);
  return SampleAcquire(Device, Raw, Translated);
}

const SAMPLE_HOOKS SampleHooks = {.Acquire = Acquire};
