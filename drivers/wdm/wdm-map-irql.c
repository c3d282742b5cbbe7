// Maps its registers at device IRQL.
// expect: WDM-MAP-IRQL error start
#include "skeleton/skeleton.h"

#define DEVICE_LEVEL 5

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  KIRQL old;
  KeRaiseIrql(DEVICE_LEVEL, &old);
  NTSTATUS status = SampleAcquire(Device, Raw, Translated);
  KeLowerIrql(old);
  return status;
}

const SAMPLE_HOOKS SampleHooks = {.Acquire = Acquire};
