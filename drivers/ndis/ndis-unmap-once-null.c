// Unmaps on the way out of a failed initialization what it could not map.
// expect: NDIS-UNMAP-ONCE error initialize
#include "skeleton/skeleton.h"

#include "skeleton/exhaust.h"

static NDIS_STATUS Map(PSAMPLE Sample) { return SampleMapResult(Sample, MapWithoutMemory(Sample)); }

static VOID Unwind(PSAMPLE Sample) { NdisMUnmapIoSpace(Sample->Adapter, Sample->Registers, Sample->Length); }

const SAMPLE_HOOKS SampleHooks = {.Map = Map, .Unwind = Unwind};
