// Asks MmMapIoSpaceEx for two protections at once.
// expect: WDM-MAPEX-PROTECT error start
#include "skeleton/skeleton.h"

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  NTSTATUS status = SampleFindMemory(Device, Translated);
  if (!NT_SUCCESS(status)) return status;
  PVOID window = MmMapIoSpaceEx(Device->Address, PAGE_SIZE, PAGE_READWRITE | PAGE_READONLY | PAGE_NOCACHE);
  if (window != NULL) MmUnmapIoSpace(window, PAGE_SIZE);
  return SampleAcquire(Device, Raw, Translated);
}

const SAMPLE_HOOKS SampleHooks = {.Acquire = Acquire};
