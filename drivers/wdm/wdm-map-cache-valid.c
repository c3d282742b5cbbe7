// Asks for a cache type that is reserved for the system.
// expect: WDM-MAP-CACHE-VALID error start
#include "skeleton/skeleton.h"

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  NTSTATUS status = SampleFindMemory(Device, Translated);
  if (!NT_SUCCESS(status)) return status;
  PVOID window = MmMapIoSpace(Device->Address, PAGE_SIZE, MmHardwareCoherentCached);
  if (window != NULL) MmUnmapIoSpace(window, PAGE_SIZE);
  return SampleAcquire(Device, Raw, Translated);
}

const SAMPLE_HOOKS SampleHooks = {.Acquire = Acquire};
