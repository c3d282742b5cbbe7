// Unmaps at device IRQL.
// expect: WDM-UNMAP-IRQL error stop
#include "skeleton/skeleton.h"

#define DEVICE_LEVEL 5

static VOID Release(PSAMPLE Device) {
  if (Device->Registers == NULL) return;
  KIRQL old;
  KeRaiseIrql(DEVICE_LEVEL, &old);
  SampleRelease(Device);
  KeLowerIrql(old);
}

const SAMPLE_HOOKS SampleHooks = {.Release = Release};
