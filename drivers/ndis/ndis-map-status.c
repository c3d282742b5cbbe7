// Takes a conflict for the only way in which a map can fail.
// expect: NDIS-MAP-STATUS error initialize
// outcome: bugcheck 0x7e
#include "skeleton/skeleton.h"

#include "skeleton/exhaust.h"

static NDIS_STATUS Map(PSAMPLE Sample) {
  NDIS_STATUS status = MapWithoutMemory(Sample);
  if (status == NDIS_STATUS_RESOURCE_CONFLICT) return status;
  NdisWriteRegisterUlong(Sample->Registers + REG_IMC, ALL_CAUSES);
  return NDIS_STATUS_SUCCESS;
}

const SAMPLE_HOOKS SampleHooks = {.Map = Map};
