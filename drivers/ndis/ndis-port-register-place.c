// Registers its ports in MiniportRestart.
// expect: NDIS-PORT-REGISTER-PLACE error restart
#include "skeleton/skeleton.h"

static NDIS_STATUS RegisterPorts(PSAMPLE Sample) {
  UNREFERENCED_PARAMETER(Sample);
  return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS Restart(PSAMPLE Sample) {
  return Sample->PortsRegistered ? NDIS_STATUS_SUCCESS : SampleRegisterPorts(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.RegisterPorts = RegisterPorts, .Restart = Restart};
