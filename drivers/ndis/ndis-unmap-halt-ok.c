// Asks for the reason of a halt only to know whether the card can still be reached.
// expect: clean
#include "skeleton/skeleton.h"

static VOID Release(PSAMPLE Sample, NDIS_HALT_ACTION Action) {
  if (Action != NdisHaltDeviceSurpriseRemoved) SampleQuiet(Sample);
  SampleDeregisterInterrupt(Sample);
  SampleDeregisterPorts(Sample);
  SampleUnmap(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.Release = Release};
