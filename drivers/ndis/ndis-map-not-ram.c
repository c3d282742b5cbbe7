// Maps memory of its own to see it uncached.
// expect: NDIS-MAP-NOT-RAM error initialize
#include "skeleton/skeleton.h"

#define RING_TAG 0x676e6952 /* "Ring" in memory */

static NDIS_STATUS Initialized(PSAMPLE Sample) {
  PVOID uncached;
  PVOID ring = NdisAllocateMemoryWithTagPriority(Sample->Adapter, PAGE_SIZE, RING_TAG, NormalPoolPriority);
  if (ring == NULL) return NDIS_STATUS_RESOURCES;
  NDIS_STATUS status = NdisMMapIoSpace(&uncached, Sample->Adapter, MmGetPhysicalAddress(ring), PAGE_SIZE);
  if (status == NDIS_STATUS_SUCCESS) NdisMUnmapIoSpace(Sample->Adapter, uncached, PAGE_SIZE);
  NdisFreeMemory(ring, 0, 0);
  return SampleMapResult(Sample, status);
}

const SAMPLE_HOOKS SampleHooks = {.Initialized = Initialized};
