// Maps its registers at DISPATCH_LEVEL, which is the highest level allowed.
// expect: clean
#include "skeleton/skeleton.h"

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  KIRQL old;
  KeRaiseIrql(DISPATCH_LEVEL, &old);
  NTSTATUS status = SampleAcquire(Device, Raw, Translated);
  KeLowerIrql(old);
  return status;
}

const SAMPLE_HOOKS SampleHooks = {.Acquire = Acquire};
