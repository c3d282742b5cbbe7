// Maps its registers before the registration attributes are set.
// expect: NDIS-MAP-AFTER-ATTR error initialize
#include "skeleton/skeleton.h"

static NDIS_STATUS Map(PSAMPLE Sample) {
  UNREFERENCED_PARAMETER(Sample);
  return NDIS_STATUS_SUCCESS;
}

const SAMPLE_HOOKS SampleHooks = {.BeforeAttributes = SampleMap, .Map = Map};
