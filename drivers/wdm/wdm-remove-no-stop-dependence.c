// Releases when stopped, and takes for granted that a stop comes before every removal.
// expect: WDM-UNMAP-SURPRISE error surprise-removal
// expect: WDM-REMOVE-NO-STOP-DEPENDENCE error remove
#include "skeleton/skeleton.h"

static VOID Keep(PSAMPLE Device) { UNREFERENCED_PARAMETER(Device); }

const SAMPLE_HOOKS SampleHooks = {.Remove = Keep, .SurpriseRemoval = Keep};
