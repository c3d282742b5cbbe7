// Takes the scaled length of a large memory resource for a length in bytes.
// options: --device blank-large
// expect: WDM-MAP-LARGE error start
#include "skeleton/skeleton.h"

static PCM_PARTIAL_RESOURCE_DESCRIPTOR FindLarge(PCM_PARTIAL_RESOURCE_LIST List) {
  for (ULONG i = 0; i < List->Count; i++) {
    if (List->PartialDescriptors[i].Type == CmResourceTypeMemoryLarge) return &List->PartialDescriptors[i];
  }
  return NULL;
}

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  UNREFERENCED_PARAMETER(Raw);
  PCM_PARTIAL_RESOURCE_DESCRIPTOR large = FindLarge(Translated);
  if (large == NULL) return STATUS_DEVICE_CONFIGURATION_ERROR;
  Device->Address = large->u.Memory.Start;
  Device->Length = large->u.Memory.Length;
  Device->Registers = MmMapIoSpaceEx(Device->Address, Device->Length, PAGE_READWRITE | PAGE_NOCACHE);
  return Device->Registers == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

const SAMPLE_HOOKS SampleHooks = {.Acquire = Acquire};
