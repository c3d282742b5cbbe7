// Maps a part of its resource that begins and ends off a page boundary.
// expect: clean
#include "skeleton/skeleton.h"

#define OFFSET 0x20
#define BYTES 0x80

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  UNREFERENCED_PARAMETER(Raw);
  NTSTATUS status = SampleFindMemory(Device, Translated);
  if (!NT_SUCCESS(status)) return status;
  Device->Address.QuadPart += OFFSET;
  Device->Length = BYTES;
  Device->Registers = MmMapIoSpaceEx(Device->Address, Device->Length, PAGE_READWRITE | PAGE_NOCACHE);
  return Device->Registers == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

const SAMPLE_HOOKS SampleHooks = {.Acquire = Acquire};
