// Unmaps its registers twice.
// expect: NDIS-UNMAP-ONCE error power
#include "skeleton/skeleton.h"

static VOID Release(PSAMPLE Sample, NDIS_HALT_ACTION Action) {
  UNREFERENCED_PARAMETER(Action);
  SampleQuiet(Sample);
  SampleDeregisterInterrupt(Sample);
  SampleDeregisterPorts(Sample);
  NdisMUnmapIoSpace(Sample->Adapter, Sample->Registers, Sample->Length);
  NdisMUnmapIoSpace(Sample->Adapter, Sample->Registers, Sample->Length);
}

const SAMPLE_HOOKS SampleHooks = {.Release = Release};
