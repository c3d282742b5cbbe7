// Maps its registers at the first read instead of at start.
// expect: WDM-MAP-AT-START error use
#include "skeleton/skeleton.h"

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  UNREFERENCED_PARAMETER(Raw);
  return SampleFindMemory(Device, Translated);
}

static ULONG Read(PSAMPLE Device) {
  if (Device->Registers == NULL) {
    Device->Registers = MmMapIoSpaceEx(Device->Address, Device->Length, PAGE_READWRITE | PAGE_NOCACHE);
  }
  return Device->Registers == NULL ? 0 : SampleRead(Device);
}

const SAMPLE_HOOKS SampleHooks = {.Acquire = Acquire, .Read = Read};
