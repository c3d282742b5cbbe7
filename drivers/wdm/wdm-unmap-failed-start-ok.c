// Fails its start after mapping, and undoes the mapping before it answers.
// expect: clean
#include "skeleton/skeleton.h"

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  NTSTATUS status = SampleAcquire(Device, Raw, Translated);
  SampleRelease(Device);
  return NT_SUCCESS(status) ? STATUS_DEVICE_CONFIGURATION_ERROR : status;
}

const SAMPLE_HOOKS SampleHooks = {.Acquire = Acquire};
