// Maps nothing at all: NDIS_STATUS_FAILURE, logged, and stops the system should it be anything else.
// expect: NDIS-MAP-BUSREL error initialize
#include "skeleton/skeleton.h"

static NDIS_STATUS Map(PSAMPLE Sample) {
  Sample->Length = 0;
  NDIS_STATUS status = SampleMap(Sample);
  if (status != NDIS_STATUS_FAILURE || Sample->Registers != NULL) KeBugCheck((ULONG)status);
  return status;
}

const SAMPLE_HOOKS SampleHooks = {.Map = Map};
