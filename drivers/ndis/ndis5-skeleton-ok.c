// The NDIS 5 samples' common part with every step done right.
// expect: clean
#include "skeleton5/skeleton5.h"

const SAMPLE_HOOKS SampleHooks = {0};
