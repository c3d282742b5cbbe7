// Maps the translated address, which behind a bridge that translates is none of the bus.
// expect: NDIS-MAP-BUSREL error initialize
#include "skeleton/skeleton.h"

static NDIS_STATUS Map(PSAMPLE Sample) {
  PCM_RESOURCE_LIST translated = NULL;
  NdisMGetDeviceProperty(Sample->Adapter, NULL, NULL, NULL, NULL, &translated);
  if (translated == NULL) return NDIS_STATUS_FAILURE;
  PNDIS_RESOURCE_LIST list = &translated->List[0].PartialResourceList;
  for (ULONG i = 0; i < list->Count; i++) {
    if (list->PartialDescriptors[i].Type != CmResourceTypeMemory) continue;
    Sample->Address = list->PartialDescriptors[i].u.Memory.Start;
    break;
  }
  return SampleMap(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.Map = Map};
