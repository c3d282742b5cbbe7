// Unmaps the registers while a timer that reads them still runs.
// expect: NDIS-ACC-ISR-ORDER error power
// outcome: bugcheck 0xd1
#include "skeleton/skeleton.h"

#define SAMPLE_TAG 0x646e6d53 /* "Smnd" in memory */
#define TIMER(sample) (*(PNDIS_HANDLE)(sample)->Context)
#define PERIOD_MILLISECONDS 10

static NDIS_TIMER_FUNCTION ReadStatus;
static VOID ReadStatus(PVOID SystemSpecific1, PVOID Context, PVOID SystemSpecific2, PVOID SystemSpecific3) {
  ULONG status;
  UNREFERENCED_PARAMETER(SystemSpecific1);
  UNREFERENCED_PARAMETER(SystemSpecific2);
  UNREFERENCED_PARAMETER(SystemSpecific3);
  NdisReadRegisterUlong(((PSAMPLE)Context)->Registers + REG_STATUS, &status);
}

static NDIS_STATUS Initialized(PSAMPLE Sample) {
  NDIS_TIMER_CHARACTERISTICS timer = {0};
  LARGE_INTEGER due;
  timer.Header.Type = NDIS_OBJECT_TYPE_TIMER_CHARACTERISTICS;
  timer.Header.Revision = NDIS_TIMER_CHARACTERISTICS_REVISION_1;
  timer.Header.Size = NDIS_SIZEOF_TIMER_CHARACTERISTICS_REVISION_1;
  timer.AllocationTag = SAMPLE_TAG;
  timer.TimerFunction = ReadStatus;
  timer.FunctionContext = Sample;
  NDIS_STATUS status = NdisAllocateTimerObject(Sample->Adapter, &timer, &TIMER(Sample));
  if (status != NDIS_STATUS_SUCCESS) return status;
  due.QuadPart = -10000LL * PERIOD_MILLISECONDS;
  NdisSetTimerObject(TIMER(Sample), due, PERIOD_MILLISECONDS, NULL);
  return NDIS_STATUS_SUCCESS;
}

static VOID Release(PSAMPLE Sample, NDIS_HALT_ACTION Action) {
  UNREFERENCED_PARAMETER(Action);
  SampleQuiet(Sample);
  SampleDeregisterInterrupt(Sample);
  SampleDeregisterPorts(Sample);
  NdisMUnmapIoSpace(Sample->Adapter, Sample->Registers, Sample->Length);
  NdisMSleep(2000 * PERIOD_MILLISECONDS);
  NdisCancelTimerObject(TIMER(Sample));
  NdisFreeTimerObject(TIMER(Sample));
}

const SAMPLE_HOOKS SampleHooks = {
    .ContextSize = sizeof(NDIS_HANDLE), .Initialized = Initialized, .Release = Release};
