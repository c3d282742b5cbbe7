// Copies device registers with MmCopyMemory, which takes RAM only.
// expect: WDM-COPY-IO error use
#include "skeleton/skeleton.h"

static ULONG Read(PSAMPLE Device) {
  MM_COPY_ADDRESS source = {.PhysicalAddress = Device->Address};
  SIZE_T copied;
  ULONG value = 0;
  NTSTATUS status = MmCopyMemory(&value, source, sizeof(value), MM_COPY_MEMORY_PHYSICAL, &copied);
  return NT_SUCCESS(status) ? value : SampleRead(Device);
}

const SAMPLE_HOOKS SampleHooks = {.Read = Read};
