// Keeps its registers mapped through a stop.
// expect: WDM-UNMAP-STOP error stop
#include "skeleton/skeleton.h"

static VOID Stop(PSAMPLE Device) { UNREFERENCED_PARAMETER(Device); }

const SAMPLE_HOOKS SampleHooks = {.Stop = Stop};
