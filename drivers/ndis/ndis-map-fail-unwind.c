// Fails its initialization after mapping and leaves the undoing to MiniportHaltEx, which is never called.
// expect: NDIS-MAP-FAIL-UNWIND error initialize
#include "skeleton/skeleton.h"

static NDIS_STATUS Initialized(PSAMPLE Sample) {
  UNREFERENCED_PARAMETER(Sample);
  return NDIS_STATUS_NOT_ACCEPTED;
}

static VOID Unwind(PSAMPLE Sample) {
  SampleQuiet(Sample);
  SampleDeregisterInterrupt(Sample);
  SampleDeregisterPorts(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.Initialized = Initialized, .Unwind = Unwind};
