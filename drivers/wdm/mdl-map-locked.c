// Maps an MDL whose pages nobody has locked.
// expect: MDL-MAP-LOCKED error start
#include "skeleton/skeleton.h"

#define TAG 0x6c644d53 /* "SMdl" in memory */

static VOID MapUnlocked(PVOID Buffer) {
  PMDL mdl = IoAllocateMdl(Buffer, PAGE_SIZE, FALSE, FALSE, NULL);
  if (mdl == NULL) return;
  PVOID base = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE,
                                            NormalPagePriority | MdlMappingNoExecute);
  if (base != NULL) MmUnmapLockedPages(base, mdl);
  IoFreeMdl(mdl);
}

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  PVOID buffer = ExAllocatePool2(POOL_FLAG_PAGED, PAGE_SIZE, TAG);
  if (buffer != NULL) {
    MapUnlocked(buffer);
    ExFreePoolWithTag(buffer, TAG);
  }
  return SampleAcquire(Device, Raw, Translated);
}

const SAMPLE_HOOKS SampleHooks = {.Acquire = Acquire};
