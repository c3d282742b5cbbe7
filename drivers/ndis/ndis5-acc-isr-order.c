// NDIS 5: unmaps the registers before it deregisters the interrupt whose routine reads them.
// expect: NDIS-ACC-ISR-ORDER error power
#include "skeleton5/skeleton5.h"

static VOID Release(PSAMPLE Sample) {
  SampleQuiet(Sample);
  SampleUnmap(Sample);
  SampleDeregisterInterrupt(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.Release = Release};
