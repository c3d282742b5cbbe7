// Silences the card at shutdown for either reason, and releases nothing.
// expect: clean
#include "skeleton/skeleton.h"

static VOID Shutdown(PSAMPLE Sample, NDIS_SHUTDOWN_ACTION Action) {
  UNREFERENCED_PARAMETER(Action);
  SampleQuiet(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.Shutdown = Shutdown,
                                  .AttributeFlags = NDIS_MINIPORT_ATTRIBUTES_REGISTER_BUGCHECK_CALLBACK};
