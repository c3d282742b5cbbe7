// Unmaps at removal, although its start failed before it mapped anything.
// expect: WDM-UNMAP-BEFORE-START error remove
#include "skeleton/skeleton.h"

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  UNREFERENCED_PARAMETER(Raw);
  UNREFERENCED_PARAMETER(Translated);
  UNREFERENCED_PARAMETER(Device);
  return STATUS_DEVICE_CONFIGURATION_ERROR;
}

static VOID Remove(PSAMPLE Device) { MmUnmapIoSpace(Device->Registers, Device->Length); }

const SAMPLE_HOOKS SampleHooks = {.Acquire = Acquire, .Remove = Remove};
