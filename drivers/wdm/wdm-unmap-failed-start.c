// Fails its start after mapping, and leaves the undoing to the removal that follows.
// expect: WDM-UNMAP-FAILED-START error start
#include "skeleton/skeleton.h"

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  NTSTATUS status = SampleAcquire(Device, Raw, Translated);
  return NT_SUCCESS(status) ? STATUS_DEVICE_CONFIGURATION_ERROR : status;
}

const SAMPLE_HOOKS SampleHooks = {.Acquire = Acquire};
