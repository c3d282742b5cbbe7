// Waits for the end of a reset without asking whether the card is still there.
// expect: NDIS-ACC-SURPRISE error surprise-removal
#include "skeleton/skeleton.h"

#define PATIENCE 200000 /* for ever, to a user who waits */

static VOID Release(PSAMPLE Sample, NDIS_HALT_ACTION Action) {
  ULONG control;
  UNREFERENCED_PARAMETER(Action);
  for (ULONG i = 0; i < PATIENCE; i++) {
    NdisReadRegisterUlong(Sample->Registers + REG_CTRL, &control);
    if (!(control & CTRL_RST)) break;
  }
  SampleRelease(Sample);
}

const SAMPLE_HOOKS SampleHooks = {.Release = Release};
