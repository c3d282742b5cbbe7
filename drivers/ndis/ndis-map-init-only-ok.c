// Maps its registers in two pieces, one of them within the other, both at initialization.
// expect: clean
#include "skeleton/skeleton.h"

#define STATISTICS(sample) (*(PVOID *)(sample)->Context)
#define STATISTICS_BYTES 0x100

static NDIS_STATUS Initialized(PSAMPLE Sample) {
  NDIS_PHYSICAL_ADDRESS address = Sample->Address;
  address.QuadPart += REG_STATISTICS;
  return SampleMapResult(Sample,
                         NdisMMapIoSpace(&STATISTICS(Sample), Sample->Adapter, address, STATISTICS_BYTES));
}

static VOID Release(PSAMPLE Sample, NDIS_HALT_ACTION Action) {
  UNREFERENCED_PARAMETER(Action);
  SampleQuiet(Sample);
  SampleDeregisterInterrupt(Sample);
  NdisMUnmapIoSpace(Sample->Adapter, STATISTICS(Sample), STATISTICS_BYTES);
  SampleDeregisterPorts(Sample);
  SampleUnmap(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.ContextSize = sizeof(PVOID), .Initialized = Initialized, .Release = Release};
