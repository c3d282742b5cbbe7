// Fails its initialization after mapping, having undone everything.
// expect: clean
#include "skeleton/skeleton.h"

static NDIS_STATUS Initialized(PSAMPLE Sample) {
  UNREFERENCED_PARAMETER(Sample);
  return NDIS_STATUS_NOT_ACCEPTED;
}

const SAMPLE_HOOKS SampleHooks = {.Initialized = Initialized};
