// Writes to registers that it mapped read-only.
// expect: WDM-MAPEX-RO error use
// outcome: bugcheck 0xbe
#include "skeleton/skeleton.h"

#define LIVENESS 0x04

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  UNREFERENCED_PARAMETER(Raw);
  NTSTATUS status = SampleFindMemory(Device, Translated);
  if (!NT_SUCCESS(status)) return status;
  Device->Registers = MmMapIoSpaceEx(Device->Address, Device->Length, PAGE_READONLY | PAGE_NOCACHE);
  return Device->Registers == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

static ULONG Read(PSAMPLE Device) {
  WRITE_REGISTER_ULONG((volatile ULONG *)(Device->Registers + LIVENESS), 1);
  return SampleRead(Device);
}

const SAMPLE_HOOKS SampleHooks = {.Acquire = Acquire, .Read = Read};
