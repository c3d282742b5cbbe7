// Maps registers that are smaller than a page and do not begin on one.
// options: --device blank-small
// expect: clean
#include "skeleton/skeleton.h"

const SAMPLE_HOOKS SampleHooks = {.Read = SampleRead};
