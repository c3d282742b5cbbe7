// Keeps the registers of a device that has gone mapped until its removal.
// expect: WDM-UNMAP-SURPRISE error surprise-removal
#include "skeleton/skeleton.h"

static VOID Keep(PSAMPLE Device) { UNREFERENCED_PARAMETER(Device); }

const SAMPLE_HOOKS SampleHooks = {.SurpriseRemoval = Keep};
