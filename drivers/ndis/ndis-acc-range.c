// Maps up to the first receive address and reads the register behind it.
// expect: NDIS-ACC-RANGE error initialize
#include "skeleton/skeleton.h"

static NDIS_STATUS Map(PSAMPLE Sample) {
  Sample->Length = REG_RAH;
  return SampleMap(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.Map = Map};
