// Uses what MmMapIoSpace returned without asking whether it is NULL: a window of 1 TB cannot be mapped.
// expect: WDM-MAP-NULL error start
// outcome: bugcheck 0x7e
#include "skeleton/skeleton.h"

#define WINDOW (1ULL << 40)

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  UNREFERENCED_PARAMETER(Raw);
  NTSTATUS status = SampleFindMemory(Device, Translated);
  if (!NT_SUCCESS(status)) return status;
  Device->Length = WINDOW;
  Device->Registers = MmMapIoSpace(Device->Address, Device->Length, MmNonCached);
  SampleRead(Device);
  return STATUS_SUCCESS;
}

const SAMPLE_HOOKS SampleHooks = {.Acquire = Acquire};
