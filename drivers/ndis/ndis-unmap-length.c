// Unmaps with half the length it mapped.
// expect: NDIS-UNMAP-LENGTH error power
#include "skeleton/skeleton.h"

static VOID Release(PSAMPLE Sample, NDIS_HALT_ACTION Action) {
  UNREFERENCED_PARAMETER(Action);
  SampleQuiet(Sample);
  SampleDeregisterInterrupt(Sample);
  SampleDeregisterPorts(Sample);
  NdisMUnmapIoSpace(Sample->Adapter, Sample->Registers, Sample->Length / 2);
}

const SAMPLE_HOOKS SampleHooks = {.Release = Release};
