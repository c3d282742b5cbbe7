// Decodes a large memory resource and maps its first megabyte.
// options: --device blank-large
// expect: clean
#include "skeleton/skeleton.h"

#define WINDOW 0x100000

static PCM_PARTIAL_RESOURCE_DESCRIPTOR FindLarge(PCM_PARTIAL_RESOURCE_LIST List) {
  for (ULONG i = 0; i < List->Count; i++) {
    if (List->PartialDescriptors[i].Type == CmResourceTypeMemoryLarge) return &List->PartialDescriptors[i];
  }
  return NULL;
}

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  ULONGLONG start;
  UNREFERENCED_PARAMETER(Raw);
  PCM_PARTIAL_RESOURCE_DESCRIPTOR large = FindLarge(Translated);
  if (large == NULL || RtlCmDecodeMemIoResource(large, &start) < WINDOW) return STATUS_DEVICE_CONFIGURATION_ERROR;
  Device->Address.QuadPart = (LONGLONG)start;
  Device->Length = WINDOW;
  Device->Registers = MmMapIoSpaceEx(Device->Address, Device->Length, PAGE_READWRITE | PAGE_NOCACHE);
  return Device->Registers == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

const SAMPLE_HOOKS SampleHooks = {.Acquire = Acquire};
