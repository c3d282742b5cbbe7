// Maps the raw address, which the bus understands but the processor does not.
// expect: WDM-MAP-TRANSLATED error start
#include "skeleton/skeleton.h"

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  UNREFERENCED_PARAMETER(Translated);
  return SampleAcquire(Device, NULL, Raw);
}

const SAMPLE_HOOKS SampleHooks = {.Acquire = Acquire};
