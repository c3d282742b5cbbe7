// Reads a mapped register with the functions for ports.
// expect: NDIS-ACC-FAMILY error use
#include "skeleton/skeleton.h"

static VOID Query(PSAMPLE Sample) {
  ULONG status;
  NdisRawReadPortUlong(Sample->Registers + REG_STATUS, &status);
}

const SAMPLE_HOOKS SampleHooks = {.Query = Query};
