// Looks MmMapIoSpaceEx up at run time and falls back to MmMapIoSpace, as drivers for old and new systems do.
// expect: clean
#include "skeleton/skeleton.h"

typedef PVOID NTAPI MAP_IO_SPACE_EX(PHYSICAL_ADDRESS PhysicalAddress, SIZE_T Bytes, ULONG Protect);

static PVOID Map(PHYSICAL_ADDRESS Address, SIZE_T Bytes) {
  UNICODE_STRING name;
  RtlInitUnicodeString(&name, L"MmMapIoSpaceEx");
  MAP_IO_SPACE_EX *mapEx = (MAP_IO_SPACE_EX *)MmGetSystemRoutineAddress(&name);
  if (mapEx != NULL) return mapEx(Address, Bytes, PAGE_READWRITE | PAGE_NOCACHE);
  return MmMapIoSpace(Address, Bytes, MmNonCached);
}

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  UNREFERENCED_PARAMETER(Raw);
  NTSTATUS status = SampleFindMemory(Device, Translated);
  if (!NT_SUCCESS(status)) return status;
  Device->Registers = Map(Device->Address, Device->Length);
  return Device->Registers == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

const SAMPLE_HOOKS SampleHooks = {.Acquire = Acquire};
