// Does without its ports when they cannot be registered, as on a bus that shows them in memory.
// expect: NDIS-PORT-FAIL error initialize
#include "skeleton/skeleton.h"

static NDIS_STATUS RegisterPorts(PSAMPLE Sample) {
  Sample->PortsReachable = TRUE;
  SampleRegisterPorts(Sample);
  return NDIS_STATUS_SUCCESS;
}

const SAMPLE_HOOKS SampleHooks = {.RegisterPorts = RegisterPorts};
