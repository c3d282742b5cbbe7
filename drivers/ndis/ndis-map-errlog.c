// Fails for want of memory to map with, and tells nobody.
// expect: NDIS-MAP-ERRLOG advice initialize
#include "skeleton/skeleton.h"

#include "skeleton/exhaust.h"

const SAMPLE_HOOKS SampleHooks = {.Map = MapWithoutMemory};
