// Takes the halt of an adapter that NDIS could not bring up for a failed initialization of its own.
// expect: NDIS-HALT-AFTER-INIT-OK error halt
// expect: NDIS-HALT-AFTER-INIT-OK error halt
#include "skeleton/skeleton.h"

static VOID Release(PSAMPLE Sample, NDIS_HALT_ACTION Action) {
  if (Action == NdisHaltDeviceInitializationFailed) {
    SampleDeregisterInterrupt(Sample);
  } else {
    SampleRelease(Sample);
  }
}

const SAMPLE_HOOKS SampleHooks = {.Release = Release};
