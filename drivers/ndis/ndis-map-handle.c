// Maps with its own context where the handle of the adapter is due.
// expect: NDIS-MAP-HANDLE error initialize
#include "skeleton/skeleton.h"

static NDIS_STATUS Map(PSAMPLE Sample) {
  return SampleMapResult(Sample,
                         NdisMMapIoSpace((PVOID *)&Sample->Registers, Sample, Sample->Address, Sample->Length));
}

const SAMPLE_HOOKS SampleHooks = {.Map = Map};
