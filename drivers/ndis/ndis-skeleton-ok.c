// The samples' common part with every step done right.
// expect: clean
#include "skeleton/skeleton.h"

const SAMPLE_HOOKS SampleHooks = {0};
