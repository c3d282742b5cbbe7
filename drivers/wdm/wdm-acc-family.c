// Reads a mapped register with a port instruction.
// expect: WDM-ACC-FAMILY error use
#include "skeleton/skeleton.h"

static ULONG Read(PSAMPLE Device) { return READ_PORT_ULONG((PULONG)Device->Registers); }

const SAMPLE_HOOKS SampleHooks = {.Read = Read};
