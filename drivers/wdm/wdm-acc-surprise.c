// Silences the device when told that it has gone.
// expect: WDM-ACC-SURPRISE error surprise-removal
#include "skeleton/skeleton.h"

#define STATUS_REGISTER 0x20

static VOID SurpriseRemoval(PSAMPLE Device) {
  if (Device->Registers != NULL) {
    WRITE_REGISTER_ULONG((volatile ULONG *)(Device->Registers + STATUS_REGISTER), 0);
  }
  SampleRelease(Device);
}

const SAMPLE_HOOKS SampleHooks = {.SurpriseRemoval = SurpriseRemoval};
