// Maps with the kernel's own function what NDIS would have claimed for it as well.
// expect: NDIS-NO-MM advice initialize
#include "skeleton/skeleton.h"

static NDIS_STATUS Map(PSAMPLE Sample) {
  PCM_RESOURCE_LIST translated = NULL;
  NdisMGetDeviceProperty(Sample->Adapter, NULL, NULL, NULL, NULL, &translated);
  if (translated == NULL) return NDIS_STATUS_FAILURE;
  PNDIS_RESOURCE_LIST list = &translated->List[0].PartialResourceList;
  for (ULONG i = 0; i < list->Count; i++) {
    if (list->PartialDescriptors[i].Type != CmResourceTypeMemory) continue;
    Sample->Registers =
        MmMapIoSpaceEx(list->PartialDescriptors[i].u.Memory.Start, Sample->Length, PAGE_READWRITE | PAGE_NOCACHE);
    break;
  }
  return Sample->Registers == NULL ? NDIS_STATUS_RESOURCES : NDIS_STATUS_SUCCESS;
}

static VOID Release(PSAMPLE Sample, NDIS_HALT_ACTION Action) {
  UNREFERENCED_PARAMETER(Action);
  SampleQuiet(Sample);
  SampleDeregisterInterrupt(Sample);
  SampleDeregisterPorts(Sample);
  MmUnmapIoSpace(Sample->Registers, Sample->Length);
}

const SAMPLE_HOOKS SampleHooks = {.Map = Map, .Release = Release};
