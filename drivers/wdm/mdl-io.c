// Describes its registers by an MDL made for nonpaged pool.
// expect: MDL-IO error start
#include "skeleton/skeleton.h"

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  NTSTATUS status = SampleAcquire(Device, Raw, Translated);
  if (!NT_SUCCESS(status)) return status;
  PMDL mdl = IoAllocateMdl(Device->Registers, PAGE_SIZE, FALSE, FALSE, NULL);
  if (mdl == NULL) return STATUS_SUCCESS;
  MmBuildMdlForNonPagedPool(mdl);
  IoFreeMdl(mdl);
  return STATUS_SUCCESS;
}

const SAMPLE_HOOKS SampleHooks = {.Acquire = Acquire};
