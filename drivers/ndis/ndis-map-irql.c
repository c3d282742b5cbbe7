// Maps its registers with a spin lock held.
// expect: NDIS-MAP-IRQL error initialize
#include "skeleton/skeleton.h"

static NDIS_STATUS Map(PSAMPLE Sample) {
  NDIS_SPIN_LOCK lock;
  NdisAllocateSpinLock(&lock);
  NdisAcquireSpinLock(&lock);
  NDIS_STATUS status = SampleMap(Sample);
  NdisReleaseSpinLock(&lock);
  return status;
}

const SAMPLE_HOOKS SampleHooks = {.Map = Map};
