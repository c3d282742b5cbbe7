// Reads a port past the registration that it has made.
// expect: NDIS-PORT-IMMEDIATE error use
#include "skeleton/skeleton.h"

NDISAPI VOID NTAPI NdisImmediateReadPortUlong(NDIS_HANDLE WrapperConfigurationContext, ULONG Port, PULONG Data);

static VOID Query(PSAMPLE Sample) {
  ULONG data;
  if (Sample->PortsRegistered) NdisImmediateReadPortUlong(Sample->Adapter, Sample->FirstPort + PORT_IODATA, &data);
}

const SAMPLE_HOOKS SampleHooks = {.Query = Query};
