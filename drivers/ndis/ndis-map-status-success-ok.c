// Maps what is its own: NDIS_STATUS_SUCCESS, and stops the system should it be anything else.
// expect: clean
#include "skeleton/skeleton.h"

static NDIS_STATUS Map(PSAMPLE Sample) {
  NDIS_STATUS status = SampleMap(Sample);
  if (status != NDIS_STATUS_SUCCESS || Sample->Registers == NULL) KeBugCheck((ULONG)status);
  return status;
}

const SAMPLE_HOOKS SampleHooks = {.Map = Map};
