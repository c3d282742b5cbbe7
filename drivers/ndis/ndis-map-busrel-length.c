// Maps a page more than the card has.
// expect: NDIS-MAP-BUSREL error initialize
#include "skeleton/skeleton.h"

static NDIS_STATUS Map(PSAMPLE Sample) {
  Sample->Length += PAGE_SIZE;
  return SampleMap(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.Map = Map};
