// Reads its ports by their numbers without having registered them.
// expect: NDIS-ACC-FAMILY error use
#include "skeleton/skeleton.h"

static NDIS_STATUS RegisterPorts(PSAMPLE Sample) {
  UNREFERENCED_PARAMETER(Sample);
  return NDIS_STATUS_SUCCESS;
}

static VOID Query(PSAMPLE Sample) {
  ULONG data;
  if (Sample->PortsReachable) NdisRawReadPortUlong((ULONG_PTR)Sample->FirstPort + PORT_IODATA, &data);
}

const SAMPLE_HOOKS SampleHooks = {.RegisterPorts = RegisterPorts, .Query = Query};
