// Maps when there is no memory left: NDIS_STATUS_RESOURCES, logged, and stops the system should it be anything else.
// expect: clean
#include "skeleton/skeleton.h"

#include "skeleton/exhaust.h"

static NDIS_STATUS Map(PSAMPLE Sample) {
  NDIS_STATUS status = MapWithoutMemory(Sample);
  if (status != NDIS_STATUS_RESOURCES || Sample->Registers != NULL) KeBugCheck((ULONG)status);
  return SampleMapResult(Sample, status);
}

const SAMPLE_HOOKS SampleHooks = {.Map = Map};
