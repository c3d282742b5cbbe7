// Locks a buffer of pageable pool, maps it, unmaps it, unlocks it.
// expect: clean
#include "skeleton/skeleton.h"

#define TAG 0x6c644d53 /* "SMdl" in memory */

static BOOLEAN LockPages(PMDL Mdl) {
  __try {
    MmProbeAndLockPages(Mdl, KernelMode, IoWriteAccess);
  } __except (EXCEPTION_EXECUTE_HANDLER) {
    return FALSE;
  }
  return TRUE;
}

static VOID Fill(PMDL Mdl) {
  if (!LockPages(Mdl)) return;
  PULONG base = MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority | MdlMappingNoExecute);
  if (base != NULL) *base = 0x12345678;
  MmUnlockPages(Mdl); /* ends the system mapping as well */
}

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  PVOID buffer = ExAllocatePool2(POOL_FLAG_PAGED, PAGE_SIZE, TAG);
  if (buffer == NULL) return STATUS_INSUFFICIENT_RESOURCES;
  PMDL mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, NULL);
  if (mdl != NULL) {
    Fill(mdl);
    IoFreeMdl(mdl);
  }
  ExFreePoolWithTag(buffer, TAG);
  return SampleAcquire(Device, Raw, Translated);
}

const SAMPLE_HOOKS SampleHooks = {.Acquire = Acquire};
