// Waits for the end of a reset as soon as it hears that the card is gone, asleep between its looks, and for all of 11 s.
// expect: NDIS-ACC-SURPRISE error surprise-removal
#include "skeleton/skeleton.h"

#define PATIENCE 11000 /* for ever, to a user who waits */
#define POLL_MICROSECONDS 1000

static VOID Event(PSAMPLE Sample, NDIS_DEVICE_PNP_EVENT Event) {
  ULONG control;
  if (Event != NdisDevicePnPEventSurpriseRemoved) return;
  for (ULONG i = 0; i < PATIENCE; i++) {
    NdisReadRegisterUlong(Sample->Registers + REG_CTRL, &control);
    if (!(control & CTRL_RST)) break;
    NdisMSleep(POLL_MICROSECONDS);
  }
}

const SAMPLE_HOOKS SampleHooks = {.Event = Event};
