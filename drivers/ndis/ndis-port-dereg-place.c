// Gives its ports back in MiniportPause.
// expect: NDIS-PORT-DEREG-PLACE error pause
#include "skeleton/skeleton.h"

const SAMPLE_HOOKS SampleHooks = {.Pause = SampleDeregisterPorts};
