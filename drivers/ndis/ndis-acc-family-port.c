// Reads a registered port with the functions for memory.
// expect: NDIS-ACC-FAMILY error use
// outcome: bugcheck 0x7e
#include "skeleton/skeleton.h"

static VOID Query(PSAMPLE Sample) {
  ULONG data;
  NdisReadRegisterUlong(Sample->PortOffset + PORT_IODATA, &data);
}

const SAMPLE_HOOKS SampleHooks = {.Query = Query};
