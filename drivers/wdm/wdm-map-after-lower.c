// Maps its registers before the drivers below have started the device.
// expect: WDM-MAP-AFTER-LOWER error start
#include "skeleton/skeleton.h"

const SAMPLE_HOOKS SampleHooks = {.StartBeforeLower = TRUE};
