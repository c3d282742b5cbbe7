// Maps pages of pageable RAM that nothing has locked.
// expect: WDM-MAP-LOCKED error start
#include "skeleton/skeleton.h"

#define TAG 0x6d617253 /* "Sram" in memory */

typedef struct _RAM {
  PVOID Buffer;
  PULONG Alias;
} RAM, *PRAM;

static VOID Release(PSAMPLE Device) {
  PRAM ram = Device->Context;
  if (ram->Alias != NULL) MmUnmapIoSpace(ram->Alias, PAGE_SIZE);
  if (ram->Buffer != NULL) ExFreePoolWithTag(ram->Buffer, TAG);
  RtlZeroMemory(ram, sizeof(*ram));
  SampleRelease(Device);
}

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  PRAM ram = Device->Context;
  NTSTATUS status = SampleAcquire(Device, Raw, Translated);
  if (!NT_SUCCESS(status)) return status;
  ram->Buffer = ExAllocatePool2(POOL_FLAG_PAGED, PAGE_SIZE, TAG);
  if (ram->Buffer == NULL) {
    Release(Device);
    return STATUS_INSUFFICIENT_RESOURCES;
  }
  *(volatile ULONG *)ram->Buffer = 0; /* present for the moment */
  ram->Alias = MmMapIoSpaceEx(MmGetPhysicalAddress(ram->Buffer), PAGE_SIZE, PAGE_READWRITE);
  return STATUS_SUCCESS;
}

const SAMPLE_HOOKS SampleHooks = {.ContextSize = sizeof(RAM), .Acquire = Acquire, .Release = Release};
