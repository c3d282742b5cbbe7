// Fails its initialization when the ports cannot be registered, as on a bus that shows them in memory.
// expect: clean
#include "skeleton/skeleton.h"

static NDIS_STATUS RegisterPorts(PSAMPLE Sample) {
  Sample->PortsReachable = TRUE;
  return SampleRegisterPorts(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.RegisterPorts = RegisterPorts};
