// Reads the last register that it has mapped, and the first.
// expect: clean
#include "skeleton/skeleton.h"

static NDIS_STATUS Map(PSAMPLE Sample) {
  Sample->Length = REG_RAH + sizeof(ULONG);
  return SampleMap(Sample);
}

static VOID Query(PSAMPLE Sample) {
  ULONG value;
  NdisReadRegisterUlong(Sample->Registers, &value);
  NdisReadRegisterUlong(Sample->Registers + REG_RAH, &value);
}

const SAMPLE_HOOKS SampleHooks = {.Map = Map, .Query = Query};
