// Expects to be given the same addresses again after a stop, and keeps its ports.
// expect: NDIS-UNMAP-HALT error halt
#include "skeleton/skeleton.h"

static VOID Release(PSAMPLE Sample, NDIS_HALT_ACTION Action) {
  SampleQuiet(Sample);
  SampleDeregisterInterrupt(Sample);
  if (Action != NdisHaltDeviceStopped) SampleDeregisterPorts(Sample);
  SampleUnmap(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.Release = Release};
