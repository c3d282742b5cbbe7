// Waits for the end of a reset without asking whether the card is still there, and for as long as it takes.
// expect: NDIS-ACC-SURPRISE error surprise-removal
#include "skeleton/skeleton.h"

static VOID Release(PSAMPLE Sample, NDIS_HALT_ACTION Action) {
  ULONG control;
  UNREFERENCED_PARAMETER(Action);
  do {
    NdisReadRegisterUlong(Sample->Registers + REG_CTRL, &control);
  } while (control & CTRL_RST);
  SampleRelease(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.Release = Release};
