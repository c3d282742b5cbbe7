// Reaches the same register through the mapping and through the ports.
// expect: clean
#include "skeleton/skeleton.h"

static VOID Query(PSAMPLE Sample) {
  ULONG status;
  NdisReadRegisterUlong(Sample->Registers + REG_STATUS, &status);
  if (!Sample->PortsRegistered) return;
  NdisRawWritePortUlong(Sample->PortOffset + PORT_IOADDR, REG_STATUS);
  NdisRawReadPortUlong(Sample->PortOffset + PORT_IODATA, &status);
}

const SAMPLE_HOOKS SampleHooks = {.Query = Query};
