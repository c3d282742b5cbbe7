/* The allocation operators, and memory shared with the device. */
#include "vionet.h"

static PVOID Allocate(size_t Bytes, NDIS_HANDLE Adapter) {
  if (Bytes > MAXULONG) return NULL;
  PVOID memory = NdisAllocateMemoryWithTagPriority(Adapter, (UINT)Bytes, VIONET_TAG, NormalPoolPriority);
  if (memory != NULL) NdisZeroMemory(memory, Bytes);
  return memory;
}

static VOID Release(PVOID Memory) {
  if (Memory != NULL) NdisFreeMemory(Memory, 0, 0);
}

void *operator new(size_t Bytes, PoolOf Pool) noexcept { return Allocate(Bytes, Pool.Adapter); }
void *operator new[](size_t Bytes, PoolOf Pool) noexcept { return Allocate(Bytes, Pool.Adapter); }
void operator delete(void *Memory) noexcept { Release(Memory); }
void operator delete(void *Memory, size_t) noexcept { Release(Memory); }
void operator delete[](void *Memory) noexcept { Release(Memory); }

PAGE_CODE NDIS_STATUS SharedMemory::Allocate(NDIS_HANDLE Adapter, ULONG Bytes) {
  PVOID memory = NULL;
  NdisMAllocateSharedMemory(Adapter, Bytes, TRUE, &memory, &Pa);
  if (memory == NULL) {
    NdisWriteErrorLogEntry(Adapter, NDIS_ERROR_CODE_OUT_OF_RESOURCES, 1, Bytes);
    return NDIS_STATUS_RESOURCES;
  }
  Owner = Adapter;
  Va = (PUCHAR)memory;
  Length = Bytes;
  Clear();
  return NDIS_STATUS_SUCCESS;
}

PAGE_CODE VOID SharedMemory::Free() {
  if (Va == NULL) return;
  NdisMFreeSharedMemory(Owner, Length, TRUE, Va, Pa);
  Va = NULL;
}
