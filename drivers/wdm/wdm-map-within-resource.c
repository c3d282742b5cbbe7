// Maps one page more than its resource holds.
// expect: WDM-MAP-WITHIN-RESOURCE error start
#include "skeleton/skeleton.h"

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  UNREFERENCED_PARAMETER(Raw);
  NTSTATUS status = SampleFindMemory(Device, Translated);
  if (!NT_SUCCESS(status)) return status;
  Device->Length += PAGE_SIZE;
  Device->Registers = MmMapIoSpaceEx(Device->Address, Device->Length, PAGE_READWRITE | PAGE_NOCACHE);
  return Device->Registers == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

const SAMPLE_HOOKS SampleHooks = {.Acquire = Acquire};
