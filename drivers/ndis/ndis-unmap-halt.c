// Releases nothing when the card has been pulled out.
// expect: NDIS-UNMAP-HALT error surprise-removal
// expect: NDIS-UNMAP-HALT error surprise-removal
#include "skeleton/skeleton.h"

static VOID Release(PSAMPLE Sample, NDIS_HALT_ACTION Action) {
  if (Action == NdisHaltDeviceSurpriseRemoved) {
    SampleDeregisterInterrupt(Sample);
  } else {
    SampleRelease(Sample);
  }
}

const SAMPLE_HOOKS SampleHooks = {.Release = Release};
