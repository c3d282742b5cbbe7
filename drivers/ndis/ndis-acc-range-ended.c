// Silences the card after it has unmapped the registers.
// expect: NDIS-ACC-RANGE error power
// outcome: bugcheck 0x50
#include "skeleton/skeleton.h"

static VOID Release(PSAMPLE Sample, NDIS_HALT_ACTION Action) {
  UNREFERENCED_PARAMETER(Action);
  SampleDeregisterInterrupt(Sample);
  SampleDeregisterPorts(Sample);
  NdisMUnmapIoSpace(Sample->Adapter, Sample->Registers, Sample->Length);
  SampleQuiet(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.Release = Release};
