// Unmaps the registers before it deregisters the interrupt whose routine reads them.
// expect: NDIS-ACC-ISR-ORDER error power
#include "skeleton/skeleton.h"

static NDIS_STATUS RegisterPorts(PSAMPLE Sample) {
  UNREFERENCED_PARAMETER(Sample);
  return NDIS_STATUS_SUCCESS;
}

static VOID Release(PSAMPLE Sample, NDIS_HALT_ACTION Action) {
  UNREFERENCED_PARAMETER(Action);
  SampleQuiet(Sample);
  SampleUnmap(Sample);
  SampleDeregisterInterrupt(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.RegisterPorts = RegisterPorts, .Release = Release};
