// NDIS 5: fails its initialization after mapping and leaves the undoing to MiniportHalt, which is never called.
// expect: NDIS-MAP-FAIL-UNWIND error initialize
#include "skeleton5/skeleton5.h"

static NDIS_STATUS Initialized(PSAMPLE Sample) {
  UNREFERENCED_PARAMETER(Sample);
  return NDIS_STATUS_FAILURE;
}

static VOID Unwind(PSAMPLE Sample) {
  SampleQuiet(Sample);
  SampleDeregisterInterrupt(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.Initialized = Initialized, .Unwind = Unwind};
