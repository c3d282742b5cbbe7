// Unmaps at DISPATCH_LEVEL, which the function page allows.
// expect: clean
#include "skeleton/skeleton.h"

static VOID Release(PSAMPLE Device) {
  KIRQL old;
  if (Device->Registers == NULL) return;
  KeRaiseIrql(DISPATCH_LEVEL, &old);
  SampleRelease(Device);
  KeLowerIrql(old);
}

const SAMPLE_HOOKS SampleHooks = {.Release = Release};
