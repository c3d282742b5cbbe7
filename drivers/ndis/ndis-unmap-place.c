// Unmaps its registers in MiniportPause.
// expect: NDIS-UNMAP-PLACE error pause
#include "skeleton/skeleton.h"

const SAMPLE_HOOKS SampleHooks = {.Pause = SampleUnmap};
