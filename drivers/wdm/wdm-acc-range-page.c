// Reads behind the last page of a mapping.
// expect: WDM-ACC-RANGE error use
// outcome: bugcheck 0x50
#include "skeleton/skeleton.h"

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  UNREFERENCED_PARAMETER(Raw);
  NTSTATUS status = SampleFindMemory(Device, Translated);
  if (!NT_SUCCESS(status)) return status;
  Device->Length = PAGE_SIZE;
  Device->Registers = MmMapIoSpaceEx(Device->Address, Device->Length, PAGE_READWRITE | PAGE_NOCACHE);
  return Device->Registers == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

static ULONG Read(PSAMPLE Device) {
  return READ_REGISTER_ULONG((volatile ULONG *)(Device->Registers + Device->Length));
}

const SAMPLE_HOOKS SampleHooks = {.Acquire = Acquire, .Read = Read};
