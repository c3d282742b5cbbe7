// NDIS 5: maps its registers before NdisMSetAttributesEx.
// expect: NDIS-MAP-AFTER-ATTR error initialize
#include "skeleton5/skeleton5.h"

const SAMPLE_HOOKS SampleHooks = {.BeforeAttributes = SampleMap};
