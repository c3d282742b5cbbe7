// Shows a caller a whole zeroed page, and unmaps it in the same process.
// options: --ioctl 0x222004
// expect: clean
#include "skeleton/skeleton.h"

#define IOCTL_SHARE CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)

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

/* Failure of a user mapping is an exception. */
static PVOID MapForCaller(PMDL Mdl) {
  PVOID base = NULL;
  __try {
    base = MmMapLockedPagesSpecifyCache(Mdl, UserMode, MmCached, NULL, FALSE,
                                        NormalPagePriority | MdlMappingNoExecute);
  } __except (EXCEPTION_EXECUTE_HANDLER) {
    base = NULL;
  }
  return base;
}

static NTSTATUS Control(PSAMPLE Device, PIRP Irp, PIO_STACK_LOCATION Stack) {
  PAGES pages;
  UNREFERENCED_PARAMETER(Device);
  UNREFERENCED_PARAMETER(Irp);
  if (Stack->Parameters.DeviceIoControl.IoControlCode != IOCTL_SHARE) return STATUS_INVALID_DEVICE_REQUEST;
  NTSTATUS status = AllocatePages(&pages);
  if (!NT_SUCCESS(status)) return status;
  pages.Base = MapForCaller(pages.Mdl);
  if (pages.Base != NULL) MmUnmapLockedPages(pages.Base, pages.Mdl);
  FreePages(&pages);
  return STATUS_SUCCESS;
}

const SAMPLE_HOOKS SampleHooks = {.Control = Control};
