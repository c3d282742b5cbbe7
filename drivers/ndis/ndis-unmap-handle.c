// Unmaps with its own context where the handle of the adapter is due.
// expect: NDIS-MAP-HANDLE error power
#include "skeleton/skeleton.h"

static VOID Release(PSAMPLE Sample, NDIS_HALT_ACTION Action) {
  UNREFERENCED_PARAMETER(Action);
  SampleQuiet(Sample);
  SampleDeregisterInterrupt(Sample);
  SampleDeregisterPorts(Sample);
  NdisMUnmapIoSpace(Sample, Sample->Registers, Sample->Length);
}

const SAMPLE_HOOKS SampleHooks = {.Release = Release};
