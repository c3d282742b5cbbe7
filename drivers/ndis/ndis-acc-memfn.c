// Copies more statistics than it has mapped.
// expect: NDIS-ACC-MEMFN error use
#include "skeleton/skeleton.h"

#define MAPPED (REG_STATISTICS + 0x100)

static NDIS_STATUS Map(PSAMPLE Sample) {
  Sample->Length = MAPPED;
  NDIS_STATUS status = SampleMap(Sample);
  return status;
}

static VOID Query(PSAMPLE Sample) {
  UCHAR statistics[0x180];
  ULONG bytes = Sample->Length - REG_STATISTICS + 0x40;
  NdisMoveFromMappedMemory(statistics, Sample->Registers + REG_STATISTICS, bytes);
}

const SAMPLE_HOOKS SampleHooks = {.Map = Map, .Query = Query};
