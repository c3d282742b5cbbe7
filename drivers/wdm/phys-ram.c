// Maps a page of ordinary RAM that belongs to somebody else.
// expect: WDM-MAP-LOCKED error start
#include "skeleton/skeleton.h"

#define SOMEBODYS_PAGE 0x200000

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  PHYSICAL_ADDRESS page = {.QuadPart = SOMEBODYS_PAGE};
  PVOID window = MmMapIoSpaceEx(page, PAGE_SIZE, PAGE_READWRITE);
  if (window != NULL) MmUnmapIoSpace(window, PAGE_SIZE);
  return SampleAcquire(Device, Raw, Translated);
}

const SAMPLE_HOOKS SampleHooks = {.Acquire = Acquire};
