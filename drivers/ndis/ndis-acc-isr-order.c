// Unmaps the registers before it deregisters the interrupt whose routine reads them.
// expect: NDIS-ACC-ISR-ORDER error power
// expect: NDIS-ACC-ISR-ORDER error power
#include "skeleton/skeleton.h"

static VOID Release(PSAMPLE Sample, NDIS_HALT_ACTION Action) {
  UNREFERENCED_PARAMETER(Action);
  SampleQuiet(Sample);
  SampleDeregisterPorts(Sample);
  SampleUnmap(Sample);
  SampleDeregisterInterrupt(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.Release = Release};
