// Unmaps and gives its ports back with a spin lock held.
// expect: NDIS-MAP-IRQL error power
// expect: NDIS-MAP-IRQL error power
#include "skeleton/skeleton.h"

static VOID Release(PSAMPLE Sample, NDIS_HALT_ACTION Action) {
  UNREFERENCED_PARAMETER(Action);
  NDIS_SPIN_LOCK lock;
  NdisAllocateSpinLock(&lock);
  SampleQuiet(Sample);
  SampleDeregisterInterrupt(Sample);
  NdisAcquireSpinLock(&lock);
  SampleDeregisterPorts(Sample);
  SampleUnmap(Sample);
  NdisReleaseSpinLock(&lock);
}

const SAMPLE_HOOKS SampleHooks = {.Release = Release};
