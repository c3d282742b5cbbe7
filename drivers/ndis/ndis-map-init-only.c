// Maps the statistics registers in MiniportRestart.
// expect: NDIS-MAP-INIT-ONLY error restart
#include "skeleton/skeleton.h"

#define STATISTICS(sample) (*(PVOID *)(sample)->Context)
#define STATISTICS_BYTES 0x100

static NDIS_STATUS Restart(PSAMPLE Sample) {
  NDIS_PHYSICAL_ADDRESS address = Sample->Address;
  if (STATISTICS(Sample) != NULL) return NDIS_STATUS_SUCCESS;
  address.QuadPart += REG_STATISTICS;
  return NdisMMapIoSpace(&STATISTICS(Sample), Sample->Adapter, address, STATISTICS_BYTES);
}

static VOID Release(PSAMPLE Sample, NDIS_HALT_ACTION Action) {
  UNREFERENCED_PARAMETER(Action);
  SampleQuiet(Sample);
  SampleDeregisterInterrupt(Sample);
  if (STATISTICS(Sample) != NULL) NdisMUnmapIoSpace(Sample->Adapter, STATISTICS(Sample), STATISTICS_BYTES);
  SampleDeregisterPorts(Sample);
  SampleUnmap(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.ContextSize = sizeof(PVOID), .Restart = Restart, .Release = Release};
