// Takes addresses from the base address registers, their flags masked out.
// expect: clean
#include "skeleton/skeleton.h"

#define BAR0 0x10
#define BAR2 0x18

static NDIS_STATUS Map(PSAMPLE Sample) {
  ULONG bar = 0;
  NdisMGetBusData(Sample->Adapter, PCI_WHICHSPACE_CONFIG, BAR0, &bar, sizeof(bar));
  Sample->Address.QuadPart = bar & ~0xfUL;
  return SampleMap(Sample);
}

static NDIS_STATUS RegisterPorts(PSAMPLE Sample) {
  ULONG bar = 0;
  NdisMGetBusData(Sample->Adapter, PCI_WHICHSPACE_CONFIG, BAR2, &bar, sizeof(bar));
  Sample->FirstPort = bar & ~3UL;
  return SampleRegisterPorts(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.Map = Map, .RegisterPorts = RegisterPorts};
