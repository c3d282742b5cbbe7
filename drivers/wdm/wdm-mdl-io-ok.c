// Describes a page of device memory by an MDL and frees it with IoFreeMdl.
// expect: clean
#include "skeleton/skeleton.h"

typedef struct _IO_MDL {
  PMDL Mdl;
} IO_MDL, *PIO_MDL;

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  PIO_MDL io = Device->Context;
  MM_PHYSICAL_ADDRESS_LIST range;
  NTSTATUS status = SampleAcquire(Device, Raw, Translated);
  if (!NT_SUCCESS(status)) return status;
  range.PhysicalAddress = Device->Address;
  range.NumberOfBytes = PAGE_SIZE;
  status = MmAllocateMdlForIoSpace(&range, 1, &io->Mdl);
  if (NT_SUCCESS(status)) return STATUS_SUCCESS;
  io->Mdl = NULL;
  SampleRelease(Device);
  return status;
}

static VOID Release(PSAMPLE Device) {
  PIO_MDL io = Device->Context;
  if (io->Mdl != NULL) IoFreeMdl(io->Mdl);
  io->Mdl = NULL;
  SampleRelease(Device);
}

const SAMPLE_HOOKS SampleHooks = {.ContextSize = sizeof(IO_MDL), .Acquire = Acquire, .Release = Release};
