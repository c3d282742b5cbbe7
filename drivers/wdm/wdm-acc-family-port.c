// Reads a port as if its number were the address of a register.
// options: --device blank-port
// expect: WDM-ACC-FAMILY error use
// outcome: bugcheck 0x3b
#include "skeleton/skeleton.h"

typedef struct _PORTS {
  volatile ULONG *Port;
} PORTS, *PPORTS;

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  PPORTS ports = Device->Context;
  for (ULONG i = 0; i < Translated->Count; i++) {
    PCM_PARTIAL_RESOURCE_DESCRIPTOR descriptor = &Translated->PartialDescriptors[i];
    if (descriptor->Type != CmResourceTypePort) continue;
    ports->Port = (volatile ULONG *)(ULONG_PTR)descriptor->u.Port.Start.QuadPart;
  }
  return SampleAcquire(Device, Raw, Translated);
}

static ULONG Read(PSAMPLE Device) { return READ_REGISTER_ULONG(((PPORTS)Device->Context)->Port); }

const SAMPLE_HOOKS SampleHooks = {.ContextSize = sizeof(PORTS), .Acquire = Acquire, .Read = Read};
