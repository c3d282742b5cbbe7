// Unmaps its registers before it gives back the ports, which it had registered last.
// expect: NDIS-UNMAP-REVERSE warning power
#include "skeleton/skeleton.h"

static VOID Release(PSAMPLE Sample, NDIS_HALT_ACTION Action) {
  UNREFERENCED_PARAMETER(Action);
  SampleQuiet(Sample);
  SampleDeregisterInterrupt(Sample);
  SampleUnmap(Sample);
  SampleDeregisterPorts(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.Release = Release};
