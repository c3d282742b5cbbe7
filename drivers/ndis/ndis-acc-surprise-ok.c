// Waits for the end of a reset for a limited time, and not at all once everything reads as ones.
// expect: clean
#include "skeleton/skeleton.h"

#define POLLS 100
#define POLL_MICROSECONDS 10

static VOID Release(PSAMPLE Sample, NDIS_HALT_ACTION Action) {
  ULONG control;
  UNREFERENCED_PARAMETER(Action);
  for (ULONG i = 0; i < POLLS; i++) {
    NdisReadRegisterUlong(Sample->Registers + REG_CTRL, &control);
    if (control == GONE || !(control & CTRL_RST)) break;
    NdisStallExecution(POLL_MICROSECONDS);
  }
  SampleRelease(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.Release = Release};
