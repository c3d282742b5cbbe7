// Goes on serving reads between stop and the next start, from registers it has given back.
// expect: WDM-ACC-STOPPED error stop
// outcome: bugcheck 0x50
#include "skeleton/skeleton.h"

static VOID Stop(PSAMPLE Device) {
  if (Device->Registers == NULL) return;
  MmUnmapIoSpace(Device->Registers, Device->Length);
}

static BOOLEAN MayServe(PSAMPLE Device) { return Device->Registers != NULL; }

const SAMPLE_HOOKS SampleHooks = {.RestartKeeps = TRUE, .Stop = Stop, .MayServe = MayServe};
