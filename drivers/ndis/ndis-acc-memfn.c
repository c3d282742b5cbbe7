// Copies more statistics than it has mapped.
// expect: NDIS-ACC-MEMFN error use
#include "skeleton/skeleton.h"

#define STATISTICS(sample) (*(PUCHAR *)(sample)->Context)
#define MAPPED 0x100
#define COPIED 0x140

static NDIS_STATUS Initialized(PSAMPLE Sample) {
  NDIS_PHYSICAL_ADDRESS address = Sample->Address;
  address.QuadPart += REG_STATISTICS;
  return SampleMapResult(
      Sample, NdisMMapIoSpace((PVOID *)&STATISTICS(Sample), Sample->Adapter, address, MAPPED));
}

static VOID Query(PSAMPLE Sample) {
  UCHAR statistics[COPIED];
  NdisMoveFromMappedMemory(statistics, STATISTICS(Sample), sizeof(statistics));
}

static VOID Release(PSAMPLE Sample, NDIS_HALT_ACTION Action) {
  UNREFERENCED_PARAMETER(Action);
  SampleQuiet(Sample);
  SampleDeregisterInterrupt(Sample);
  NdisMUnmapIoSpace(Sample->Adapter, STATISTICS(Sample), MAPPED);
  SampleDeregisterPorts(Sample);
  SampleUnmap(Sample);
}

const SAMPLE_HOOKS SampleHooks = {
    .ContextSize = sizeof(PUCHAR), .Initialized = Initialized, .Query = Query, .Release = Release};
