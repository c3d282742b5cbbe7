// Unmaps at surprise removal and, the pointer never cleared, again at removal.
// expect: WDM-UNMAP-ONCE error remove
#include "skeleton/skeleton.h"

static VOID SurpriseRemoval(PSAMPLE Device) {
  if (Device->Registers == NULL) return;
  MmUnmapIoSpace(Device->Registers, Device->Length);
}

const SAMPLE_HOOKS SampleHooks = {.SurpriseRemoval = SurpriseRemoval};
