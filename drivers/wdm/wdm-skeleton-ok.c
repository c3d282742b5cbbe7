// The common part of the samples with nothing replaced.
// expect: clean
#include "skeleton/skeleton.h"

const SAMPLE_HOOKS SampleHooks = {0};
