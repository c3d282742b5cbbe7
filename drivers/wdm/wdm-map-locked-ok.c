// Maps a page of RAM that an MDL keeps locked, with the cache type it already has.
// expect: clean
#include "skeleton/skeleton.h"

typedef struct _RAM {
  PMDL Mdl;
  PULONG Alias;
} RAM, *PRAM;

static NTSTATUS MapRam(PRAM Ram) {
  PHYSICAL_ADDRESS lowest = {.QuadPart = 0}, highest = {.QuadPart = 0xFFFFFFFF}, skip = {.QuadPart = 0};
  PHYSICAL_ADDRESS page;
  Ram->Mdl = MmAllocatePagesForMdlEx(lowest, highest, skip, PAGE_SIZE, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
  if (Ram->Mdl == NULL) return STATUS_INSUFFICIENT_RESOURCES;
  page.QuadPart = (LONGLONG)MmGetMdlPfnArray(Ram->Mdl)[0] << PAGE_SHIFT;
  Ram->Alias = MmMapIoSpaceEx(page, PAGE_SIZE, PAGE_READWRITE);
  if (Ram->Alias == NULL) return STATUS_INSUFFICIENT_RESOURCES;
  *Ram->Alias = 0x12345678;
  return STATUS_SUCCESS;
}

static VOID Release(PSAMPLE Device) {
  PRAM ram = Device->Context;
  if (ram->Alias != NULL) MmUnmapIoSpace(ram->Alias, PAGE_SIZE);
  if (ram->Mdl != NULL) {
    MmFreePagesFromMdl(ram->Mdl);
    ExFreePool(ram->Mdl);
  }
  RtlZeroMemory(ram, sizeof(*ram));
  SampleRelease(Device);
}

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  NTSTATUS status = SampleAcquire(Device, Raw, Translated);
  if (NT_SUCCESS(status)) status = MapRam(Device->Context);
  if (!NT_SUCCESS(status)) Release(Device);
  return status;
}

const SAMPLE_HOOKS SampleHooks = {.ContextSize = sizeof(RAM), .Acquire = Acquire, .Release = Release};
