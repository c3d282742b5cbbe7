// Calls MmMapLockedPages, which stops the system when it fails.
// expect: MDL-MAP-OBSOLETE error start
#include "skeleton/skeleton.h"

typedef struct _PAGES {
  PMDL Mdl;
  PVOID Base;
} PAGES, *PPAGES;

/* One zeroed page of RAM, which its MDL keeps locked. */
static NTSTATUS AllocatePages(PPAGES Pages) {
  PHYSICAL_ADDRESS lowest = {.QuadPart = 0}, highest = {.QuadPart = 0xFFFFFFFF}, skip = {.QuadPart = 0};
  Pages->Mdl = MmAllocatePagesForMdlEx(lowest, highest, skip, PAGE_SIZE, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
  return Pages->Mdl == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

static VOID FreePages(PPAGES Pages) {
  MmFreePagesFromMdl(Pages->Mdl);
  ExFreePool(Pages->Mdl);
  Pages->Mdl = NULL;
}

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  PAGES pages;
  NTSTATUS status = AllocatePages(&pages);
  if (!NT_SUCCESS(status)) return status;
  pages.Base = MmMapLockedPages(pages.Mdl, KernelMode);
  MmUnmapLockedPages(pages.Base, pages.Mdl);
  FreePages(&pages);
  return SampleAcquire(Device, Raw, Translated);
}

const SAMPLE_HOOKS SampleHooks = {.Acquire = Acquire};
