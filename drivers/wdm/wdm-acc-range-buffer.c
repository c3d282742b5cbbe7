// Reads more bytes with a buffer access than the mapping holds.
// expect: WDM-ACC-RANGE error use
#include "skeleton/skeleton.h"

#define BYTES 0x22
#define COUNT 9

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  UNREFERENCED_PARAMETER(Raw);
  NTSTATUS status = SampleFindMemory(Device, Translated);
  if (!NT_SUCCESS(status)) return status;
  Device->Length = BYTES;
  Device->Registers = MmMapIoSpaceEx(Device->Address, Device->Length, PAGE_READWRITE | PAGE_NOCACHE);
  return Device->Registers == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

static ULONG Read(PSAMPLE Device) {
  ULONG values[COUNT];
  READ_REGISTER_BUFFER_ULONG((volatile ULONG *)Device->Registers, values, COUNT);
  return values[0];
}

const SAMPLE_HOOKS SampleHooks = {.Acquire = Acquire, .Read = Read};
