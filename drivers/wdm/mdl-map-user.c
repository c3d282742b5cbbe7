// Shows a caller a page of pool of which only a few bytes are meant for it.
// options: --ioctl 0x222004
// expect: MDL-MAP-USER error use
#include "skeleton/skeleton.h"

#define IOCTL_SHARE CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)

#define TAG 0x6c644d53 /* "SMdl" in memory */
#define BYTES 100

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

static VOID Share(PVOID Buffer) {
  PMDL mdl = IoAllocateMdl(Buffer, BYTES, FALSE, FALSE, NULL);
  if (mdl == NULL) return;
  MmBuildMdlForNonPagedPool(mdl);
  PVOID base = MapForCaller(mdl);
  if (base != NULL) MmUnmapLockedPages(base, mdl);
  IoFreeMdl(mdl);
}

static NTSTATUS Control(PSAMPLE Device, PIRP Irp, PIO_STACK_LOCATION Stack) {
  UNREFERENCED_PARAMETER(Device);
  UNREFERENCED_PARAMETER(Irp);
  if (Stack->Parameters.DeviceIoControl.IoControlCode != IOCTL_SHARE) return STATUS_INVALID_DEVICE_REQUEST;
  PVOID buffer = ExAllocatePool2(POOL_FLAG_NON_PAGED, BYTES, TAG);
  if (buffer == NULL) return STATUS_INSUFFICIENT_RESOURCES;
  Share(buffer);
  ExFreePoolWithTag(buffer, TAG);
  return STATUS_SUCCESS;
}

const SAMPLE_HOOKS SampleHooks = {.Control = Control};
