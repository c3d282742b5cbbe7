// Releases at surprise removal, but not at an orderly removal.
// expect: WDM-UNMAP-REMOVE error remove
#include "skeleton/skeleton.h"

static VOID Keep(PSAMPLE Device) { UNREFERENCED_PARAMETER(Device); }

static VOID SurpriseRemoval(PSAMPLE Device) { SampleRelease(Device); }

const SAMPLE_HOOKS SampleHooks = {.Remove = Keep, .SurpriseRemoval = SurpriseRemoval};
