// Registers the ports of base address register 2 without taking the flag out of it.
// expect: NDIS-MAP-BUSREL error initialize
#include "skeleton/skeleton.h"

#define BAR2 0x18

static NDIS_STATUS RegisterPorts(PSAMPLE Sample) {
  ULONG bar = 0;
  NdisMGetBusData(Sample->Adapter, PCI_WHICHSPACE_CONFIG, BAR2, &bar, sizeof(bar));
  Sample->FirstPort = bar;
  return SampleRegisterPorts(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.RegisterPorts = RegisterPorts};
