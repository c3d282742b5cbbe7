// Unmaps from an address inside the mapping.
// expect: WDM-UNMAP-BASE error stop
#include "skeleton/skeleton.h"

static VOID Release(PSAMPLE Device) {
  if (Device->Registers == NULL) return;
  MmUnmapIoSpace(Device->Registers + PAGE_SIZE, Device->Length);
  Device->Registers = NULL;
}

const SAMPLE_HOOKS SampleHooks = {.Release = Release};
