// NDIS 5: gives up its interrupt in MiniportHalt and forgets the registers.
// expect: NDIS-UNMAP-HALT error power
#include "skeleton5/skeleton5.h"

static VOID Release(PSAMPLE Sample) {
  SampleQuiet(Sample);
  SampleDeregisterInterrupt(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.Release = Release};
