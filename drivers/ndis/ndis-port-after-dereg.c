// Reads a port after giving it back.
// expect: NDIS-PORT-AFTER-DEREG error power
#include "skeleton/skeleton.h"

static VOID Release(PSAMPLE Sample, NDIS_HALT_ACTION Action) {
  ULONG data;
  UNREFERENCED_PARAMETER(Action);
  BOOLEAN registered = Sample->PortsRegistered;
  SampleQuiet(Sample);
  SampleDeregisterInterrupt(Sample);
  SampleDeregisterPorts(Sample);
  if (registered && !Sample->Removed) NdisRawReadPortUlong(Sample->PortOffset + PORT_IODATA, &data);
  SampleUnmap(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.Release = Release};
