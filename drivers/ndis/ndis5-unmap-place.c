// NDIS 5: unmaps as soon as it is told that the card has been pulled out.
// expect: NDIS-UNMAP-PLACE error surprise-removal
#include "skeleton5/skeleton5.h"

static VOID Removed(PSAMPLE Sample) {
  SampleDeregisterInterrupt(Sample);
  SampleUnmap(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.Removed = Removed};
