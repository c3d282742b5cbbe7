// Gives only half of its ports back.
// expect: NDIS-PORT-DEREG-EXACT error power
#include "skeleton/skeleton.h"

static VOID Release(PSAMPLE Sample, NDIS_HALT_ACTION Action) {
  UNREFERENCED_PARAMETER(Action);
  SampleQuiet(Sample);
  SampleDeregisterInterrupt(Sample);
  if (Sample->PortsRegistered) {
    NdisMDeregisterIoPortRange(Sample->Adapter, Sample->FirstPort, Sample->Ports / 2, Sample->PortOffset);
  }
  SampleUnmap(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.Release = Release};
