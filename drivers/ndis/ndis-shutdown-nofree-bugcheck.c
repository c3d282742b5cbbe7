// Gives its ports back and its interrupt up when the system stops.
// expect: NDIS-SHUTDOWN-NOFREE error shutdown
// expect: NDIS-SHUTDOWN-NOFREE error shutdown
#include "skeleton/skeleton.h"

static VOID Shutdown(PSAMPLE Sample, NDIS_SHUTDOWN_ACTION Action) {
  SampleQuiet(Sample);
  if (Action != NdisShutdownBugCheck) return;
  SampleDeregisterInterrupt(Sample);
  SampleDeregisterPorts(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.Shutdown = Shutdown,
                                  .AttributeFlags = NDIS_MINIPORT_ATTRIBUTES_REGISTER_BUGCHECK_CALLBACK};
