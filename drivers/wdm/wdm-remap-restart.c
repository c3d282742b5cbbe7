// Stores the base of a restart over the base of the start before.
// expect: WDM-REMAP-RESTART error restart
#include "skeleton/skeleton.h"

const SAMPLE_HOOKS SampleHooks = {.RestartKeeps = TRUE};
