// Gives ports back that it has never registered.
// expect: NDIS-PORT-DEREG-PLACE error power
#include "skeleton/skeleton.h"

static NDIS_STATUS RegisterPorts(PSAMPLE Sample) {
  UNREFERENCED_PARAMETER(Sample);
  return NDIS_STATUS_SUCCESS;
}

static VOID Release(PSAMPLE Sample, NDIS_HALT_ACTION Action) {
  UNREFERENCED_PARAMETER(Action);
  NdisMDeregisterIoPortRange(Sample->Adapter, Sample->FirstPort, Sample->Ports, Sample->PortOffset);
  SampleRelease(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.RegisterPorts = RegisterPorts, .Release = Release};
