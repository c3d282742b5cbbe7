// NDIS 5: unmaps its registers when the computer is switched off.
// expect: NDIS-SHUTDOWN-NOFREE error shutdown
#include "skeleton5/skeleton5.h"

static VOID Shutdown(PSAMPLE Sample) {
  SampleQuiet(Sample);
  SampleUnmap(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.Shutdown = Shutdown};
