// Unmaps its registers when the computer is switched off.
// expect: NDIS-SHUTDOWN-NOFREE error shutdown
#include "skeleton/skeleton.h"

static VOID Shutdown(PSAMPLE Sample, NDIS_SHUTDOWN_ACTION Action) {
  UNREFERENCED_PARAMETER(Action);
  SampleQuiet(Sample);
  SampleUnmap(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.Shutdown = Shutdown};
