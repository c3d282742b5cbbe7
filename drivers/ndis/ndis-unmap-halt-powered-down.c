// Keeps its registers mapped while the computer sleeps, and maps them again afterwards.
// expect: NDIS-UNMAP-HALT error power
#include "skeleton/skeleton.h"

static VOID Release(PSAMPLE Sample, NDIS_HALT_ACTION Action) {
  SampleQuiet(Sample);
  SampleDeregisterInterrupt(Sample);
  SampleDeregisterPorts(Sample);
  if (Action != NdisHaltDevicePoweredDown) SampleUnmap(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.Release = Release};
