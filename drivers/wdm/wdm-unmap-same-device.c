// Keeps the registers of all its devices in one variable.
// expect: WDM-UNMAP-SAME-DEVICE error surprise-removal
#include "skeleton/skeleton.h"

static PVOID Base;
static SIZE_T Length;

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  NTSTATUS status = SampleAcquire(Device, Raw, Translated);
  Base = Device->Registers;
  Length = Device->Length;
  return status;
}

static VOID Release(PSAMPLE Device) {
  if (Device->Registers == NULL) return;
  MmUnmapIoSpace(Base, Length);
  Device->Registers = NULL;
}

const SAMPLE_HOOKS SampleHooks = {.Acquire = Acquire, .Release = Release};
