// Maps the registers of somebody else: NDIS_STATUS_RESOURCE_CONFLICT, and stops the system should it be anything else.
// expect: NDIS-MAP-BUSREL error initialize
#include "skeleton/skeleton.h"

static NDIS_STATUS Map(PSAMPLE Sample) {
  Sample->Address.QuadPart += 16 * Sample->Length;
  NDIS_STATUS status = SampleMap(Sample);
  if (status != NDIS_STATUS_RESOURCE_CONFLICT || Sample->Registers != NULL) KeBugCheck((ULONG)status);
  return status;
}

const SAMPLE_HOOKS SampleHooks = {.Map = Map};
