// Maps a port resource as if it were memory.
// options: --device blank-port
// expect: WDM-MAP-TYPE error start
#include "skeleton/skeleton.h"

static PCM_PARTIAL_RESOURCE_DESCRIPTOR FindPort(PCM_PARTIAL_RESOURCE_LIST List) {
  for (ULONG i = 0; i < List->Count; i++) {
    if (List->PartialDescriptors[i].Type == CmResourceTypePort) return &List->PartialDescriptors[i];
  }
  return NULL;
}

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  PCM_PARTIAL_RESOURCE_DESCRIPTOR port = FindPort(Translated);
  if (port == NULL) return SampleAcquire(Device, Raw, Translated); /* it lies in memory on this bus */
  Device->Address = port->u.Port.Start;
  Device->Length = port->u.Port.Length;
  Device->Registers = MmMapIoSpaceEx(Device->Address, Device->Length, PAGE_READWRITE | PAGE_NOCACHE);
  return Device->Registers == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

static ULONG Read(PSAMPLE Device) {
  UNREFERENCED_PARAMETER(Device);
  return 0;
}

const SAMPLE_HOOKS SampleHooks = {.Acquire = Acquire, .Read = Read};
