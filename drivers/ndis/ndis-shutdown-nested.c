// Crashes in MiniportHaltEx and works on the card again when told of the crash.
// expect: NDIS-SHUTDOWN-NESTED error power
// outcome: bugcheck 0xe2
#include "skeleton/skeleton.h"


static VOID Release(PSAMPLE Sample, NDIS_HALT_ACTION Action) {
  UNREFERENCED_PARAMETER(Sample);
  KeBugCheckEx(MANUALLY_INITIATED_CRASH, Action, 0, 0, 0);
}

static VOID Shutdown(PSAMPLE Sample, NDIS_SHUTDOWN_ACTION Action) {
  UNREFERENCED_PARAMETER(Action);
  SampleQuiet(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.Release = Release,
                                  .Shutdown = Shutdown,
                                  .AttributeFlags = NDIS_MINIPORT_ATTRIBUTES_REGISTER_BUGCHECK_CALLBACK};
