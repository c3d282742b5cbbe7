// Crashes in MiniportHaltEx and does nothing when told of the crash.
// expect: clean
// outcome: bugcheck 0xe2
#include "skeleton/skeleton.h"

#define HALTING(sample) (*(PBOOLEAN)(sample)->Context)

static VOID Release(PSAMPLE Sample, NDIS_HALT_ACTION Action) {
  HALTING(Sample) = TRUE;
  KeBugCheckEx(MANUALLY_INITIATED_CRASH, Action, 0, 0, 0);
}

static VOID Shutdown(PSAMPLE Sample, NDIS_SHUTDOWN_ACTION Action) {
  UNREFERENCED_PARAMETER(Action);
  if (!HALTING(Sample)) SampleQuiet(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.ContextSize = sizeof(BOOLEAN),
                                  .Release = Release,
                                  .Shutdown = Shutdown,
                                  .AttributeFlags = NDIS_MINIPORT_ATTRIBUTES_REGISTER_BUGCHECK_CALLBACK};
