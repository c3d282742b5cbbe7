// Unmaps with half the length it mapped.
// expect: WDM-UNMAP-LENGTH error stop
#include "skeleton/skeleton.h"

static VOID Release(PSAMPLE Device) {
  if (Device->Registers == NULL) return;
  MmUnmapIoSpace(Device->Registers, Device->Length / 2);
  Device->Registers = NULL;
}

const SAMPLE_HOOKS SampleHooks = {.Release = Release};
