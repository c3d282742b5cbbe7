// NDIS 5: maps its registers anew in MiniportReset.
// expect: NDIS-MAP-INIT-ONLY error reset
// expect: NDIS-UNMAP-PLACE error reset
#include "skeleton5/skeleton5.h"

static VOID Reset(PSAMPLE Sample) {
  SampleUnmap(Sample);
  SampleMap(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.Reset = Reset};
