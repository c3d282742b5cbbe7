// Unmaps from the statistics registers on, not from the base.
// expect: NDIS-UNMAP-BASE error power
#include "skeleton/skeleton.h"

static VOID Release(PSAMPLE Sample, NDIS_HALT_ACTION Action) {
  UNREFERENCED_PARAMETER(Action);
  SampleQuiet(Sample);
  SampleDeregisterInterrupt(Sample);
  SampleDeregisterPorts(Sample);
  NdisMUnmapIoSpace(Sample->Adapter, Sample->Registers + REG_STATISTICS, Sample->Length - REG_STATISTICS);
}

const SAMPLE_HOOKS SampleHooks = {.Release = Release};
